//! Every assertion of a file, a line each, those of subtests indented under the subtest's name; or only those with a
//! directive; and the comments between them. Pure.

use crate::event::FileOutcome;
use crate::report::page::{Ink, Page};
use crate::report::visible::one_line;
use crate::tap::{Assertion, Directive, Report};

use super::WORD;

/// Writes a line for every assertion.
pub(super) fn write(page: &mut Page, outcome: &FileOutcome) {
    write_report(page, 0, &outcome.report);
}

/// Writes a line for every assertion that bears TODO or SKIP, those of subtests too.
pub(super) fn write_directives(page: &mut Page, outcome: &FileOutcome) {
    write_directives_of(page, 0, &outcome.report);
}

fn write_directives_of(page: &mut Page, depth: usize, report: &Report) {
    for assertion in &report.assertions {
        if let Some(subtest) = &assertion.subtest {
            write_directives_of(page, depth + 1, &subtest.report);
        }
        if assertion.directive.is_some() {
            write_assertion(page, depth, 1, assertion);
        }
    }
}

/// Writes the comments: those that stand before the first assertion or belong to none, then those behind each.
pub(super) fn write_comments(page: &mut Page, outcome: &FileOutcome) {
    write_comments_of(page, 0, &outcome.report);
}

fn write_comments_of(page: &mut Page, depth: usize, report: &Report) {
    let line = |page: &mut Page, text: &str| {
        let text = format!("# {}", one_line(text));
        let text = page.ink(Ink::Faint, text).to_string();
        page.line(WORD + 2 + depth * 2, format_args!("{text}"));
    };
    for comment in &report.comments {
        line(page, &comment.text);
    }
    for assertion in &report.assertions {
        if let Some(subtest) = &assertion.subtest {
            write_comments_of(page, depth + 1, &subtest.report);
        }
        for text in &assertion.diagnostics {
            line(page, text);
        }
    }
}

fn write_report(page: &mut Page, depth: usize, report: &Report) {
    let digits = report
        .assertions
        .iter()
        .map(|one| one.number)
        .max()
        .unwrap_or(0)
        .to_string()
        .len();
    for assertion in &report.assertions {
        if let Some(subtest) = &assertion.subtest {
            let name = if subtest.name.is_empty() {
                &assertion.description
            } else {
                &subtest.name
            };
            let word = page
                .ink(Ink::Faint, format_args!("{:>WORD$}", "subtest"))
                .to_string();
            page.line(
                0,
                format_args!("{word}  {:depth$}{}", "", one_line(name), depth = depth * 2),
            );
            write_report(page, depth + 1, &subtest.report);
        }
        write_assertion(page, depth, digits, assertion);
    }
}

fn write_assertion(page: &mut Page, depth: usize, digits: usize, assertion: &Assertion) {
    let (ink, word, remark) = match (&assertion.directive, assertion.ok) {
        (None, true) => (Ink::Good, "ok", String::new()),
        (None, false) => (Ink::Bad, "not ok", String::new()),
        (Some(Directive::Todo(reason)), false) => (Ink::Odd, "todo", reason.clone()),
        (Some(Directive::Todo(reason)), true) => {
            (Ink::Odd, "ok", format!("todo, but it passes: {reason}"))
        }
        (Some(Directive::Skip(reason)), true) => (Ink::Odd, "skip", reason.clone()),
        (Some(Directive::Skip(reason)), false) => (Ink::Bad, "not ok", format!("skip: {reason}")),
    };
    let word = page.ink(ink, format_args!("{word:>WORD$}")).to_string();
    let number = page
        .ink(Ink::Faint, format_args!("{:>digits$}", assertion.number))
        .to_string();
    let mut text = one_line(&assertion.description).into_owned();
    if !remark.is_empty() {
        let blank = if text.is_empty() { "" } else { "  " };
        text = format!(
            "{text}{blank}{}",
            page.ink(Ink::Faint, format_args!("({})", one_line(&remark)))
        );
    }
    page.line(
        0,
        format_args!("{word}  {:depth$}{number}  {text}", "", depth = depth * 2),
    );
}
