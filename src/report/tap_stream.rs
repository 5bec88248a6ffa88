//! A TAP stream of the whole run, version 14: every file is a subtest, closed by one test line. It is written as
//! files finish. Nothing is cut, and TAP 13 readers (`prove`) read it as well: they skip what is indented.

use std::io::{self, Write};

use crate::event::{Event, FileOutcome, Stop, Verdict};
use crate::tap::{Assertion, Directive, Report};

use super::Reporter;
use super::advice::advice;
use super::server_message::{error_like_psql, notice_like_psql};
use super::visible::{one_line, visible};

/// How far a subtest is indented.
const INDENT: usize = 4;

/// The version of TAP that a stream says it is of. Nothing else depends on it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum TapVersion {
    /// What `prove` up to 3.44 reads: it refuses any higher number, though not what follows.
    V13,
    /// The version that knows subtests.
    #[default]
    V14,
}

impl TapVersion {
    /// The version for a reader that set `TAP_VERSION` in the environment: the newest one that it reads. `prove` sets it
    /// for what it runs.
    pub fn for_reader(tap_version: Option<&str>) -> Self {
        match tap_version
            .map(str::trim)
            .and_then(|version| version.parse::<u32>().ok())
        {
            Some(newest) if newest < 14 => Self::V13,
            Some(_) | None => Self::V14,
        }
    }

    fn line(self) -> &'static str {
        match self {
            Self::V13 => "TAP version 13\n",
            Self::V14 => "TAP version 14\n",
        }
    }
}

/// Writes a run as TAP.
pub struct TapStream<W: Write> {
    writer: W,
    version: TapVersion,
    begun: bool,
    files: usize,
}

impl<W: Write> TapStream<W> {
    /// A stream that writes to `writer`, each event with one write and a flush.
    pub fn new(writer: W, version: TapVersion) -> Self {
        Self {
            writer,
            version,
            begun: false,
            files: 0,
        }
    }

    /// The writer, with all that was written.
    pub fn into_writer(self) -> W {
        self.writer
    }

    fn write(&mut self, text: &str) -> io::Result<()> {
        if !self.begun {
            self.begun = true;
            self.writer.write_all(self.version.line().as_bytes())?;
        }
        self.writer.write_all(text.as_bytes())?;
        self.writer.flush()
    }
}

impl<W: Write> Reporter for TapStream<W> {
    fn event(&mut self, event: &Event) -> io::Result<()> {
        match event {
            Event::Prepared(stage) => {
                self.write(&format!("# prepared {}\n", one_line(&stage.what)))
            }
            Event::RunStarted(start) => {
                let none = if start.files == 0 {
                    " # SKIP no test file"
                } else {
                    ""
                };
                let seed = start
                    .seed
                    .map(|seed| format!("# shuffled with seed {seed}\n"));
                let server = format!(
                    "# {}, {}\n",
                    one_line(&start.server),
                    one_line(&start.pgtap)
                );
                self.write(&format!(
                    "1..{}{none}\n{server}{}",
                    start.files,
                    seed.unwrap_or_default()
                ))
            }
            Event::FileStarted { .. } => Ok(()),
            Event::FileFinished(outcome) => {
                self.files += 1;
                self.write(&file(outcome, self.files))
            }
            Event::Remark(text) => self.write(&format!("# {}\n", one_line(text))),
            Event::RunFinished(summary) => match &summary.stopped {
                Some(stop) => self.write(&bail_out(stop)),
                None => Ok(()),
            },
        }
    }

    fn finish(&mut self) -> io::Result<()> {
        self.write("")
    }
}

/// One file as a subtest and the test line that closes it, which is the `number`th of the stream.
pub fn file(outcome: &FileOutcome, number: usize) -> String {
    let name = escaped(&outcome.file);
    let mut text = String::new();
    if outcome.verdict == Verdict::Skipped {
        let plan = outcome
            .report
            .plan
            .as_ref()
            .and_then(|plan| plan.skip_all.as_deref());
        let reason = outcome.reasons.first().map(|reason| reason.text.as_str());
        let reason = plan
            .filter(|text| !text.is_empty())
            .or(reason)
            .unwrap_or_default();
        let line = format!("ok {number} - {name} # SKIP {}", one_line(reason));
        return format!("{}\n", line.trim_end());
    }
    write_line(
        &mut text,
        0,
        &format!("# Subtest: {}", one_line(&outcome.file)),
    );
    write_report(&mut text, INDENT, &outcome.report);
    let ok = if outcome.verdict == Verdict::Passed {
        "ok"
    } else {
        "not ok"
    };
    let millis = outcome.elapsed.as_secs_f64() * 1000.0;
    write_line(
        &mut text,
        0,
        &format!("{ok} {number} - {name} # time={millis:.3}ms"),
    );
    write_remarks(&mut text, outcome);
    text
}

/// What a file says beside its assertions, as comments after its test line.
fn write_remarks(text: &mut String, outcome: &FileOutcome) {
    for reason in &outcome.reasons {
        let place = reason
            .location
            .as_ref()
            .map(|place| format!("{place}: "))
            .unwrap_or_default();
        let advice = advice(outcome, reason)
            .map(|advice| format!("\nhelp: {advice}"))
            .unwrap_or_default();
        write_comment(
            text,
            0,
            &format!("{place}{}: {}{advice}", reason.kind.word(), reason.text),
        );
    }
    for warning in &outcome.warnings {
        let place = warning
            .location
            .as_ref()
            .map(|place| format!("{place}: "))
            .unwrap_or_default();
        write_comment(
            text,
            0,
            &format!("{place}warning: {} ({})", warning.text, warning.kind.word()),
        );
    }
    for error in &outcome.errors {
        write_comment(text, 0, &error_like_psql(error));
    }
    if outcome.verdict != Verdict::Passed {
        for notice in &outcome.notices {
            write_comment(text, 0, &notice_like_psql(notice));
        }
    }
    if let Some(command) = &outcome.kept {
        write_comment(text, 0, &format!("database kept: {command}"));
    }
}

fn write_report(text: &mut String, indent: usize, report: &Report) {
    if let Some(plan) = &report.plan {
        let skip = plan
            .skip_all
            .as_deref()
            .map(|reason| format!(" # SKIP {}", one_line(reason)));
        let line = format!("1..{}{}", plan.count, skip.unwrap_or_default());
        write_line(text, indent, line.trim_end());
    }
    for assertion in &report.assertions {
        if let Some(subtest) = &assertion.subtest {
            write_line(
                text,
                indent,
                format!("# Subtest: {}", one_line(&subtest.name)).trim_end(),
            );
            write_report(text, indent + INDENT, &subtest.report);
        }
        write_assertion(text, indent, assertion);
    }
    for line in report.comments.iter().chain(&report.unknown) {
        write_comment(text, indent, &line.text);
    }
    if let Some(bail_out) = &report.bail_out {
        // Only the end of the stream may bail out; here it would end the run for the reader.
        write_comment(text, indent, &format!("bail out: {}", bail_out.reason));
    }
}

fn write_assertion(text: &mut String, indent: usize, assertion: &Assertion) {
    let ok = if assertion.ok { "ok" } else { "not ok" };
    let mut line = format!("{ok} {}", assertion.number);
    if !assertion.description.is_empty() {
        line = format!("{line} - {}", escaped(&assertion.description));
    }
    match &assertion.directive {
        Some(Directive::Todo(reason)) => line = format!("{line} # TODO {}", one_line(reason)),
        Some(Directive::Skip(reason)) => line = format!("{line} # SKIP {}", one_line(reason)),
        None => {}
    }
    write_line(text, indent, line.trim_end());
    for diagnostic in &assertion.diagnostics {
        write_comment(text, indent, diagnostic);
    }
    if let Some(yaml) = &assertion.yaml {
        // As comments: older readers take an indented YAML block inside a subtest for one of their own.
        write_comment(text, indent, yaml);
    }
}

fn write_comment(text: &mut String, indent: usize, comment: &str) {
    for line in comment.lines() {
        write_line(text, indent, format!("# {}", visible(line)).trim_end());
    }
}

fn write_line(text: &mut String, indent: usize, line: &str) {
    text.push_str(&" ".repeat(indent));
    text.push_str(line);
    text.push('\n');
}

/// A description as TAP 14 wants it: in one line, with `\` and `#` escaped.
fn escaped(description: &str) -> String {
    one_line(description)
        .replace('\\', "\\\\")
        .replace('#', "\\#")
}

fn bail_out(stop: &Stop) -> String {
    let reason = match stop {
        Stop::Interrupted(signal) => format!("interrupted by {signal}"),
        Stop::BailOut { file, reason } => format!("{file}: {reason}"),
        Stop::FailFast(limit) => format!("stopped after {limit} failures"),
        Stop::NothingFound(text) | Stop::Error(text) => text.clone(),
    };
    format!("Bail out! {}\n", one_line(&reason))
}
