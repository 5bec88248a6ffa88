//! A finished file in one line, with a word of what went wrong beneath it (or, if asked, every assertion). Pure.

use crate::event::{FileOutcome, ReasonKind, Verdict};
use crate::report::Verbosity;
use crate::report::case::{CaseResult, cases, failures};
use crate::report::figures::{count_of, grouped, time};
use crate::report::page::{Ink, Page};
use crate::report::server_message::severity_and_code;
use crate::report::visible::{clip, one_line};

use super::{ConsoleOptions, WORD, assertions, details, trial, worded};

/// So many failures are named at once; all of them come at the end.
const NAMED_AT_ONCE: usize = 3;
/// So many warnings of one file are shown.
const WARNINGS: usize = 5;
/// The longest line beneath a file's line, in characters.
const LINE_LIMIT: usize = 160;

/// A finished file as one line: its verdict, its name, its figures. Beneath it a few words of what went wrong; with
/// [`Verbosity::Verbose`] every assertion and, for a file that passed, its notices. Lines end with `\n`.
pub fn file_line(outcome: &FileOutcome, options: ConsoleOptions) -> String {
    let mut page = Page::new(options.color);
    let verdict = outcome.verdict;
    let figures = page
        .ink(Ink::Faint, format_args!("({})", figures(outcome)))
        .to_string();
    worded(
        &mut page,
        ink(verdict),
        verdict.word(),
        &format!("{}  {figures}", one_line(&outcome.file)),
    );
    if options.verbosity == Verbosity::Verbose {
        assertions::write(&mut page, outcome);
        name_causes(&mut page, outcome);
    } else {
        name_failures(&mut page, outcome);
        if options.directives {
            assertions::write_directives(&mut page, outcome);
        }
    }
    if let Some(trial) = &outcome.trial {
        for loss in &trial.losses {
            let word = page.ink(Ink::Odd, trial::loss_word(loss)).to_string();
            page.line(WORD + 2, format_args!("{word} {}", trial::loss(loss)));
        }
    }
    if options.comments && matches!(verdict, Verdict::Passed | Verdict::Skipped) {
        assertions::write_comments(&mut page, outcome);
    }
    if matches!(verdict, Verdict::Passed | Verdict::Skipped) {
        write_warnings(&mut page, outcome);
        if options.verbosity == Verbosity::Verbose {
            details::write_notices(&mut page, WORD + 2, outcome, options);
        }
    }
    page.into_text()
}

/// The ink of a verdict.
pub(super) fn ink(verdict: Verdict) -> Ink {
    match verdict {
        Verdict::Passed => Ink::Good,
        Verdict::Failed => Ink::Bad,
        Verdict::Broken => Ink::Broken,
        Verdict::Skipped => Ink::Odd,
    }
}

fn figures(outcome: &FileOutcome) -> String {
    let all = outcome.report.assertions.len();
    let failed = outcome.failed_assertions().count();
    let took = time(outcome.elapsed);
    let trial = outcome.trial.as_deref();
    match outcome.verdict {
        Verdict::Skipped => skip_reason(outcome).unwrap_or_else(|| "all of it".to_owned()),
        Verdict::Passed if trial.is_some() => match trial.and_then(trial::changes) {
            Some(changes) => format!("{changes}, {took}"),
            None => took,
        },
        _ if failed > 0 => {
            format!(
                "{} of {} failed, {took}",
                grouped(failed as u64),
                count_of(all, "assertion")
            )
        }
        _ => {
            let todo = count_cases(outcome, |result| matches!(result, CaseResult::Todo(_)));
            let skipped = count_cases(outcome, |result| matches!(result, CaseResult::Skipped(_)));
            let mut words = count_of(all, "assertion");
            for (number, word) in [(todo, "todo"), (skipped, "skipped")] {
                if number > 0 {
                    words = format!("{words}, {} {word}", grouped(number));
                }
            }
            format!("{words}, {took}")
        }
    }
}

fn count_cases(outcome: &FileOutcome, is: impl Fn(&CaseResult<'_>) -> bool) -> u64 {
    cases(&outcome.report)
        .iter()
        .filter(|case| is(&case.result))
        .count() as u64
}

fn skip_reason(outcome: &FileOutcome) -> Option<String> {
    let reason = outcome
        .reasons
        .iter()
        .find(|reason| reason.kind == ReasonKind::SkipAll);
    let plan = outcome
        .report
        .plan
        .as_ref()
        .and_then(|plan| plan.skip_all.as_deref());
    let text = plan
        .filter(|text| !text.is_empty())
        .or(reason.map(|reason| reason.text.as_str()))
        .filter(|text| !text.is_empty())?;
    Some(clip(&one_line(text), LINE_LIMIT).into_owned())
}

/// What broke a file, in a few words each: an ink and its words, and the rest.
fn causes(outcome: &FileOutcome) -> Vec<(Ink, String, String)> {
    let mut lines: Vec<(Ink, String, String)> = Vec::new();
    let is_broken = outcome.verdict == Verdict::Broken;
    // In a file that merely failed, the only such error is `finish(true)`, which says no more than the assertions.
    let fatal = outcome
        .errors
        .iter()
        .filter(|error| is_broken && !error.swallowed);
    lines.extend(fatal.map(|error| {
        let text = format!(" {}", one_line(&error.message.message));
        (
            Ink::Have,
            format!("{}:", severity_and_code(&error.message)),
            text,
        )
    }));
    let reasons = outcome
        .reasons
        .iter()
        .filter(|reason| is_broken && !details::is_told_by_an_error(outcome, reason));
    lines.extend(reasons.map(|reason| {
        let text = format!(" {}", one_line(reason.headline()));
        (Ink::Cause, format!("{}:", reason.kind.word()), text)
    }));
    lines
}

/// Names what broke a file, beneath its assertions.
fn name_causes(page: &mut Page, outcome: &FileOutcome) {
    for (ink, word, text) in causes(outcome).iter().take(NAMED_AT_ONCE) {
        let word = page.ink(*ink, word).to_string();
        page.line(WORD + 2, format_args!("{word}{}", clip(text, LINE_LIMIT)));
    }
}

/// Names what went wrong in a few words; the details come when all files are done.
fn name_failures(page: &mut Page, outcome: &FileOutcome) {
    let mut lines = causes(outcome);
    let failed = failures(&outcome.report);
    lines.extend(failed.iter().take(NAMED_AT_ONCE + 1).map(|case| {
        (
            Ink::Have,
            format!("not ok {}", case.assertion.number),
            case.label(),
        )
    }));
    let total = lines.len() + failed.len().saturating_sub(NAMED_AT_ONCE + 1);
    let shown = if total == NAMED_AT_ONCE + 1 {
        total
    } else {
        NAMED_AT_ONCE.min(total)
    };
    for (ink, word, text) in &lines[..shown] {
        let word = page.ink(*ink, word).to_string();
        page.line(WORD + 2, format_args!("{word}{}", clip(text, LINE_LIMIT)));
    }
    if total > shown {
        let more = page.ink(
            Ink::Faint,
            format!("… and {}", count_of(total - shown, "more failure")),
        );
        let more = more.to_string();
        page.line(WORD + 2, format_args!("{more}"));
    }
}

fn write_warnings(page: &mut Page, outcome: &FileOutcome) {
    for warning in outcome.warnings.iter().take(WARNINGS) {
        let place = warning
            .location
            .as_ref()
            .map(|place| format!("{}: ", one_line(&place.to_string())));
        let text = one_line(&warning.text);
        worded(
            page,
            Ink::Odd,
            "warning",
            &format!(
                "{}{text} ({})",
                place.unwrap_or_default(),
                warning.kind.word()
            ),
        );
    }
    let more = outcome.warnings.len().saturating_sub(WARNINGS);
    if more > 0 {
        worded(
            page,
            Ink::Odd,
            "warning",
            &format!("… and {}", count_of(more, "more warning")),
        );
    }
}
