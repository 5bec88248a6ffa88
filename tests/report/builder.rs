//! Builds outcomes of test files step by step, in the shapes that pgTAP's output gives.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use pgassay::event::{
    Capture, Excerpt, FileOutcome, Notice, Reason, ReasonKind, ServerMessage, SqlError, Step,
    Verdict, Warning, WarningKind,
};
use pgassay::script::Location;
use pgassay::tap::{
    Assertion, Directive, Line, Origin, Plan, Problem, ProblemKind, Report, Subtest,
};

/// An outcome being built.
pub(crate) struct File {
    outcome: FileOutcome,
}

/// A report being built; its assertions come from the step that was given last.
#[derive(Default)]
pub(crate) struct Tap {
    report: Report,
    origin: Origin,
}

impl Tap {
    fn push(&mut self, ok: bool, description: &str, directive: Option<Directive>, below: &str) {
        let number = self.report.assertions.len() as u64 + 1;
        let mut diagnostics = Vec::new();
        if !ok {
            let todo = if matches!(directive, Some(Directive::Todo(_))) {
                "(TODO) "
            } else {
                ""
            };
            let quoted = if description.is_empty() {
                String::new()
            } else {
                format!(": \"{description}\"")
            };
            diagnostics.extend(
                format!("Failed {todo}test {number}{quoted}")
                    .split('\n')
                    .map(str::to_owned),
            );
        }
        if !below.is_empty() {
            diagnostics.extend(below.split('\n').map(str::to_owned));
        }
        self.report.assertions.push(Assertion {
            number,
            ok,
            description: description.to_owned(),
            directive,
            diagnostics,
            yaml: None,
            subtest: None,
            origin: self.origin,
        });
    }

    pub(crate) fn ok(&mut self, description: &str) -> &mut Self {
        self.push(true, description, None, "");
        self
    }

    /// `below` is what follows `Failed test N`, as pgTAP prints it behind `# `.
    pub(crate) fn not_ok(&mut self, description: &str, below: &str) -> &mut Self {
        self.push(false, description, None, below);
        self
    }

    pub(crate) fn todo(
        &mut self,
        ok: bool,
        description: &str,
        reason: &str,
        below: &str,
    ) -> &mut Self {
        self.push(
            ok,
            description,
            Some(Directive::Todo(reason.to_owned())),
            below,
        );
        self
    }

    pub(crate) fn skip(&mut self, reason: &str) -> &mut Self {
        self.push(true, "", Some(Directive::Skip(reason.to_owned())), "");
        self
    }

    pub(crate) fn comment(&mut self, text: &str) -> &mut Self {
        self.report.comments.push(Line {
            text: text.to_owned(),
            origin: self.origin,
        });
        self
    }

    pub(crate) fn plan(&mut self, count: u64) -> &mut Self {
        self.report.plan = Some(Plan {
            count,
            skip_all: None,
            origin: self.origin,
        });
        self
    }

    /// A subtest as `runtests()` prints it: named with parentheses, closed by a line without them.
    pub(crate) fn subtest(
        &mut self,
        ok: bool,
        name: &str,
        fill: impl FnOnce(&mut Tap),
    ) -> &mut Self {
        let mut inner = Tap {
            report: Report::default(),
            origin: self.origin,
        };
        fill(&mut inner);
        self.push(ok, name, None, "");
        let subtest = Subtest {
            name: format!("{name}()"),
            report: inner.report,
        };
        self.report.assertions.last_mut().unwrap().subtest = Some(Box::new(subtest));
        self
    }
}

impl File {
    pub(crate) fn new(file: &str) -> Self {
        Self {
            outcome: FileOutcome {
                file: Arc::from(file),
                verdict: Verdict::Passed,
                reasons: Vec::new(),
                report: Report::default(),
                steps: Vec::new(),
                errors: Vec::new(),
                notices: Vec::new(),
                dropped_notices: 0,
                warnings: Vec::new(),
                output: Capture::default(),
                started_at: SystemTime::UNIX_EPOCH + Duration::from_millis(1_767_225_600_250),
                elapsed: Duration::from_millis(30),
                worker: 0,
                kept: None,
                trial: None,
            },
        }
    }

    pub(crate) fn location(&self, line: u32) -> Location {
        Location::new(Arc::clone(&self.outcome.file), line, 1)
    }

    /// A step of 2 ms that prints what `fill` adds.
    pub(crate) fn step(mut self, line: u32, source: &str, fill: impl FnOnce(&mut Tap)) -> Self {
        let origin = Origin::try_from(self.outcome.steps.len()).unwrap();
        let location = self.location(line);
        let elapsed = Duration::from_millis(2);
        self.outcome.steps.push(Step {
            location,
            source: Arc::from(source),
            elapsed,
        });
        let mut tap = Tap {
            report: std::mem::take(&mut self.outcome.report),
            origin,
        };
        fill(&mut tap);
        self.outcome.report = tap.report;
        self
    }

    /// Anything else.
    pub(crate) fn with(mut self, change: impl FnOnce(&mut FileOutcome)) -> Self {
        change(&mut self.outcome);
        self
    }

    pub(crate) fn plan(mut self, count: u64) -> Self {
        self.outcome.report.plan = Some(Plan {
            count,
            skip_all: None,
            origin: 0,
        });
        self
    }

    pub(crate) fn reason(mut self, kind: ReasonKind, text: &str, line: Option<u32>) -> Self {
        let location = line.map(|line| self.location(line));
        self.outcome.reasons.push(Reason {
            kind,
            text: text.to_owned(),
            location,
        });
        self
    }

    pub(crate) fn problem(mut self, kind: ProblemKind) -> Self {
        self.outcome
            .report
            .problems
            .push(Problem { kind, origin: None });
        self
    }

    pub(crate) fn warning(mut self, kind: WarningKind, text: &str, line: u32) -> Self {
        let location = Some(self.location(line));
        self.outcome.warnings.push(Warning {
            kind,
            text: text.to_owned(),
            location,
        });
        self
    }

    pub(crate) fn notice(mut self, line: u32, severity: &str, text: &str) -> Self {
        let code = if severity == "NOTICE" {
            "00000"
        } else {
            "01000"
        };
        let location = self.location(line);
        self.outcome.notices.push(Notice {
            location,
            message: message(severity, code, text),
        });
        self
    }

    pub(crate) fn error(
        mut self,
        line: u32,
        message: ServerMessage,
        excerpt: Option<(&str, u32)>,
    ) -> Self {
        let column = excerpt.map_or(1, |(_, column)| column);
        let location = Location::new(Arc::clone(&self.outcome.file), line, column);
        let excerpt = excerpt.map(|(line, column)| Excerpt {
            line: line.to_owned(),
            column,
        });
        self.outcome.errors.push(SqlError {
            location,
            message,
            excerpt,
            swallowed: false,
        });
        self
    }

    pub(crate) fn output(mut self, text: &str) -> Self {
        text.clone_into(&mut self.outcome.output.text);
        self
    }

    pub(crate) fn unknown(mut self, text: &str) -> Self {
        self.outcome.report.unknown.push(Line {
            text: text.to_owned(),
            origin: 0,
        });
        self
    }

    pub(crate) fn verdict(mut self, verdict: Verdict) -> FileOutcome {
        self.outcome.verdict = verdict;
        self.outcome
    }
}

/// A message of the server with a severity, a code and a text.
pub(crate) fn message(severity: &str, code: &str, text: &str) -> ServerMessage {
    ServerMessage {
        severity: severity.to_owned(),
        code: code.to_owned(),
        message: text.to_owned(),
        ..ServerMessage::default()
    }
}
