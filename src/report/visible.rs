//! Text as it may be shown: what tests print is foreign, so its control characters (terminal escapes, backspaces,
//! direction overrides) become the escapes that SQL's `E''` strings know, `\x1b` or `\u202e`: they are ASCII, so
//! that every font has them. Nothing here knows of colours or of where the text goes.

use std::borrow::Cow;

use unicode_width::UnicodeWidthStr;

/// How a tab stands in shown text, where its exact width does not matter.
const TAB: &str = "    ";

/// A text of one line with control characters made visible and tabs as four blanks.
pub(super) fn visible(text: &str) -> Cow<'_, str> {
    replaced(text, TAB)
}

/// As [`visible`], but a tab shows as `\t` and a blank at the end of the text as `·`: for values that are compared.
pub(super) fn exact(text: &str) -> Cow<'_, str> {
    let body = text.trim_end_matches(' ');
    let blanks = text.len() - body.len();
    if blanks == 0 {
        return replaced(text, "\\t");
    }
    let mut shown = replaced(body, "\\t").into_owned();
    shown.extend(std::iter::repeat_n('·', blanks));
    Cow::Owned(shown)
}

/// A text of any number of lines as one line, with control characters made visible.
pub(super) fn one_line(text: &str) -> Cow<'_, str> {
    if !text.contains(['\n', '\r']) {
        return visible(text);
    }
    let joined = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join(" ");
    Cow::Owned(visible(&joined).into_owned())
}

/// At most `limit` characters of a text, with `…` where some are missing.
pub(super) fn clip(text: &str, limit: usize) -> Cow<'_, str> {
    match text.char_indices().nth(limit) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

/// The part of a line around the character at `column` (from 0), and the column within that part.
pub(super) fn window(line: &str, column: usize, limit: usize) -> (Cow<'_, str>, usize) {
    let length = line.chars().count();
    if length <= limit {
        return (Cow::Borrowed(line), column);
    }
    let start = column.saturating_sub(limit / 2).min(length - limit);
    let mut part: String = line.chars().skip(start).take(limit).collect();
    let mut place = column - start;
    if start > 0 {
        part.insert(0, '…');
        place += 1;
    }
    if start + limit < length {
        part.push('…');
    }
    (Cow::Owned(part), place)
}

/// How many cells of a terminal a shown text takes.
pub(super) fn cells(text: &str) -> usize {
    text.width()
}

/// How many cells stand before the character at `column` (from 0) once the line is made [`visible`].
pub(super) fn cells_before(line: &str, column: usize) -> usize {
    let before: String = line.chars().take(column).collect();
    let missing = column.saturating_sub(before.chars().count());
    cells(&visible(&before)) + missing
}

/// Whether a character may not be shown as it is.
fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{feff}'
        )
        || ('\u{2028}'..='\u{202e}').contains(&c)
        || ('\u{2066}'..='\u{2069}').contains(&c)
}

fn replaced<'a>(text: &'a str, tab: &str) -> Cow<'a, str> {
    if !text.chars().any(is_unseen) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '\t' => shown.push_str(tab),
            _ if is_unseen(c) => shown.push_str(&escape(c)),
            _ => shown.push(c),
        }
    }
    Cow::Owned(shown)
}

/// A character as SQL's `E''` strings write it where it cannot stand for itself.
pub(super) fn escape(c: char) -> String {
    let code = u32::from(c);
    match c {
        '\r' => "\\r".to_owned(),
        _ if code < 0x80 => format!("\\x{code:02x}"),
        _ => format!("\\u{code:04x}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn escape_sequences_become_escapes() {
        assert_eq!(
            visible("\u{1b}[31mred\u{7}\u{9b}0m\u{202e}x"),
            "\\x1b[31mred\\x07\\u009b0m\\u202ex"
        );
    }

    #[test]
    fn tabs_are_blanks_in_text_and_escapes_in_values() {
        assert_eq!(visible("a\tb "), "a    b ");
        assert_eq!(exact("a\tb  "), "a\\tb··");
    }

    #[test]
    fn a_window_keeps_the_column_in_sight() {
        let line: String = ('a'..='z').collect();
        assert_eq!(window(&line, 13, 6), (Cow::Owned("…klmnop…".to_owned()), 4));
        assert_eq!(window(&line, 0, 6), (Cow::Owned("abcdef…".to_owned()), 0));
        assert_eq!(window(&line, 25, 6), (Cow::Owned("…uvwxyz".to_owned()), 6));
        assert_eq!(window("abc", 9, 6), (Cow::Borrowed("abc"), 9));
    }

    #[test]
    fn wide_characters_count_as_two_cells() {
        assert_eq!(cells_before("漢字 x", 3), 5);
        assert_eq!(cells_before("ab", 4), 4);
    }

    proptest! {
        #[test]
        fn shown_text_holds_no_control_character(text in any::<String>()) {
            prop_assert!(!visible(&text).chars().any(is_unseen));
            prop_assert!(!exact(&text).chars().any(is_unseen));
            prop_assert!(!one_line(&text).chars().any(is_unseen));
        }

        #[test]
        fn a_window_is_total_and_never_longer_than_its_limit_and_two_signs(
            line in ".{0,60}", column in 0usize..80, limit in 1usize..40,
        ) {
            let (part, _) = window(&line, column, limit);
            prop_assert!(part.chars().count() <= limit.max(line.chars().count().min(limit)) + 2);
        }
    }
}
