//! Bytes of a file as the text of a script, and lines of a text. Reading the file is others' work.

use std::sync::Arc;

use super::source::advance;
use super::{Location, Position, ScriptError};

/// The text of a script file: UTF-8, its byte order mark taken off. Line ends stay as they are.
///
/// # Errors
/// UTF-16 and UTF-32 (by their marks), bytes that are no UTF-8, zero bytes and custom-format dumps, each
/// with what to do about it. `file` is the name that people are shown.
pub fn decode(file: &str, bytes: Vec<u8>) -> Result<String, ScriptError> {
    let wide: [(&[u8], &str); 4] = [
        (&[0xff, 0xfe, 0, 0], "UTF-32"),
        (&[0, 0, 0xfe, 0xff], "UTF-32"),
        (&[0xff, 0xfe], "UTF-16"),
        (&[0xfe, 0xff], "UTF-16"),
    ];
    if let Some((_, encoding)) = wide.iter().find(|(mark, _)| bytes.starts_with(mark)) {
        return Err(ScriptError::WideEncoding {
            file: file.to_owned(),
            encoding,
        });
    }
    if bytes.starts_with(b"PGDMP") {
        return Err(ScriptError::CustomDump {
            file: file.to_owned(),
        });
    }
    let mut text = String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let bytes = error.as_bytes();
        let before = String::from_utf8_lossy(&bytes[..valid]);
        ScriptError::NotUtf8 {
            location: end_of(file, before.trim_start_matches('\u{feff}')),
            byte: bytes.get(valid).copied().unwrap_or_default(),
        }
    })?;
    if text.starts_with('\u{feff}') {
        text.drain(..'\u{feff}'.len_utf8());
    }
    if let Some(zero) = text.find('\0') {
        return Err(ScriptError::ZeroByte {
            location: end_of(file, &text[..zero]),
        });
    }
    Ok(text)
}

/// The place right after a text that begins its file.
fn end_of(file: &str, text: &str) -> Location {
    Location {
        file: Arc::from(file),
        position: advance(Position { line: 1, column: 1 }, text),
    }
}

/// A line of a text, counted from 1, without its line end; none where the text has fewer lines.
pub fn line(text: &str, line: u32) -> Option<&str> {
    text.lines()
        .nth(usize::try_from(line.checked_sub(1)?).ok()?)
}
