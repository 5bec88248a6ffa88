//! A diagnostic is what pgTAP says beneath a failed assertion. This module reads its lines: the pair of values that
//! it compares, and the rest as it stands. Total: any lines give diagnostics.

use crate::tap::Assertion;

use super::case::Case;

/// A part of what stands beneath an assertion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Diagnostic {
    /// `have:` and `want:`, or `caught:` and `wanted:`.
    Pair(Pair),
    /// Other lines, without the indentation that they share.
    Text(Vec<String>),
}

/// Two values that a test compares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pair {
    /// The words before the values: `have` and `want`.
    pub(super) labels: (&'static str, &'static str),
    /// What the test got; lines are parted by `\n`.
    pub(super) have: String,
    /// What it wants; lines are parted by `\n`.
    pub(super) want: String,
}

/// The words that pgTAP puts before two values that it compares for equality.
const LABELS: [(&str, &str); 2] = [("have", "want"), ("caught", "wanted")];

/// Reads what stands beneath a case, without pgTAP's repetition of its number and description.
pub(super) fn diagnostics(case: &Case<'_>) -> Vec<Diagnostic> {
    let own = without_heading(case.assertion);
    let comments = case.comments.iter().map(|line| line.text.as_str());
    let lines: Vec<&str> = comments.chain(own.iter().map(String::as_str)).collect();
    read(&lines)
}

/// The first pair of values beneath an assertion.
pub(super) fn first_pair(assertion: &Assertion) -> Option<Pair> {
    let lines: Vec<&str> = without_heading(assertion)
        .iter()
        .map(String::as_str)
        .collect();
    read(&lines).into_iter().find_map(|part| match part {
        Diagnostic::Pair(pair) => Some(pair),
        Diagnostic::Text(_) => None,
    })
}

/// The diagnostics after `Failed test 1: "description"`, whose description may go over several lines.
fn without_heading(assertion: &Assertion) -> &[String] {
    let lines = assertion.diagnostics.as_slice();
    let Some(first) = lines.first() else {
        return lines;
    };
    let number = assertion.number;
    let rest = [
        format!("Failed test {number}"),
        format!("Failed (TODO) test {number}"),
    ]
    .iter()
    .find_map(|heading| first.strip_prefix(heading.as_str()));
    let Some(description) = rest.filter(|rest| rest.is_empty() || rest.starts_with(": \"")) else {
        return lines;
    };
    if description.is_empty() || (description.len() > 3 && description.ends_with('"')) {
        return &lines[1..];
    }
    let end = lines.iter().skip(1).position(|line| line.ends_with('"'));
    &lines[end.map_or(1, |end| end + 2)..]
}

fn read(lines: &[&str]) -> Vec<Diagnostic> {
    let mut parts = Vec::new();
    let mut text: Vec<&str> = Vec::new();
    let mut rest = lines;
    while let [line, after @ ..] = rest {
        if let Some((pair, after)) = read_pair(line, after) {
            push_text(&mut parts, &mut text);
            parts.push(Diagnostic::Pair(pair));
            rest = after;
        } else {
            text.push(line);
            rest = after;
        }
    }
    push_text(&mut parts, &mut text);
    parts
}

/// Reads a pair whose first line is `line`. The first value ends where the second label stands; the second value
/// ends before the next indented or unindented label, or with the lines: pgTAP indents only a value's first line.
fn read_pair<'a, 'l>(line: &str, after: &'a [&'l str]) -> Option<(Pair, &'a [&'l str])> {
    for labels in LABELS {
        let Some(have) = labelled(line, labels.0) else {
            continue;
        };
        let second = after
            .iter()
            .position(|line| labelled(line, labels.1).is_some())?;
        let want = labelled(after[second], labels.1)?;
        let more = &after[second + 1..];
        let end = more
            .iter()
            .position(|line| ends_value(line))
            .unwrap_or(more.len());
        let pair = Pair {
            labels,
            have: joined(have, &after[..second]),
            want: joined(want, &more[..end]),
        };
        return Some((pair, &more[end..]));
    }
    None
}

/// The value behind a label, which pgTAP indents so that the labels' colons stand in one column.
fn labelled<'l>(line: &'l str, label: &str) -> Option<&'l str> {
    let trimmed = line.trim_start_matches(' ');
    let indent = line.len() - trimmed.len();
    if indent < 4 {
        return None;
    }
    let value = trimmed.strip_prefix(label)?.strip_prefix(':')?;
    if value.is_empty() {
        Some(value)
    } else {
        value.strip_prefix(' ')
    }
}

fn ends_value(line: &str) -> bool {
    LABELS
        .iter()
        .any(|labels| labelled(line, labels.0).is_some())
        || line.starts_with("Looks like you ")
        || line.starts_with("Failed test ")
}

fn joined(first: &str, more: &[&str]) -> String {
    let mut value = first.to_owned();
    for line in more {
        value.push('\n');
        value.push_str(line);
    }
    value
}

fn push_text(parts: &mut Vec<Diagnostic>, text: &mut Vec<&str>) {
    let lines = std::mem::take(text);
    let indent = lines
        .iter()
        .filter(|line| !line.trim().is_empty())
        .map(|line| line.len() - line.trim_start_matches(' ').len())
        .min();
    if let Some(indent) = indent {
        let kept = lines
            .iter()
            .map(|line| line.get(indent..).unwrap_or("").to_owned())
            .collect();
        parts.push(Diagnostic::Text(kept));
    }
}
