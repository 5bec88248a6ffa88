use fallible_iterator::FallibleIterator;
use postgres_protocol::message::backend::ErrorFields;

use crate::event::ServerMessage;

/// How much of a field is kept, in bytes: errors repeat the values that they are about, of whatever size.
const FIELD_LIMIT: usize = 64 * 1024;

/// Reads the fields of an `ErrorResponse` or `NoticeResponse` (PostgreSQL manual, "Error and Notice
/// Message Fields"). Bytes that are not UTF-8 are replaced; of a field longer than 64 KiB the beginning is kept.
pub(crate) fn server_message(mut fields: ErrorFields<'_>) -> ServerMessage {
    let mut message = ServerMessage::default();
    let mut localized = None;
    while let Ok(Some(field)) = fields.next() {
        let text = text(field.value_bytes());
        match field.type_() {
            b'S' => localized = Some(text),
            b'V' => message.severity = text,
            b'C' => message.code = text,
            b'M' => message.message = text,
            b'D' => message.detail = Some(text),
            b'H' => message.hint = Some(text),
            b'P' => message.position = text.parse().ok(),
            b'p' => message.internal_position = text.parse().ok(),
            b'q' => message.internal_query = Some(text),
            b'W' => message.context = Some(text),
            b's' => message.schema = Some(text),
            b't' => message.table = Some(text),
            b'c' => message.column = Some(text),
            b'd' => message.datatype = Some(text),
            b'n' => message.constraint = Some(text),
            _ => {}
        }
    }
    if message.severity.is_empty() {
        message.severity = localized.unwrap_or_default();
    }
    message
}

fn text(bytes: &[u8]) -> String {
    let kept = &bytes[..bytes.len().min(FIELD_LIMIT)];
    let mut text = String::from_utf8_lossy(kept).into_owned();
    if bytes.len() > kept.len() {
        // The character that the cut goes through.
        let whole = text.trim_end_matches('\u{fffd}').len();
        text.truncate(whole);
        text.push_str(&format!("… ({} bytes more)", bytes.len() - whole));
    }
    text
}

/// An error in the server's form that the tool raises itself, as psql does for its commands.
pub(crate) fn own_error(text: impl Into<String>) -> ServerMessage {
    ServerMessage {
        severity: "error".into(),
        message: text.into(),
        ..ServerMessage::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_field_is_cut_between_characters() {
        let long = "é".repeat(FIELD_LIMIT);
        let shifted = format!("x{long}");
        assert!(text(long.as_bytes()).ends_with("é… (65536 bytes more)"));
        assert!(text(shifted.as_bytes()).ends_with("é… (65538 bytes more)"));
        assert_eq!(text(b"short"), "short");
    }
}
