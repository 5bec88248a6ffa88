//! What deserves a look in a file whose verdict holds. Pure.

use super::judgement::{Evidence, TOLD, shortened};
use crate::event::{Warning, WarningKind};
use crate::tap::{Assertion, Directive, Line, ProblemKind};

/// A subtest in words; not every one has a name.
fn named_subtest(name: &str) -> String {
    match name.trim() {
        "" => "a subtest".to_owned(),
        name => format!("subtest {name}"),
    }
}

impl Evidence<'_> {
    /// The warnings, those of the run first.
    pub(super) fn warnings(&self, is_broken: bool, is_failed: bool) -> Vec<Warning> {
        let mut warnings = self.remarks.to_vec();
        for error in self.errors.iter().filter(|error| error.swallowed) {
            warnings.push(Warning {
                kind: WarningKind::SwallowedError,
                text: format!(
                    "ON_ERROR_STOP is off and hid an error: {}",
                    error.message.message
                ),
                location: Some(error.location.clone()),
            });
        }
        for assertion in &self.report.assertions {
            if is_passing_todo(assertion) && !self.guard.is_todo_by_accident(assertion.number) {
                warnings.push(Warning {
                    kind: WarningKind::PassingTodo,
                    text: format!(
                        "TODO assertion {} passes: {}",
                        assertion.number, assertion.description
                    ),
                    location: self.location(assertion.origin),
                });
            }
            if assertion.is_todo_by_accident() {
                warnings.push(Warning {
                    kind: WarningKind::AccidentalTodo,
                    text: format!(
                        "assertion {} fails and counts as TODO only because its description holds `# TODO`",
                        assertion.number
                    ),
                    location: self.location(assertion.origin),
                });
            }
        }
        if !is_broken && !is_failed {
            warnings.extend(self.count_warning());
        }
        let mut several_columns = 0_usize;
        for problem in &self.report.problems {
            let (kind, text) = match &problem.kind {
                ProblemKind::SeveralColumns { .. } if several_columns >= TOLD => {
                    several_columns += 1;
                    continue;
                }
                ProblemKind::SeveralColumns { line } => (
                    WarningKind::SeveralColumns,
                    format!(
                        "a row of several columns holds an assertion, which therefore counts for nothing: {}",
                        shortened(line)
                    ),
                ),
                ProblemKind::SubtestContradicted { name } => (
                    WarningKind::Subtest,
                    format!(
                        "{} failed, yet the line that closes it says ok",
                        named_subtest(name)
                    ),
                ),
                ProblemKind::UnclosedSubtest { name } if !is_broken => (
                    WarningKind::Subtest,
                    format!("{} was not closed", named_subtest(name)),
                ),
                _ => continue,
            };
            if kind == WarningKind::SeveralColumns {
                several_columns += 1;
            }
            let location = problem.origin.and_then(|origin| self.location(origin));
            warnings.push(Warning {
                kind,
                text,
                location,
            });
        }
        if several_columns > TOLD {
            warnings.push(Warning {
                kind: WarningKind::SeveralColumns,
                text: format!(
                    "{}{} more rows of several columns hold an assertion",
                    self.at_least(),
                    several_columns - TOLD
                ),
                location: None,
            });
        }
        warnings
    }

    /// Where nothing else is wrong: what may be wrong with the counting itself.
    fn count_warning(&self) -> Option<Warning> {
        let report = self.report;
        let plan = report.plan.as_ref();
        let location = plan.and_then(|plan| self.location(plan.origin));
        if let Some(why) = plan.and_then(|plan| plan.skip_all.as_ref()) {
            return why.is_empty().then(|| Warning {
                kind: WarningKind::EmptyPlan,
                text: "a plan of no assertions, and no reason: nothing was tested; say why by \\echo 1..0 # SKIP why"
                    .into(),
                location,
            });
        }
        let by_accident = report.assertions.iter().any(Assertion::is_todo_by_accident);
        if let Some(line) = finish_complaint(report.comments.iter(), &report.assertions)
            && !by_accident
        {
            return Some(Warning {
                kind: WarningKind::Unprinted,
                text: format!(
                    "finish() says `{line}`, of which nothing was printed: an assertion ran whose result went nowhere"
                ),
                location,
            });
        }
        self.guard.is_unfinished().then(|| Warning {
            kind: WarningKind::NoFinish,
            text: "finish() was not called: if pgTAP counted failures, or other assertions than were planned, nobody is \
                   told"
                .into(),
            location,
        })
    }
}

fn is_passing_todo(assertion: &Assertion) -> bool {
    assertion.ok && matches!(assertion.directive, Some(Directive::Todo(_)))
}

/// What pgTAP's `finish()` says when its count is not as planned, or holds failures.
fn finish_complaint<'r>(
    comments: impl Iterator<Item = &'r Line>,
    assertions: &'r [Assertion],
) -> Option<&'r str> {
    let last = assertions.last();
    let diagnostics = last.into_iter().flat_map(|last| &last.diagnostics);
    let lines = comments.map(|line| line.text.as_str());
    let mut lines = lines.chain(diagnostics.map(String::as_str));
    lines.find(|line| {
        line.starts_with("Looks like you planned ") || line.starts_with("Looks like you failed ")
    })
}
