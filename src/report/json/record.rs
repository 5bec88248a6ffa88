//! The shapes of the JSON lines. Every field is always there, `null` where there is nothing to say, so that readers
//! need not ask. Times are seconds as floating-point numbers; lines and columns count from 1.

use serde::Serialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::trial::Trial;
use crate::event;
use crate::report::diagnostic::first_pair;
use crate::script;
use crate::tap;

/// A line.
#[derive(Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub(super) enum Record<'a> {
    Stream {
        version: u32,
        generator: &'static str,
    },
    Prepared {
        what: &'a str,
        seconds: f64,
    },
    RunStarted {
        files: usize,
        unit: &'static str,
        workers: usize,
        server: &'a str,
        pgtap: &'a str,
        seed: Option<u64>,
    },
    FileStarted {
        file: &'a str,
        worker: usize,
    },
    FileFinished(Box<File<'a>>),
    Remark {
        text: &'a str,
    },
    RunFinished(Sum<'a>),
}

impl<'a> Record<'a> {
    pub(super) fn stream() -> Self {
        Self::Stream {
            version: super::VERSION,
            generator: concat!("pgassay ", env!("CARGO_PKG_VERSION")),
        }
    }

    pub(super) fn prepared(stage: &'a event::Stage) -> Self {
        Self::Prepared {
            what: &stage.what,
            seconds: stage.elapsed.as_secs_f64(),
        }
    }

    pub(super) fn run_started(start: &'a event::RunStart) -> Self {
        Self::RunStarted {
            files: start.files,
            unit: start.unit.word(),
            workers: start.workers,
            server: &start.server,
            pgtap: &start.pgtap,
            seed: start.seed,
        }
    }

    pub(super) fn file_finished(outcome: &'a event::FileOutcome) -> Self {
        Self::FileFinished(Box::new(File::new(outcome)))
    }

    pub(super) fn run_finished(summary: &'a event::Summary) -> Self {
        Self::RunFinished(Sum {
            passed: summary.passed,
            failed: summary.failed,
            broken: summary.broken,
            skipped: summary.skipped,
            not_run: summary.not_run,
            assertions: summary.assertions,
            failed_assertions: summary.failed_assertions,
            seconds: summary.elapsed.as_secs_f64(),
            stopped: summary.stopped.as_ref().map(Stopped::new),
        })
    }
}

#[derive(Serialize)]
pub(super) struct Sum<'a> {
    passed: usize,
    failed: usize,
    broken: usize,
    skipped: usize,
    not_run: usize,
    assertions: u64,
    failed_assertions: u64,
    seconds: f64,
    stopped: Option<Stopped<'a>>,
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
enum Stopped<'a> {
    Interrupted { signal: &'a str },
    BailOut { file: &'a str, reason: &'a str },
    FailFast { limit: usize },
    NothingFound { text: &'a str },
    Error { text: &'a str },
}

impl<'a> Stopped<'a> {
    fn new(stop: &'a event::Stop) -> Self {
        match stop {
            event::Stop::Interrupted(signal) => Self::Interrupted { signal },
            event::Stop::BailOut { file, reason } => Self::BailOut { file, reason },
            event::Stop::FailFast(limit) => Self::FailFast { limit: *limit },
            event::Stop::NothingFound(text) => Self::NothingFound { text },
            event::Stop::Error(text) => Self::Error { text },
        }
    }
}

#[derive(Serialize)]
pub(super) struct File<'a> {
    #[serde(rename = "file")]
    name: &'a str,
    verdict: &'static str,
    worker: usize,
    started_at: Option<String>,
    seconds: f64,
    failed_assertions: usize,
    reasons: Vec<Note<'a>>,
    warnings: Vec<Note<'a>>,
    report: Report<'a>,
    errors: Vec<SqlError<'a>>,
    notices: Vec<Notice<'a>>,
    dropped_notices: u64,
    output: Output<'a>,
    kept: Option<&'a str>,
    migration: Option<Trial<'a>>,
}

impl<'a> File<'a> {
    fn new(outcome: &'a event::FileOutcome) -> Self {
        let note = |kind, text, location: &'a Option<script::Location>| Note {
            kind,
            text,
            location: location.as_ref().map(Location::new),
        };
        let reasons = outcome.reasons.iter();
        let warnings = outcome.warnings.iter();
        Self {
            name: &outcome.file,
            verdict: outcome.verdict.word(),
            worker: outcome.worker,
            started_at: OffsetDateTime::from(outcome.started_at)
                .format(&Rfc3339)
                .ok(),
            seconds: outcome.elapsed.as_secs_f64(),
            failed_assertions: outcome.failed_assertions().count(),
            reasons: reasons
                .map(|one| note(one.kind.word(), one.text.as_str(), &one.location))
                .collect(),
            warnings: warnings
                .map(|one| note(one.kind.word(), one.text.as_str(), &one.location))
                .collect(),
            report: Report::new(outcome, &outcome.report),
            errors: outcome.errors.iter().map(SqlError::new).collect(),
            notices: outcome.notices.iter().map(Notice::new).collect(),
            dropped_notices: outcome.dropped_notices,
            output: Output {
                text: &outcome.output.text,
                dropped_bytes: outcome.output.dropped_bytes,
            },
            kept: outcome.kept.as_deref(),
            migration: outcome.trial.as_deref().map(Trial::new),
        }
    }
}

#[derive(Serialize)]
struct Location<'a> {
    file: &'a str,
    line: u32,
    column: u32,
}

impl<'a> Location<'a> {
    fn new(location: &'a script::Location) -> Self {
        Self {
            file: &location.file,
            line: location.line(),
            column: location.column(),
        }
    }
}

#[derive(Serialize)]
struct Note<'a> {
    kind: &'static str,
    text: &'a str,
    location: Option<Location<'a>>,
}

#[derive(Serialize)]
struct Report<'a> {
    plan: Option<Plan<'a>>,
    assertions: Vec<Assertion<'a>>,
    bail_out: Option<&'a str>,
    comments: Vec<Line<'a>>,
    unknown: Vec<Line<'a>>,
    dropped_unknown: u64,
}

impl<'a> Report<'a> {
    fn new(outcome: &'a event::FileOutcome, report: &'a tap::Report) -> Self {
        let line = |line: &'a tap::Line| Line {
            text: &line.text,
            location: outcome
                .step(line.origin)
                .map(|step| Location::new(&step.location)),
        };
        Self {
            plan: report.plan.as_ref().map(|plan| Plan {
                count: plan.count,
                skip_all: plan.skip_all.as_deref(),
            }),
            assertions: report
                .assertions
                .iter()
                .map(|one| Assertion::new(outcome, one))
                .collect(),
            bail_out: report
                .bail_out
                .as_ref()
                .map(|bail_out| bail_out.reason.as_str()),
            comments: report.comments.iter().map(line).collect(),
            unknown: report.unknown.iter().map(line).collect(),
            dropped_unknown: report.dropped_unknown,
        }
    }
}

#[derive(Serialize)]
struct Plan<'a> {
    count: u64,
    skip_all: Option<&'a str>,
}

#[derive(Serialize)]
struct Line<'a> {
    text: &'a str,
    location: Option<Location<'a>>,
}

#[derive(Serialize)]
struct Assertion<'a> {
    number: u64,
    ok: bool,
    failed: bool,
    description: &'a str,
    directive: Option<Directive<'a>>,
    location: Option<Location<'a>>,
    source: Option<&'a str>,
    step_seconds: Option<f64>,
    have: Option<String>,
    want: Option<String>,
    diagnostics: &'a [String],
    yaml: Option<&'a str>,
    subtest: Option<Subtest<'a>>,
}

impl<'a> Assertion<'a> {
    fn new(outcome: &'a event::FileOutcome, assertion: &'a tap::Assertion) -> Self {
        let step = outcome.step(assertion.origin);
        let pair = if assertion.ok {
            None
        } else {
            first_pair(assertion)
        };
        let (have, want) = pair.map(|pair| (pair.have, pair.want)).unzip();
        Self {
            number: assertion.number,
            ok: assertion.ok,
            failed: assertion.failed(),
            description: &assertion.description,
            directive: assertion.directive.as_ref().map(Directive::new),
            location: step.map(|step| Location::new(&step.location)),
            source: step.map(|step| &*step.source),
            step_seconds: step.map(|step| step.elapsed.as_secs_f64()),
            have,
            want,
            diagnostics: &assertion.diagnostics,
            yaml: assertion.yaml.as_deref(),
            subtest: assertion.subtest.as_ref().map(|subtest| Subtest {
                name: &subtest.name,
                report: Report::new(outcome, &subtest.report),
            }),
        }
    }
}

#[derive(Serialize)]
struct Directive<'a> {
    kind: &'static str,
    reason: &'a str,
}

impl<'a> Directive<'a> {
    fn new(directive: &'a tap::Directive) -> Self {
        match directive {
            tap::Directive::Todo(reason) => Self {
                kind: "todo",
                reason,
            },
            tap::Directive::Skip(reason) => Self {
                kind: "skip",
                reason,
            },
        }
    }
}

#[derive(Serialize)]
struct Subtest<'a> {
    name: &'a str,
    report: Report<'a>,
}

#[derive(Serialize)]
struct SqlError<'a> {
    location: Location<'a>,
    message: Message<'a>,
    excerpt: Option<Excerpt<'a>>,
    swallowed: bool,
}

impl<'a> SqlError<'a> {
    fn new(error: &'a event::SqlError) -> Self {
        Self {
            location: Location::new(&error.location),
            message: Message::new(&error.message),
            excerpt: error.excerpt.as_ref().map(|excerpt| Excerpt {
                line: &excerpt.line,
                column: excerpt.column,
            }),
            swallowed: error.swallowed,
        }
    }
}

#[derive(Serialize)]
struct Excerpt<'a> {
    line: &'a str,
    column: u32,
}

#[derive(Serialize)]
struct Notice<'a> {
    location: Location<'a>,
    message: Message<'a>,
}

impl<'a> Notice<'a> {
    fn new(notice: &'a event::Notice) -> Self {
        Self {
            location: Location::new(&notice.location),
            message: Message::new(&notice.message),
        }
    }
}

#[derive(Serialize)]
struct Message<'a> {
    severity: &'a str,
    code: &'a str,
    #[serde(rename = "message")]
    text: &'a str,
    detail: Option<&'a str>,
    hint: Option<&'a str>,
    position: Option<u32>,
    internal_position: Option<u32>,
    internal_query: Option<&'a str>,
    context: Option<&'a str>,
    schema: Option<&'a str>,
    table: Option<&'a str>,
    column: Option<&'a str>,
    datatype: Option<&'a str>,
    constraint: Option<&'a str>,
}

impl<'a> Message<'a> {
    fn new(message: &'a event::ServerMessage) -> Self {
        Self {
            severity: &message.severity,
            code: &message.code,
            text: &message.message,
            detail: message.detail.as_deref(),
            hint: message.hint.as_deref(),
            position: message.position,
            internal_position: message.internal_position,
            internal_query: message.internal_query.as_deref(),
            context: message.context.as_deref(),
            schema: message.schema.as_deref(),
            table: message.table.as_deref(),
            column: message.column.as_deref(),
            datatype: message.datatype.as_deref(),
            constraint: message.constraint.as_deref(),
        }
    }
}

#[derive(Serialize)]
struct Output<'a> {
    text: &'a str,
    dropped_bytes: u64,
}
