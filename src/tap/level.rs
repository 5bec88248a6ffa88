//! A level is the stream itself or one subtest: where a token gets its meaning from what stood before it. It
//! never sees a line that belongs to another level.

use std::collections::{BTreeSet, HashMap};
use std::mem::{Discriminant, discriminant};

use super::grammar::{Dialect, PlanLine, TestLine};
use super::report::{
    Assertion, Directive, Line, Origin, Plan, Problem, ProblemKind, Report, Subtest,
};
use super::room::{Room, Share};

/// How many problems of one kind are kept of a level.
const PROBLEMS_KEPT: usize = 1_000;

/// What a level has seen that decides what may follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Stage {
    /// Nothing that counts.
    #[default]
    Start,
    /// A version or an assertion, and no plan.
    Unplanned,
    /// A plan, and assertions may follow.
    Planned,
    /// A plan after assertions, so no more may follow.
    PlannedLast,
}

/// A level with what it said so far.
#[derive(Debug, Default)]
pub(super) struct Level {
    /// Whether the name was said outside, before the body: a heading inside is then another subtest's.
    pub(super) is_named: bool,
    /// The subtest's name; empty for the stream itself.
    pub(super) name: String,
    /// What it said so far.
    pub(super) report: Report,
    /// Which TAP it speaks.
    pub(super) dialect: Dialect,
    stage: Stage,
    /// Numbers from `1..N todo 2 3` that have not come yet.
    planned_todo: BTreeSet<u64>,
    /// `# Subtest: name` whose body has not come yet.
    announced: Option<Line>,
    /// Whether comments belong to no assertion, until the next test line.
    aside: bool,
    /// What the last assertion's diagnostics take.
    diagnostics: Share,
    /// What the comments take.
    comments: Share,
    /// How many problems there are of each kind.
    problems: HashMap<Discriminant<ProblemKind>, usize>,
}

impl Level {
    /// A subtest of a level that speaks `dialect`.
    pub(super) fn subtest(name: Option<String>, dialect: Dialect) -> Self {
        Self {
            is_named: name.is_some(),
            name: name.unwrap_or_default(),
            dialect,
            ..Self::default()
        }
    }

    /// Notes a problem with the line that this origin printed.
    pub(super) fn problem(&mut self, kind: ProblemKind, origin: impl Into<Option<Origin>>) {
        let count = self.problems.entry(discriminant(&kind)).or_default();
        *count += 1;
        if *count > PROBLEMS_KEPT {
            self.report.dropped_problems += 1;
            return;
        }
        self.report.problems.push(Problem {
            kind,
            origin: origin.into(),
        });
    }

    /// Whether nothing was said yet.
    pub(super) fn is_fresh(&self) -> bool {
        self.stage == Stage::Start && self.announced.is_none() && self.report == Report::default()
    }

    /// A version line.
    pub(super) fn version(&mut self, number: u64, line: &str, origin: Origin) {
        let first = self.stage == Stage::Start;
        if !first || !(13..=14).contains(&number) {
            self.problem(
                ProblemKind::BadVersion {
                    line: line.to_owned(),
                },
                origin,
            );
        }
        if first {
            self.stage = Stage::Unplanned;
            self.report.version = Some(u32::try_from(number).unwrap_or(u32::MAX));
            self.dialect = match number {
                ..=12 => Dialect::Twelve,
                13 => Dialect::Thirteen,
                14.. => Dialect::Fourteen,
            };
        }
    }

    /// A plan line.
    pub(super) fn plan(&mut self, plan: PlanLine<'_>, origin: Origin) {
        self.stage = match self.stage {
            Stage::Start | Stage::Unplanned if self.report.assertions.is_empty() => Stage::Planned,
            Stage::Start | Stage::Unplanned => Stage::PlannedLast,
            Stage::Planned | Stage::PlannedLast => {
                self.problem(ProblemKind::SecondPlan, origin);
                self.stage = Stage::Planned;
                return;
            }
        };
        self.planned_todo = plan.todo.into_iter().collect();
        let skip_all = plan.skip_all.map(str::to_owned);
        self.report.plan = Some(Plan {
            count: plan.count,
            skip_all,
            origin,
        });
    }

    /// A test line, and the subtest that it closes.
    pub(super) fn test(
        &mut self,
        test: TestLine<'_>,
        subtest: Option<Subtest>,
        origin: Origin,
        room: &mut Room,
    ) {
        self.seal();
        self.forget_announcement(room);
        self.aside = false;
        self.stage = match self.stage {
            Stage::Start | Stage::Unplanned => Stage::Unplanned,
            Stage::Planned => Stage::Planned,
            Stage::PlannedLast => {
                self.problem(ProblemKind::PlanInTheMiddle, origin);
                Stage::Planned
            }
        };
        let expected = self.report.assertions.len() as u64 + 1;
        let number = test.number.unwrap_or(expected);
        if number != expected {
            self.problem(
                ProblemKind::OutOfSequence {
                    expected,
                    found: number,
                },
                origin,
            );
        }
        let mut directive = test.directive;
        if test
            .number
            .is_some_and(|number| self.planned_todo.remove(&number))
            && !matches!(directive, Some(Directive::Todo(_)))
        {
            directive = Some(Directive::Todo(String::new()));
        }
        let assertion = Assertion {
            number,
            ok: test.ok,
            description: room.description(test.description.into_owned()),
            directive,
            diagnostics: Vec::new(),
            yaml: None,
            subtest: subtest.map(Box::new),
            origin,
        };
        if let Some(subtest) = &assertion.subtest
            && assertion.ok
            && !matches!(assertion.directive, Some(Directive::Todo(_)))
            && has_failed(&subtest.report)
        {
            self.problem(
                ProblemKind::SubtestContradicted {
                    name: subtest.name.clone(),
                },
                origin,
            );
        }
        self.report.assertions.push(assertion);
    }

    /// A comment. It is a diagnostic of the last assertion unless it belongs to none.
    pub(super) fn comment(
        &mut self,
        text: &str,
        in_subtest: bool,
        origin: Origin,
        room: &mut Room,
    ) {
        self.aside |= text.starts_with("Looks like you ")
            || in_subtest && (text.starts_with("Test died: ") || text == "No tests run!");
        match self.report.assertions.last_mut() {
            Some(assertion) if !self.aside => {
                if self.diagnostics.takes(text, room) {
                    assertion.diagnostics.push(text.to_owned());
                }
            }
            _ => self.comment_aside(text.to_owned(), origin, room),
        }
    }

    /// A comment that belongs to no assertion.
    pub(super) fn comment_aside(&mut self, text: String, origin: Origin, room: &mut Room) {
        if self.comments.takes(&text, room) {
            self.report.comments.push(Line { text, origin });
        }
    }

    /// Makes the comments that follow belong to no assertion, until the next test line: the line that they
    /// belong to was not read as one.
    pub(super) fn leave_assertion(&mut self) {
        self.aside = true;
    }

    /// `# Subtest: name`, whose body may follow.
    pub(super) fn announce(&mut self, name: &str, origin: Origin, room: &mut Room) {
        self.forget_announcement(room);
        self.announced = Some(Line {
            text: name.to_owned(),
            origin,
        });
    }

    /// Takes the name of the subtest whose body begins now.
    pub(super) fn announced(&mut self) -> Option<String> {
        self.announced.take().map(|line| line.text)
    }

    /// An announcement without a body was only a comment.
    fn forget_announcement(&mut self, room: &mut Room) {
        if let Some(Line { text, origin }) = self.announced.take() {
            self.comment_aside(format!("Subtest: {text}"), origin, room);
        }
    }

    /// Whether a YAML block may be attached to the last assertion.
    pub(super) fn takes_yaml(&self) -> bool {
        self.report
            .assertions
            .last()
            .is_some_and(|assertion| assertion.yaml.is_none())
    }

    /// Attaches a YAML block to the last assertion.
    pub(super) fn yaml(&mut self, text: String) {
        if let Some(assertion) = self.report.assertions.last_mut() {
            assertion.yaml = Some(text);
        }
    }

    /// A subtest that no test line closes.
    pub(super) fn unclosed(&mut self, subtest: Subtest, origin: impl Into<Option<Origin>>) {
        self.problem(
            ProblemKind::UnclosedSubtest {
                name: subtest.name.clone(),
            },
            origin,
        );
        self.report.unclosed.push(subtest);
    }

    /// The level ends here. When the stream bailed out, what is missing says nothing.
    pub(super) fn end(mut self, bailed_out: bool, room: &mut Room) -> Subtest {
        self.seal();
        self.forget_announcement(room);
        if let Some(text) = self.comments.more() {
            let origin = self.report.comments.last().map_or(0, |line| line.origin);
            self.report.comments.push(Line { text, origin });
        }
        if !bailed_out {
            self.judge_end();
        }
        Subtest {
            name: self.name,
            report: self.report,
        }
    }

    fn judge_end(&mut self) {
        let ran = self.report.assertions.len() as u64;
        let mut skipped = false;
        match &self.report.plan {
            None => self.problem(ProblemKind::NoPlan, None),
            Some(plan) => {
                skipped = plan.skip_all.is_some();
                let planned = plan.count;
                if planned != ran {
                    self.problem(ProblemKind::PlanNotMet { planned, ran }, None);
                }
            }
        }
        if ran == 0 && !skipped {
            self.problem(ProblemKind::NoAssertions, None);
        }
    }

    /// Nothing more is said of the last assertion.
    fn seal(&mut self) {
        let diagnostics = std::mem::take(&mut self.diagnostics);
        if let Some(assertion) = self.report.assertions.last_mut() {
            assertion.diagnostics.extend(diagnostics.more());
            take_further_description(assertion);
        }
    }
}

/// Whether a subtest failed by what it said itself. A missing plan is no failure: indented lines need not be
/// meant as a subtest.
fn has_failed(report: &Report) -> bool {
    report.failed_assertions().next().is_some()
        || report.problems.iter().any(|problem| {
            matches!(
                problem.kind,
                ProblemKind::PlanNotMet { .. }
                    | ProblemKind::SecondPlan
                    | ProblemKind::PlanInTheMiddle
            )
        })
}

/// pgTAP continues a description of several lines by comment lines, which look like diagnostics. When the
/// assertion fails it prints all of them again, in quotes, right behind: only then they are told apart.
fn take_further_description(assertion: &mut Assertion) {
    if assertion.ok || assertion.diagnostics.len() < 3 {
        return;
    }
    let openings = [
        format!(
            "Failed test {}: \"{}",
            assertion.number, assertion.description
        ),
        format!(
            "Failed (TODO) test {}: \"{}",
            assertion.number, assertion.description
        ),
    ];
    let lines = &assertion.diagnostics;
    let Some(further) = lines.iter().position(|line| {
        openings
            .iter()
            .any(|opening| opening.trim_end() == line.trim_end())
    }) else {
        return;
    };
    let repeated = lines.iter().skip(further + 1);
    let same =
        further > 0
            && lines.len() > 2 * further
            && lines.iter().take(further).zip(repeated).enumerate().all(
                |(index, (line, again))| {
                    if index + 1 == further {
                        again.strip_suffix('"') == Some(line)
                    } else {
                        again == line
                    }
                },
            );
    if same {
        for line in assertion.diagnostics.drain(..further) {
            assertion.description.push('\n');
            assertion.description.push_str(&line);
        }
    }
}
