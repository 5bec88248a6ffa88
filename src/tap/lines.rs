//! Lines: what lies between two line feeds of a stream that comes in pieces. This module knows bytes and
//! lengths only, never what a line means.

use super::report::Origin;

/// How many bytes of a line are kept.
pub(super) const LINE_LIMIT: usize = 64 * 1024;

/// Puts the pieces of a stream together to lines and holds no more than one line of it.
#[derive(Debug, Default)]
pub(super) struct Lines {
    unfinished: Option<Unfinished>,
    lone_not: Option<(String, Origin)>,
}

/// A line whose end has not come yet.
#[derive(Debug)]
struct Unfinished {
    /// Its first bytes, at most [`LINE_LIMIT`].
    kept: Vec<u8>,
    /// How many bytes came after them.
    dropped: usize,
    /// The origin of its first byte.
    origin: Origin,
}

impl Unfinished {
    fn extend(&mut self, piece: &[u8]) {
        let room = LINE_LIMIT - self.kept.len();
        let (kept, dropped) = piece.split_at(piece.len().min(room));
        self.kept.extend_from_slice(kept);
        self.dropped += dropped.len();
    }
}

impl Lines {
    /// Takes the next piece of the stream and hands every line that it completes to `sink`, without its line
    /// feed, with the origin of the piece in which the line began.
    pub(super) fn push(
        &mut self,
        piece: &[u8],
        origin: Origin,
        mut sink: impl FnMut(&str, Origin),
    ) {
        let mut rest = piece;
        while let Some(end) = rest.iter().position(|&byte| byte == b'\n') {
            let (line, after) = (&rest[..end], &rest[end + 1..]);
            rest = after;
            if let Some(mut unfinished) = self.unfinished.take() {
                unfinished.extend(line);
                self.complete(
                    &unfinished.kept,
                    unfinished.dropped,
                    unfinished.origin,
                    &mut sink,
                );
            } else {
                let (kept, dropped) = line.split_at(line.len().min(LINE_LIMIT));
                self.complete(kept, dropped.len(), origin, &mut sink);
            }
        }
        if !rest.is_empty() {
            self.unfinished
                .get_or_insert_with(|| Unfinished {
                    kept: Vec::new(),
                    dropped: 0,
                    origin,
                })
                .extend(rest);
        }
    }

    /// Hands over what has no line feed behind it.
    pub(super) fn finish(mut self, mut sink: impl FnMut(&str, Origin)) {
        if let Some(unfinished) = self.unfinished.take() {
            self.complete(
                &unfinished.kept,
                unfinished.dropped,
                unfinished.origin,
                &mut sink,
            );
        }
        if let Some((text, origin)) = self.lone_not {
            sink(&text, origin);
        }
    }

    fn complete(
        &mut self,
        kept: &[u8],
        dropped: usize,
        origin: Origin,
        sink: &mut impl FnMut(&str, Origin),
    ) {
        let text = if dropped == 0 {
            String::from_utf8_lossy(kept)
        } else {
            let cut = whole_characters(kept);
            let more = kept.len() - cut + dropped;
            format!(
                "{}… ({more} bytes more)",
                String::from_utf8_lossy(&kept[..cut])
            )
            .into()
        };
        // Some systems print `not ` and `ok 1` on two lines, so Test::Harness joins a line that is a lone
        // `not` with the next one, whatever that is.
        if let Some((mut not, origin)) = self.lone_not.take() {
            not.push_str(&text);
            sink(&not, origin);
        } else if text.trim_matches(super::grammar::is_blank) == "not" {
            self.lone_not = Some((text.into_owned(), origin));
        } else {
            sink(&text, origin);
        }
    }
}

/// The length of `bytes` without a character that is cut off at their end.
fn whole_characters(bytes: &[u8]) -> usize {
    let start = bytes
        .iter()
        .rposition(|&byte| byte & 0b1100_0000 != 0b1000_0000)
        .unwrap_or(0);
    let wanted = match bytes.get(start) {
        Some(0xC2..=0xDF) => 2,
        Some(0xE0..=0xEF) => 3,
        Some(0xF0..=0xF4) => 4,
        _ => 1,
    };
    if bytes.len() - start < wanted {
        start
    } else {
        bytes.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(pieces: &[(&[u8], Origin)]) -> Vec<(String, Origin)> {
        let mut found = Vec::new();
        let mut lines = Lines::default();
        for &(piece, origin) in pieces {
            lines.push(piece, origin, |text, origin| {
                found.push((text.to_owned(), origin));
            });
        }
        lines.finish(|text, origin| found.push((text.to_owned(), origin)));
        found
    }

    #[test]
    fn a_line_bears_the_origin_of_its_first_byte() {
        assert_eq!(
            lines(&[(b"a\nb", 1), (b"", 2), (b"c", 3), (b"\n\nd\n", 4)]),
            [
                ("a".into(), 1),
                ("bc".into(), 1),
                (String::new(), 4),
                ("d".into(), 4)
            ]
        );
    }

    #[test]
    fn bytes_that_are_no_utf_8_become_the_replacement_character() {
        assert_eq!(
            lines(&[(b"a\xFFb\xC3", 0), (b"\xA4\n", 0)]),
            [("a\u{FFFD}bä".into(), 0)]
        );
    }

    #[test]
    fn a_long_line_is_cut_before_a_character_that_does_not_fit() {
        let mut text = "x".repeat(LINE_LIMIT - 1);
        text.push_str("äöü\n");
        let expected = format!("{}… (6 bytes more)", "x".repeat(LINE_LIMIT - 1));
        assert_eq!(lines(&[(text.as_bytes(), 0)]), [(expected.clone(), 0)]);
        let (head, tail) = text.as_bytes().split_at(LINE_LIMIT);
        assert_eq!(lines(&[(head, 0), (tail, 1)]), [(expected, 0)]);
    }

    #[test]
    fn a_line_that_just_fits_is_not_cut() {
        let text = "x".repeat(LINE_LIMIT);
        assert_eq!(lines(&[(text.as_bytes(), 0)]), [(text, 0)]);
    }

    #[test]
    fn a_lone_not_is_joined_with_the_next_line() {
        assert_eq!(
            lines(&[(b"not \n", 1), (b"ok 1\n", 2)]),
            [("not ok 1".into(), 1)]
        );
        assert_eq!(lines(&[(b"not", 1)]), [("not".into(), 1)]);
    }
}
