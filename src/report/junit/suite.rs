//! One test file as a `JUnit` suite. Pure: an outcome in, a `<testsuite>` element out.

use std::collections::HashMap;
use std::io;

use junit_report::{Duration, OffsetDateTime, ReportBuilder, TestCase, TestResult, TestSuite};

use crate::event::{FileOutcome, Reason, ReasonKind, Verdict};
use crate::report::advice::{advice, overload_advice};
use crate::report::case::{Case, CaseResult, cases};
use crate::report::diagnostic::{Diagnostic, Pair, diagnostics};
use crate::report::page::Page;
use crate::report::server_message::{error_like_psql, notice_like_psql, severity_and_code};
use crate::report::visible::{clip, exact, one_line};
use crate::report::xml_text::XmlText;
use crate::tap::Origin;

/// So many bytes of what a file printed, of its messages, or of one failure are kept: CI systems refuse reports
/// of some tens of megabytes.
const TEXT_LIMIT: usize = 100_000;
/// The longest message in an attribute, in characters.
const MESSAGE_LIMIT: usize = 300;

/// A `<testsuite>` element, ended by a line end. `id` counts suites from 0.
pub(super) fn render(outcome: &FileOutcome, id: usize) -> io::Result<String> {
    let suite = suite(outcome);
    let skipped = suite.skipped();
    let mut xml = Vec::new();
    ReportBuilder::new()
        .add_testsuite(suite)
        .build()
        .write_xml(&mut xml)
        .map_err(io::Error::other)?;
    let xml = String::from_utf8(xml).map_err(io::Error::other)?;
    let odd = || io::Error::other("the JUnit writer produced no <testsuite> element");
    let body = xml
        .split_once("<testsuites>")
        .and_then(|(_, rest)| rest.rsplit_once("</testsuites>"));
    let (start, rest) = body
        .and_then(|(suite, _)| suite.split_once('>'))
        .ok_or_else(odd)?;
    // The crate writes a whole report at once, sums up its cases' times and does not count what was skipped: here
    // the suite gets its own number, the time of its file and that count.
    let attributes = start
        .strip_prefix("<testsuite id=\"0\"")
        .and_then(|rest| rest.rsplit_once(" time=\""));
    let (attributes, time) = attributes.ok_or_else(odd)?;
    let empty = if time.ends_with('/') { "/" } else { "" };
    let seconds = seconds(outcome.elapsed).as_seconds_f64();
    Ok(format!(
        "<testsuite id=\"{id}\"{attributes} skipped=\"{skipped}\" time=\"{seconds}\"{empty}>{rest}\n"
    ))
}

fn suite(outcome: &FileOutcome) -> TestSuite {
    let name = XmlText::new(&outcome.file).attribute();
    let mut suite = TestSuite::new(&name);
    suite.package = String::from("pgassay");
    let started = OffsetDateTime::from(outcome.started_at);
    suite.set_timestamp(started.replace_nanosecond(0).unwrap_or(started));
    suite.add_testcases(test_cases(outcome));
    if !outcome.output.text.is_empty() {
        suite.set_system_out(&cdata(&outcome.output.text, outcome.output.dropped_bytes));
    }
    let messages = messages(outcome);
    if !messages.is_empty() {
        suite.set_system_err(&cdata(&messages, 0));
    }
    suite
}

fn test_cases(outcome: &FileOutcome) -> Vec<TestCase> {
    let found = cases(&outcome.report);
    let mut shared: HashMap<Origin, u32> = HashMap::new();
    for case in &found {
        *shared.entry(case.assertion.origin).or_default() += 1;
    }
    let mut names: HashMap<String, u32> = HashMap::new();
    let mut test_cases: Vec<TestCase> = found
        .iter()
        .map(|case| {
            let origin = case.assertion.origin;
            let of_step = outcome
                .step(origin)
                .map_or(std::time::Duration::ZERO, |step| step.elapsed);
            let time = seconds(of_step / shared.get(&origin).copied().unwrap_or(1).max(1));
            let mut test_case = TestCase::success(&unique_name(&mut names, case), time);
            test_case.result = test_result(outcome, case);
            let within = case.path.iter().copied();
            let class: Vec<&str> = [&*outcome.file].into_iter().chain(within).collect();
            test_case.set_classname(&XmlText::new(&class.join(" > ")).attribute());
            test_case.set_filepath(&file_of(outcome, case));
            test_case
        })
        .collect();
    test_cases.extend(whole_file(outcome));
    test_cases
}

/// The name of a case. Some readers (GitLab) take two cases of one name for one and the same, so that the second one
/// bears its number as well.
fn unique_name(names: &mut HashMap<String, u32>, case: &Case<'_>) -> String {
    let mut name = XmlText::new(&case.name()).attribute();
    if names.contains_key(&name) {
        name = format!("{name} (assertion {})", case.assertion.number);
    }
    let seen = names.entry(name.clone()).or_default();
    *seen += 1;
    if *seen > 1 {
        format!("{name} [{seen}]")
    } else {
        name
    }
}

/// The file with the step, which may be an included one.
fn file_of(outcome: &FileOutcome, case: &Case<'_>) -> String {
    let step = outcome.step(case.assertion.origin);
    XmlText::new(step.map_or(&*outcome.file, |step| &*step.location.file)).attribute()
}

fn test_result(outcome: &FileOutcome, case: &Case<'_>) -> TestResult {
    let skipped = |type_: &str, message: &str| TestResult::SkippedWithCause {
        type_: type_.to_owned(),
        message: message_attribute(message),
        cause: None,
    };
    match case.result {
        CaseResult::Ok | CaseResult::PassingTodo(_) => TestResult::Success,
        CaseResult::Todo(reason) => skipped("todo", &format!("TODO {reason}")),
        CaseResult::Skipped(reason) => skipped("skip", reason),
        CaseResult::Uncounted => skipped(
            "uncounted",
            "it failed, but the line that closes its subtest is ok",
        ),
        CaseResult::Failed => TestResult::Failure {
            type_: "assertion".to_owned(),
            message: message_attribute(&failure_message(case)),
            cause: Some(cdata(&failure_text(outcome, case), 0)),
        },
    }
}

/// What is most telling of a failure: the values that differ, with the words before them, else the first lines of its
/// diagnostics, else its name.
fn failure_message(case: &Case<'_>) -> String {
    match diagnostics(case).as_slice() {
        [Diagnostic::Pair(pair), ..] => pair_message(pair),
        [Diagnostic::Text(lines), Diagnostic::Pair(pair), ..] => {
            format!("{} {}", lines.join("\n"), pair_message(pair))
        }
        [Diagnostic::Text(lines), ..] => lines.join("\n"),
        [] => format!("not ok {}{}", case.assertion.number, case.label()),
    }
}

fn pair_message(pair: &Pair) -> String {
    // A blank at the end of a value would be lost in an attribute.
    let shown = |value: &str| value.lines().map(exact).collect::<Vec<_>>().join(" ");
    let (have, want) = (shown(&pair.have), shown(&pair.want));
    format!("{}: {have}, {}: {want}", pair.labels.0, pair.labels.1)
}

fn failure_text(outcome: &FileOutcome, case: &Case<'_>) -> String {
    let mut page = Page::new(false);
    if let Some(step) = outcome.step(case.assertion.origin) {
        page.add(format_args!("{}\n{}\n\n", step.location, step.source));
    }
    page.add(format_args!(
        "not ok {}{}\n",
        case.assertion.number,
        case.label()
    ));
    let comments = case.comments.iter().map(|line| line.text.as_str());
    let yaml = case.assertion.yaml.iter().flat_map(|yaml| yaml.lines());
    let diagnostics = case.assertion.diagnostics.iter().map(String::as_str);
    for line in comments.chain(diagnostics).chain(yaml) {
        page.add(format_args!("{line}\n"));
    }
    let step = outcome.step(case.assertion.origin);
    if let Some(advice) = step.and_then(|step| overload_advice(case.assertion, &step.source)) {
        page.add(format_args!("help: {advice}\n"));
    }
    page.into_text()
}

/// The case of a file that could not be judged, or that skipped itself.
fn whole_file(outcome: &FileOutcome) -> Option<TestCase> {
    let first = outcome.reasons.first();
    let mut test_case = match outcome.verdict {
        Verdict::Passed | Verdict::Failed => return None,
        Verdict::Skipped => {
            let plan = outcome
                .report
                .plan
                .as_ref()
                .and_then(|plan| plan.skip_all.as_deref());
            let text = plan
                .filter(|text| !text.is_empty())
                .or(first.map(|reason| reason.text.as_str()));
            let message = message_attribute(text.unwrap_or("the file skips all of its assertions"));
            TestCase::skipped_with_cause("(file)", ReasonKind::SkipAll.word(), &message)
        }
        Verdict::Broken => {
            let kind = first.map_or(ReasonKind::SqlError, |reason| reason.kind);
            let message =
                message_attribute(first.map_or("it could not be judged", Reason::headline));
            let mut test_case = TestCase::error("(file)", Duration::ZERO, kind.word(), &message);
            if let TestResult::Error { cause, .. } = &mut test_case.result {
                *cause = Some(cdata(&reasons_text(outcome), 0));
            }
            test_case
        }
    };
    let file = XmlText::new(&outcome.file).attribute();
    test_case.set_classname(&file);
    test_case.set_filepath(&file);
    Some(test_case)
}

fn reasons_text(outcome: &FileOutcome) -> String {
    let mut page = Page::new(false);
    for reason in &outcome.reasons {
        let place = reason
            .location
            .as_ref()
            .map(|place| format!("{place}: "))
            .unwrap_or_default();
        page.add(format_args!(
            "{place}{}: {}\n",
            reason.kind.word(),
            reason.text
        ));
        if let Some(advice) = advice(outcome, reason) {
            page.add(format_args!("help: {advice}\n"));
        }
    }
    for error in &outcome.errors {
        let (place, message) = (&error.location, &error.message);
        let column = error
            .excerpt
            .as_ref()
            .map(|_| format!(":{}", place.column()))
            .unwrap_or_default();
        page.add(format_args!(
            "\n{place}{column}: {}\n",
            severity_and_code(message)
        ));
        page.paste(&error_like_psql(error));
    }
    page.into_text()
}

/// Errors and notices in the order of their places within each kind: their exact order among one another is unknown.
fn messages(outcome: &FileOutcome) -> String {
    let mut page = Page::new(false);
    for warning in &outcome.warnings {
        let place = warning.location.as_ref();
        let place = place.map_or(String::new(), |place| format!("{place}: "));
        let (text, word) = (one_line(&warning.text), warning.kind.word());
        page.add(format_args!("{place}warning: {text} ({word})\n"));
    }
    for notice in &outcome.notices {
        page.paste(&notice_like_psql(notice));
    }
    if outcome.dropped_notices > 0 {
        page.add(format_args!(
            "({} more notices were not kept)\n",
            outcome.dropped_notices
        ));
    }
    for error in &outcome.errors {
        page.paste(&error_like_psql(error));
    }
    page.into_text()
}

fn message_attribute(text: &str) -> String {
    XmlText::new(&clip(&one_line(text), MESSAGE_LIMIT)).attribute()
}

/// Text for a CDATA section, cut where it is very long, with a word on what is missing.
fn cdata(text: &str, dropped: u64) -> String {
    let mut end = text.len().min(TEXT_LIMIT);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let missing = dropped + (text.len() - end) as u64;
    let fit = XmlText::new(&text[..end]).cdata();
    if missing > 0 {
        format!("{fit}\n… and {missing} more bytes\n")
    } else {
        fit
    }
}

/// A time as the XML writer takes it, in whole microseconds.
fn seconds(elapsed: std::time::Duration) -> Duration {
    Duration::microseconds(i64::try_from(elapsed.as_micros()).unwrap_or(i64::MAX))
}
