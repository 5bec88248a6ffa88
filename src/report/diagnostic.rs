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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn assertion(description: &str, diagnostics: &str) -> Assertion {
        Assertion {
            number: 3,
            ok: false,
            description: description.to_owned(),
            directive: None,
            diagnostics: diagnostics.split('\n').map(str::to_owned).collect(),
            yaml: None,
            subtest: None,
            origin: 0,
        }
    }

    fn parts(assertion: &Assertion) -> Vec<Diagnostic> {
        let result = crate::report::case::CaseResult::Failed;
        diagnostics(&Case {
            assertion,
            path: Vec::new(),
            result,
            comments: &[],
        })
    }

    fn pair(have: &str, want: &str) -> Diagnostic {
        let (have, want) = (have.to_owned(), want.to_owned());
        Diagnostic::Pair(Pair {
            labels: ("have", "want"),
            have,
            want,
        })
    }

    #[test]
    fn values_go_on_without_indentation() {
        let lines = "Failed test 3: \"d\"\n        have: a\nb\n        want: a\n\nc";
        assert_eq!(parts(&assertion("d", lines)), [pair("a\nb", "a\n\nc")]);
    }

    #[test]
    fn an_empty_value_is_a_value() {
        let lines = "Failed test 3\n        have: \n        want:";
        assert_eq!(parts(&assertion("", lines)), [pair("", "")]);
    }

    #[test]
    fn a_heading_may_go_over_several_lines() {
        let lines = "Failed test 3: \"two\nlines\"\n        have: 1\n        want: 2";
        assert_eq!(parts(&assertion("two\nlines", lines)), [pair("1", "2")]);
        let todo = "Failed (TODO) test 3: \"two\nlines\"";
        assert_eq!(parts(&assertion("two", todo)), []);
    }

    #[test]
    fn other_lines_lose_only_the_indentation_that_they_share() {
        let lines =
            "Failed test 3\n    Extra records:\n        (1)\n    Missing records:\n        (2)";
        let text = ["Extra records:", "    (1)", "Missing records:", "    (2)"]
            .map(str::to_owned)
            .to_vec();
        assert_eq!(parts(&assertion("", lines)), [Diagnostic::Text(text)]);
    }

    #[test]
    fn what_finish_says_is_no_part_of_a_value() {
        let lines = "        have: 1\n        want: 2\nLooks like you failed 1 test of 3";
        let text = Diagnostic::Text(vec!["Looks like you failed 1 test of 3".to_owned()]);
        assert_eq!(parts(&assertion("", lines)), [pair("1", "2"), text]);
    }

    #[test]
    fn a_label_without_its_counterpart_is_text() {
        let lines = "        have: 1";
        assert_eq!(
            parts(&assertion("", lines)),
            [Diagnostic::Text(vec!["have: 1".to_owned()])]
        );
    }

    proptest! {
        #[test]
        fn any_lines_are_read(lines in "(?s)( {0,9}(have|want|caught|wanted|Failed test 3)?:? ?.{0,9}\n?){0,8}") {
            let assertion = assertion("d", &lines);
            parts(&assertion);
        }
    }
}
