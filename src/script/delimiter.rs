//! Where quotes and comments of SQL end. All functions work on the bytes of a window and look no further.

use super::number::begins_word;

/// The kinds of literals that differ in what ends them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Literal {
    /// A doubled quote is part of it.
    Standard,
    /// Likewise, and what follows a backslash.
    Escape,
    /// Any quote ends it.
    Bits,
}

/// What the server takes for white space.
pub(super) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c)
}

/// What ends a `--` comment.
pub(super) fn is_newline(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}

/// The byte after a literal's closing quote; `at` stands within the literal.
pub(super) fn literal_end(bytes: &[u8], at: usize, kind: Literal) -> Option<usize> {
    let mut here = at;
    loop {
        let stops = |byte: &u8| *byte == b'\'' || (kind == Literal::Escape && *byte == b'\\');
        here += bytes.get(here..)?.iter().position(stops)?;
        let doubled = kind != Literal::Bits && bytes.get(here + 1) == Some(&b'\'');
        if bytes[here] == b'\'' && !doubled {
            return Some(here + 1);
        }
        here += 2;
    }
}

/// The byte after the quote that continues a literal: white space with at least one newline, then a quote.
pub(super) fn continuation(bytes: &[u8], at: usize) -> Option<usize> {
    let mut here = at;
    let mut newline = false;
    loop {
        match *bytes.get(here)? {
            b'\'' => return newline.then_some(here + 1),
            byte if is_newline(byte) => {
                newline = true;
                here += 1;
            }
            byte if is_space(byte) => here += 1,
            b'-' if bytes.get(here + 1) == Some(&b'-') => {
                here += bytes[here..]
                    .iter()
                    .take_while(|byte| !is_newline(**byte))
                    .count();
            }
            _ => return None,
        }
    }
}

/// The byte after the delimiter of a dollar quote whose dollar sign stands at `at`.
pub(super) fn dollar_delimiter(bytes: &[u8], at: usize) -> Option<usize> {
    let mut end = at + 1;
    if bytes.get(end).is_some_and(|byte| begins_word(*byte)) {
        let continues = |byte: &&u8| begins_word(**byte) || byte.is_ascii_digit();
        end += bytes[end..].iter().take_while(continues).count();
    }
    (bytes.get(end) == Some(&b'$')).then_some(end + 1)
}

/// The end of a comment is found step by step, since comments nest.
pub(super) enum Nesting {
    In,
    Out,
}

pub(super) fn comment_step(bytes: &[u8], at: usize) -> (usize, Option<Nesting>) {
    let Some(length) = bytes[at..]
        .iter()
        .position(|byte| matches!(byte, b'*' | b'/'))
    else {
        return (bytes.len(), None);
    };
    let here = at + length;
    match (bytes[here], bytes.get(here + 1)) {
        (b'/', Some(b'*')) => (here + 2, Some(Nesting::In)),
        (b'*', Some(b'/')) => (here + 2, Some(Nesting::Out)),
        _ => (here + 1, None),
    }
}
