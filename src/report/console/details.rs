//! What went wrong in a file, told whole: failed assertions with their source line and values, SQL errors with a
//! caret, the reasons with advice, notices, output that is not TAP. Long things are cut, and say so. Pure.

use crate::event::{
    FileOutcome, Reason, ReasonKind, ServerMessage, SqlError, Verdict, WarningKind,
};
use crate::report::Verbosity;
use crate::report::advice::{advice, overload_advice};
use crate::report::case::{Case, failures};
use crate::report::diagnostic::{Diagnostic, diagnostics};
use crate::report::difference;
use crate::report::figures::count;
use crate::report::page::{Ink, Page};
use crate::report::server_message::{SOURCE_LIMIT, fields, severity_and_code, source_and_caret};
use crate::report::visible::{cells, clip, one_line, visible};
use crate::script::Location;

use super::ConsoleOptions;
use super::line::ink;

/// So many failed assertions of a file are told whole.
const FAILURES: usize = 20;
/// So many lines of one diagnostic are shown.
const DIAGNOSTIC_LINES: usize = 30;
/// So many SQL errors of a file are shown.
const ERRORS: usize = 5;
/// So many notices, or lines that are not TAP, are shown; with [`Verbosity::Verbose`] twenty times as many.
const REMARKS: usize = 10;
/// So many lines of a message's field are shown.
const FIELD_LINES: usize = 12;
/// The longest line that is shown whole, in characters.
const LINE_LIMIT: usize = 500;
/// The column (from 0) of paths, source lines and values beneath a heading.
const BODY: usize = 9;
/// How wide a file's heading is, its rule included.
const HEADING: usize = 80;
/// Where more can be read than is shown.
const ELSEWHERE: &str = "--junit FILE and --format json hold them all";

/// All that is worth knowing of a file that failed or is broken, as lines, an empty one at the end.
pub fn details(outcome: &FileOutcome, options: ConsoleOptions) -> String {
    let mut page = Page::new(options.color);
    let verdict = page
        .ink(ink(outcome.verdict), outcome.verdict.word())
        .to_string();
    let file = page.ink(Ink::Strong, one_line(&outcome.file)).to_string();
    let room =
        HEADING.saturating_sub(outcome.verdict.word().len() + cells(&one_line(&outcome.file)) + 3);
    let rule = page.ink(Ink::Faint, "─".repeat(room)).to_string();
    page.line(0, format_args!("{verdict}  {file} {rule}"));
    if outcome.verdict == Verdict::Broken {
        write_errors(&mut page, outcome);
        write_reasons(&mut page, outcome);
        write_failures(&mut page, outcome);
    } else {
        write_failures(&mut page, outcome);
        write_errors(&mut page, outcome);
        write_reasons(&mut page, outcome);
    }
    write_warnings(&mut page, outcome);
    write_foreign_output(&mut page, outcome, options);
    write_notices(&mut page, 2, outcome, options);
    if let Some(command) = &outcome.kept {
        page.gap();
        let label = page.ink(Ink::Faint, "database kept:").to_string();
        page.line(2, format_args!("{label} {}", one_line(command)));
    }
    page.gap();
    page.into_text()
}

/// Whether a SQL error of the file says what the reason says.
pub(super) fn is_told_by_an_error(outcome: &FileOutcome, reason: &Reason) -> bool {
    let mut errors = outcome.errors.iter().filter(|error| !error.swallowed);
    match reason.kind {
        ReasonKind::SqlError => errors.next().is_some(),
        _ => errors.any(|error| reason.text.contains(error.message.message.as_str())),
    }
}

fn write_failures(page: &mut Page, outcome: &FileOutcome) {
    let failed = failures(&outcome.report);
    let mut step_shown = None;
    for case in failed.iter().take(FAILURES) {
        page.gap();
        write_failure(page, outcome, case, &mut step_shown);
    }
    write_more(
        page,
        2,
        failed.len().saturating_sub(FAILURES) as u64,
        "more failed assertion",
        ELSEWHERE,
    );
}

fn write_failure(
    page: &mut Page,
    outcome: &FileOutcome,
    case: &Case<'_>,
    step_shown: &mut Option<u32>,
) {
    let assertion = case.assertion;
    let what = page
        .ink(Ink::Bad, format_args!("not ok {}", assertion.number))
        .to_string();
    let name = page.ink(Ink::Strong, case.label()).to_string();
    page.line(2, format_args!("{what}{name}"));
    if let Some(step) = outcome.step(assertion.origin) {
        // Assertions that one step printed share its source line: once is enough.
        let source = visible(&clip(&step.source, SOURCE_LIMIT)).into_owned();
        let is_new = *step_shown != Some(assertion.origin);
        write_place(
            page,
            &step.location,
            false,
            is_new.then_some((&source, None)),
        );
        *step_shown = Some(assertion.origin);
    }
    for part in diagnostics(case) {
        match part {
            Diagnostic::Pair(pair) => difference::write(page, BODY, &pair, DIAGNOSTIC_LINES),
            Diagnostic::Text(lines) => {
                write_lines(
                    page,
                    BODY,
                    lines.iter().map(String::as_str),
                    DIAGNOSTIC_LINES,
                );
            }
        }
    }
    if let Some(yaml) = &assertion.yaml {
        write_lines(page, BODY, yaml.lines(), DIAGNOSTIC_LINES);
    }
    let step = outcome.step(assertion.origin);
    if let Some(advice) = step.and_then(|step| overload_advice(assertion, &step.source)) {
        let word = page.ink(Ink::Work, "help:").to_string();
        page.line(BODY, format_args!("{word} {}", visible(&advice)));
    }
}

/// Writes `--> file:line[:column]` and, beneath, the source line (fit to be shown) with its number and a caret's line.
/// Paths, source lines and all that follows stand in one column.
fn write_place(
    page: &mut Page,
    place: &Location,
    column: bool,
    source: Option<(&str, Option<&str>)>,
) {
    let column = if column {
        format!(":{}", place.column())
    } else {
        String::new()
    };
    let arrow = page.ink(Ink::Frame, "-->").to_string();
    page.line(
        BODY - 4,
        format_args!("{arrow} {}{column}", one_line(&place.to_string())),
    );
    let Some((text, caret)) = source else { return };
    let gutter = BODY - 3;
    let number = page
        .ink(Ink::Frame, format_args!("{:>gutter$} |", place.line()))
        .to_string();
    page.line(0, format_args!("{number} {text}"));
    if let Some(caret) = caret {
        let bar = page.ink(Ink::Frame, "|").to_string();
        let caret = page.ink(Ink::Caret, caret).to_string();
        page.line(BODY - 2, format_args!("{bar} {caret}"));
    }
}

fn write_errors(page: &mut Page, outcome: &FileOutcome) {
    let (mut fatal, swallowed): (Vec<_>, Vec<_>) =
        outcome.errors.iter().partition(|error| !error.swallowed);
    if outcome.verdict != Verdict::Broken {
        // `finish(true)` raises what the failed assertions have said.
        fatal.clear();
    }
    let total = fatal.len() + swallowed.len();
    for error in fatal.iter().chain(&swallowed).take(ERRORS) {
        page.gap();
        write_error(page, error);
    }
    write_more(
        page,
        2,
        total.saturating_sub(ERRORS) as u64,
        "more SQL error",
        ELSEWHERE,
    );
}

fn write_error(page: &mut Page, error: &SqlError) {
    let mut message = error.message.message.lines();
    let word = page
        .ink(
            Ink::Bad,
            format_args!("{}:", severity_and_code(&error.message)),
        )
        .to_string();
    let first = page
        .ink(
            Ink::Strong,
            visible(&clip(message.next().unwrap_or(""), LINE_LIMIT)),
        )
        .to_string();
    let aside = if error.swallowed {
        "  (ON_ERROR_STOP is off: the file went on)"
    } else {
        ""
    };
    let aside = page.ink(Ink::Faint, aside).to_string();
    page.line(2, format_args!("{word} {first}{aside}"));
    write_lines(page, BODY, message, FIELD_LINES);
    match &error.excerpt {
        Some(excerpt) => {
            let (source, caret) = source_and_caret(excerpt);
            write_place(page, &error.location, true, Some((&source, Some(&caret))));
        }
        None => write_place(page, &error.location, false, None),
    }
    write_fields(page, BODY, &error.message);
}

fn write_fields(page: &mut Page, indent: usize, message: &ServerMessage) {
    for (word, text) in fields(message) {
        let mut heading = format!("{word}:");
        let all: Vec<&str> = text.lines().collect();
        for line in all.iter().take(FIELD_LINES) {
            let label = page
                .ink(Ink::Faint, format_args!("{heading:<8}"))
                .to_string();
            page.line(
                indent,
                format_args!("{label} {}", visible(&clip(line, LINE_LIMIT))),
            );
            heading.clear();
        }
        let more = all.len().saturating_sub(FIELD_LINES) as u64;
        if more > 0 {
            let note = page
                .ink(Ink::Faint, format!("… and {}", count(more, "more line")))
                .to_string();
            page.line(indent + 9, format_args!("{note}"));
        }
    }
}

fn write_reasons(page: &mut Page, outcome: &FileOutcome) {
    let is_strict = |reason: &Reason| reason.kind == ReasonKind::Strict;
    let last_strict = outcome.reasons.iter().rposition(is_strict);
    for (index, reason) in outcome.reasons.iter().enumerate() {
        // What strictness breaks is advised upon in the same words: once is enough.
        let is_repeated = is_strict(reason) && Some(index) != last_strict;
        let advice = advice(outcome, reason).filter(|_| !is_repeated);
        let is_told = is_told_by_an_error(outcome, reason)
            || is_strict(reason)
                && is_swallowed_error_shown(outcome, reason.location.as_ref(), Some(&reason.text));
        if !is_told {
            write_reason(page, reason);
        }
        if let Some(advice) = advice {
            let word = page.ink(Ink::Work, "help:").to_string();
            page.line(BODY, format_args!("{word} {advice}"));
        }
    }
}

fn write_reason(page: &mut Page, reason: &Reason) {
    page.gap();
    let mut lines = reason.text.lines();
    let word = page
        .ink(Ink::Broken, format_args!("{}:", reason.kind.word()))
        .to_string();
    let text = visible(lines.next().unwrap_or_default());
    let text = page.ink(Ink::Strong, clip(&text, LINE_LIMIT)).to_string();
    page.line(2, format_args!("{word} {text}"));
    write_lines(page, BODY, lines, FIELD_LINES);
    if let Some(place) = &reason.location {
        write_place(page, place, false, None);
    }
}

/// Whether a SQL error that the file passed over, and that is shown, stands at this place and, where one is given, in this text.
fn is_swallowed_error_shown(
    outcome: &FileOutcome,
    place: Option<&Location>,
    text: Option<&str>,
) -> bool {
    let mut errors = outcome.errors.iter().take(ERRORS);
    place.is_some_and(|place| {
        errors.any(|error| {
            let headline = error.message.message.lines().next().unwrap_or_default();
            error.swallowed
                && error.location == *place
                && text.is_none_or(|text| text.contains(headline))
        })
    })
}

fn write_warnings(page: &mut Page, outcome: &FileOutcome) {
    let warnings = outcome.warnings.iter().filter(|warning| {
        warning.kind != WarningKind::SwallowedError
            || !is_swallowed_error_shown(outcome, warning.location.as_ref(), None)
    });
    let warnings: Vec<_> = warnings.collect();
    for warning in warnings.iter().take(REMARKS) {
        page.gap();
        let word = page.ink(Ink::Odd, "warning:").to_string();
        page.line(
            2,
            format_args!(
                "{word} {} ({})",
                one_line(&warning.text),
                warning.kind.word()
            ),
        );
        if let Some(place) = &warning.location {
            write_place(page, place, false, None);
        }
    }
    write_more(
        page,
        2,
        warnings.len().saturating_sub(REMARKS) as u64,
        "more warning",
        ELSEWHERE,
    );
}

fn remarks_limit(options: ConsoleOptions) -> usize {
    if options.verbosity == Verbosity::Verbose {
        REMARKS * 20
    } else {
        REMARKS
    }
}

fn write_foreign_output(page: &mut Page, outcome: &FileOutcome, options: ConsoleOptions) {
    let report = &outcome.report;
    let limit = remarks_limit(options);
    let total = report.unknown.len() as u64 + report.dropped_unknown;
    if total == 0 {
        return;
    }
    page.gap();
    let word = page.ink(Ink::Faint, "output that is not TAP:").to_string();
    page.line(2, format_args!("{word}"));
    for line in report.unknown.iter().take(limit) {
        page.line(
            4,
            format_args!("{}", visible(&clip(&line.text, LINE_LIMIT))),
        );
    }
    let shown = report.unknown.len().min(limit) as u64;
    write_more(
        page,
        4,
        total - shown,
        "more line",
        "in JUnit and JSON as far as it was kept",
    );
}

/// Writes what the server remarked during a file, so many lines at most.
pub(super) fn write_notices(
    page: &mut Page,
    indent: usize,
    outcome: &FileOutcome,
    options: ConsoleOptions,
) {
    let limit = remarks_limit(options);
    let total = outcome.notices.len() as u64 + outcome.dropped_notices;
    if total == 0 {
        return;
    }
    if indent == 2 {
        page.gap();
    }
    for notice in outcome.notices.iter().take(limit) {
        let place = page
            .ink(Ink::Faint, one_line(&notice.location.to_string()))
            .to_string();
        let is_warning = notice.message.severity == "WARNING";
        let word = format!("{}:", severity_and_code(&notice.message));
        let word = page
            .ink(if is_warning { Ink::Odd } else { Ink::Frame }, word)
            .to_string();
        let text = one_line(&notice.message.message);
        page.line(
            indent,
            format_args!("{place}  {word} {}", clip(&text, LINE_LIMIT)),
        );
    }
    let shown = outcome.notices.len().min(limit) as u64;
    let more = page
        .ink(
            Ink::Faint,
            format!("… and {}", count(total - shown, "more notice")),
        )
        .to_string();
    if total > shown {
        page.line(indent, format_args!("{more}"));
    }
}

fn write_lines<'a>(
    page: &mut Page,
    indent: usize,
    lines: impl Iterator<Item = &'a str>,
    limit: usize,
) {
    let mut more = 0;
    for (index, line) in lines.enumerate() {
        if index < limit {
            page.line(indent, format_args!("{}", visible(&clip(line, LINE_LIMIT))));
        } else {
            more += 1;
        }
    }
    write_more(page, indent, more, "more line", "whole in JUnit and JSON");
}

fn write_more(page: &mut Page, indent: usize, number: u64, noun: &str, aside: &str) {
    if number > 0 {
        let note = page
            .ink(
                Ink::Faint,
                format!("… and {} ({aside})", count(number, noun)),
            )
            .to_string();
        page.line(indent, format_args!("{note}"));
    }
}
