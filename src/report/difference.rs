//! A difference is two values side by side: two aligned lines when they are short, a diff with the differing words
//! marked when they are long. Rendering only; which values are compared is said by a [`Pair`].

use std::time::Duration;

use similar::{DiffOp, DiffTag, TextDiff};

use super::diagnostic::Pair;
use super::figures::count_of;
use super::page::{Ink, Page};
use super::visible::{cells, clip, exact};

/// Values up to this many characters stand in one line each.
const SHORT: usize = 60;
/// Lines of context around a change.
const CONTEXT: usize = 2;
/// The longest line that is shown whole, in characters.
const LINE_LIMIT: usize = 2_000;
/// So many lines of a value are compared; the rest is only counted.
const COMPARED_LINES: usize = 2_000;
/// Below this likeness two lines are simply different, and marking their words would only be noise.
const ALIKE: f32 = 0.4;
/// A diff of values that are unlike each other may take long; what was found so far is good enough.
const DEADLINE: Duration = Duration::from_millis(300);

/// Writes a pair of values; of a diff at most `limit` lines.
pub(super) fn write(page: &mut Page, indent: usize, pair: &Pair, limit: usize) {
    if is_long(pair) && is_alike(pair) {
        write_diff(page, indent, pair, limit);
    } else {
        let width = pair.labels.0.len().max(pair.labels.1.len());
        write_value(
            page,
            indent,
            width,
            (pair.labels.0, Ink::Have),
            &pair.have,
            limit,
        );
        write_value(
            page,
            indent,
            width,
            (pair.labels.1, Ink::Want),
            &pair.want,
            limit,
        );
    }
}

fn is_long(pair: &Pair) -> bool {
    [&pair.have, &pair.want]
        .iter()
        .any(|value| value.contains('\n') || value.chars().count() > SHORT)
}

/// Whether the values have enough in common for a diff to be easier to read than the two of them.
fn is_alike(pair: &Pair) -> bool {
    let (have, want) = (lines(&pair.have), lines(&pair.want));
    if have.len() == 1 && want.len() == 1 {
        return tokens_diff(&tokens(have[0]), &tokens(want[0])).ratio() >= ALIKE;
    }
    let have_tokens: Vec<&str> = have
        .iter()
        .flat_map(|line| tokens(line))
        .take(5_000)
        .collect();
    let want_tokens: Vec<&str> = want
        .iter()
        .flat_map(|line| tokens(line))
        .take(5_000)
        .collect();
    tokens_diff(&have_tokens, &want_tokens).ratio() >= ALIKE
}

fn write_value(
    page: &mut Page,
    indent: usize,
    width: usize,
    label: (&str, Ink),
    value: &str,
    limit: usize,
) {
    let (word, ink) = label;
    let mut heading = format!("{word:>width$}:");
    if value.is_empty() {
        let label = page.ink(Ink::Faint, heading).to_string();
        let nothing = page.ink(Ink::Faint, "(empty)").to_string();
        return page.line(indent, format_args!("{label} {nothing}"));
    }
    let all = lines(value);
    for line in all.iter().take(limit) {
        let label = page.ink(Ink::Faint, &heading).to_string();
        let shown = page.ink(ink, exact(&clip(line, LINE_LIMIT))).to_string();
        page.line(indent, format_args!("{label} {shown}"));
        heading = " ".repeat(width + 1);
    }
    write_rest(page, indent + width + 2, all.len().saturating_sub(limit));
}

fn write_rest(page: &mut Page, indent: usize, lines: usize) {
    if lines > 0 {
        let note = page.ink(
            Ink::Faint,
            format!(
                "… and {} (whole in JUnit and JSON)",
                count_of(lines, "more line")
            ),
        );
        let note = note.to_string();
        page.line(indent, format_args!("{note}"));
    }
}

fn write_diff(page: &mut Page, indent: usize, pair: &Pair, limit: usize) {
    let (have, want) = (lines(&pair.have), lines(&pair.want));
    let diff = tokens_diff(
        &have[..have.len().min(COMPARED_LINES)],
        &want[..want.len().min(COMPARED_LINES)],
    );
    let minus = page
        .ink(Ink::Have, format!("- {}", pair.labels.0))
        .to_string();
    let plus = page
        .ink(Ink::Want, format!("+ {}", pair.labels.1))
        .to_string();
    page.line(indent, format_args!("{minus}  {plus}"));

    let mut rows = Vec::new();
    let mut end = 0;
    for group in diff.grouped_ops(CONTEXT) {
        if group
            .first()
            .is_some_and(|op| op.old_range().start > end || (end > 0 && !rows.is_empty()))
        {
            rows.push(Row::Gap);
        }
        for op in &group {
            push_rows(&mut rows, op, &have, &want);
            end = op.old_range().end;
        }
    }
    if end < have.len().min(COMPARED_LINES) {
        rows.push(Row::Gap);
    }
    for row in rows.iter().take(limit) {
        write_row(page, indent, row);
    }
    let uncompared = have.len().max(want.len()).saturating_sub(COMPARED_LINES);
    write_rest(
        page,
        indent + 2,
        rows.len().saturating_sub(limit) + uncompared,
    );
}

/// A line of a diff.
enum Row<'a> {
    /// Lines that are alike and not shown.
    Gap,
    /// A line of both values.
    Same(&'a str),
    /// A line of the first value, its parts with whether they differ.
    Have(Vec<(bool, String)>),
    /// A line of the second value, its parts with whether they differ.
    Want(Vec<(bool, String)>),
}

fn push_rows<'a>(rows: &mut Vec<Row<'a>>, op: &DiffOp, have: &[&'a str], want: &[&'a str]) {
    let (old, new) = (&have[op.old_range()], &want[op.new_range()]);
    if op.tag() == DiffTag::Equal {
        return rows.extend(old.iter().map(|line| Row::Same(line)));
    }
    let pairs: Vec<_> = old
        .iter()
        .zip(new)
        .map(|(old, new)| parts(old, new))
        .collect();
    let whole = |line: &&str| vec![(false, (*line).to_owned())];
    rows.extend(pairs.iter().map(|pair| Row::Have(pair.0.clone())));
    rows.extend(old.iter().skip(pairs.len()).map(whole).map(Row::Have));
    rows.extend(pairs.iter().map(|pair| Row::Want(pair.1.clone())));
    rows.extend(new.iter().skip(pairs.len()).map(whole).map(Row::Want));
}

fn write_row(page: &mut Page, indent: usize, row: &Row<'_>) {
    let (sign, parts, ink, part_ink) = match row {
        Row::Gap => {
            let dots = page.ink(Ink::Faint, "  ⋮").to_string();
            return page.line(indent, format_args!("{dots}"));
        }
        Row::Same(line) => {
            let shown = page
                .ink(Ink::Faint, exact(&clip(line, LINE_LIMIT)))
                .to_string();
            return page.line(indent, format_args!("  {shown}"));
        }
        Row::Have(parts) => ("- ", parts, Ink::Have, Ink::HavePart),
        Row::Want(parts) => ("+ ", parts, Ink::Want, Ink::WantPart),
    };
    let mut shown = page.ink(ink, sign).to_string();
    let mut marks = String::new();
    let mut room = LINE_LIMIT;
    for (index, (differs, text)) in parts.iter().enumerate() {
        let clipped = clip(text, room);
        room = room.saturating_sub(text.chars().count());
        // Only the blanks that end the whole line need a sign.
        let text = if index + 1 == parts.len() || *differs {
            exact(&clipped)
        } else {
            exact_inside(&clipped)
        };
        let mark = if *differs { '~' } else { ' ' };
        marks.extend(std::iter::repeat_n(mark, cells(&text)));
        shown.push_str(
            &page
                .ink(if *differs { part_ink } else { ink }, text)
                .to_string(),
        );
        if room == 0 {
            break;
        }
    }
    page.line(indent, format_args!("{shown}"));
    // Without colours, the differing words are marked in a line of their own.
    if !page.has_color() && marks.contains('~') {
        page.line(indent + 2, format_args!("{}", marks.trim_end()));
    }
}

fn exact_inside(text: &str) -> std::borrow::Cow<'_, str> {
    let body = text.trim_end_matches(' ');
    let mut shown = exact(body).into_owned();
    shown.push_str(&text[body.len()..]);
    std::borrow::Cow::Owned(shown)
}

/// Both lines in parts that are alike and parts that differ.
type Parts = (Vec<(bool, String)>, Vec<(bool, String)>);

fn parts(have: &str, want: &str) -> Parts {
    let (old, new) = (tokens(have), tokens(want));
    let diff = tokens_diff(&old, &new);
    if diff.ratio() < ALIKE {
        return (
            vec![(false, have.to_owned())],
            vec![(false, want.to_owned())],
        );
    }
    let (mut left, mut right) = (Vec::new(), Vec::new());
    let ops = diff.ops();
    for (index, op) in ops.iter().enumerate() {
        // A lone sign between two differences (`2027-01-01`, `100.00`) would only tear them apart.
        let is_between = index > 0 && index + 1 < ops.len();
        let is_sign = matches!(&old[op.old_range()], [token] if is_sign(token));
        let differs = op.tag() != DiffTag::Equal || (is_between && is_sign);
        push_part(&mut left, differs, old[op.old_range()].concat());
        push_part(&mut right, differs, new[op.new_range()].concat());
    }
    (left, right)
}

fn push_part(parts: &mut Vec<(bool, String)>, differs: bool, text: String) {
    match parts.last_mut() {
        _ if text.is_empty() => {}
        Some((last, before)) if *last == differs => before.push_str(&text),
        _ => parts.push((differs, text)),
    }
}

fn tokens_diff<'a>(old: &[&'a str], new: &[&'a str]) -> TextDiff<'a, 'a, str> {
    TextDiff::configure()
        .timeout(DEADLINE)
        .diff_slices(old, new)
}

/// A line as words, runs of blanks and single signs: records such as `(1,alice,t)` have few blanks.
fn tokens(line: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut start = 0;
    let mut before = None;
    for (at, c) in line.char_indices() {
        let kind = if c.is_alphanumeric() || c == '_' {
            Kind::Word
        } else if c.is_whitespace() {
            Kind::Blank
        } else {
            Kind::Sign
        };
        if before.is_some_and(|before| before != kind || kind == Kind::Sign) {
            found.push(&line[start..at]);
            start = at;
        }
        before = Some(kind);
    }
    if start < line.len() {
        found.push(&line[start..]);
    }
    found
}

fn is_sign(token: &str) -> bool {
    !token.starts_with(|c: char| c.is_alphanumeric() || c == '_' || c.is_whitespace())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Word,
    Blank,
    Sign,
}

fn lines(value: &str) -> Vec<&str> {
    value.split('\n').collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shown(have: &str, want: &str) -> String {
        let mut page = Page::new(false);
        let pair = Pair {
            labels: ("have", "want"),
            have: have.to_owned(),
            want: want.to_owned(),
        };
        write(&mut page, 0, &pair, 40);
        page.into_text()
    }

    #[test]
    fn short_values_stand_in_two_aligned_lines() {
        assert_eq!(shown("1 ", ""), "have: 1·\nwant: (empty)\n");
    }

    #[test]
    fn unlike_values_are_not_compared_word_by_word() {
        assert_eq!(shown("NULL", "a\nb"), "have: NULL\nwant: a\n      b\n");
    }

    #[test]
    fn differing_words_are_marked() {
        let have = "(1,alice,2024-01-01,\"a long remark about this row of the table\")";
        let want = "(1,alice,2024-01-02,\"a long remark about this row of the table\")";
        let expected = format!(
            "- have  + want\n- {have}\n                   ~~\n+ {want}\n                   ~~\n"
        );
        assert_eq!(shown(have, want), expected);
    }

    proptest! {
        #[test]
        fn the_tokens_of_a_line_are_the_line(line in ".{0,40}") {
            prop_assert_eq!(tokens(&line).concat(), line);
        }

        #[test]
        fn any_two_values_are_rendered_without_control_characters(have in "(?s).{0,80}", want in "(?s).{0,80}") {
            prop_assert!(!shown(&have, &want).chars().any(|c| c.is_control() && c != '\n'));
        }
    }
}
