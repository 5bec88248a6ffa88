//! How a step is told: as what a file comes to whose assertions say what was tried.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::database::{Ran, RoundTrip, Stepped};
use crate::event::{Capture, FileOutcome, Reason, ReasonKind, Step, Verdict};
use crate::migration::{Migration, MigrationScript};
use crate::run::attempt::Attempt;
use crate::run::ground::Ground;
use crate::tap::{Assertion, Directive, Origin, Plan, Report};

/// One thing that was tried of a migration, as an assertion.
pub(super) struct Case {
    ok: bool,
    description: String,
    directive: Option<Directive>,
    diagnostics: Vec<String>,
    step: Option<Step>,
    /// Why it cannot be said.
    no_result: Option<Reason>,
}

impl Case {
    fn of(attempt: &Attempt, description: String) -> Self {
        Self {
            ok: attempt.is_ok(),
            description,
            directive: None,
            diagnostics: attempt.diagnostics(),
            step: Some(attempt.step()),
            no_result: attempt.no_result(),
        }
    }

    fn plain(ok: bool, description: &str, diagnostics: Vec<String>) -> Self {
        Self {
            ok,
            description: description.to_owned(),
            directive: None,
            diagnostics,
            step: None,
            no_result: None,
        }
    }

    /// That it applies.
    pub(super) fn applied(migration: &Migration, stepped: Stepped) -> Self {
        let attempt = Attempt::of(&migration.script, stepped.result, stepped.elapsed);
        Self::of(&attempt, "it applies to the rows that there are".into())
    }

    /// That it can be taken back and applied again, and that the schema is as it was each time.
    pub(super) fn round_trip(
        migration: &Migration,
        down: &MigrationScript,
        trip: RoundTrip,
        ground: &Ground,
    ) -> Vec<Self> {
        let ran = |script: &MigrationScript, ran: Ran, description: String| {
            let elapsed = ran.as_ref().copied().unwrap_or_default();
            let attempt = Attempt::of(script, ran.map(drop), elapsed);
            match attempt.obstacle(ground) {
                Some(obstacle) => Self {
                    ok: true,
                    directive: Some(Directive::Skip(obstacle.text)),
                    diagnostics: Vec::new(),
                    ..Self::of(&attempt, description)
                },
                None => Self::of(&attempt, description),
            }
        };
        let is_like = |when: &str, differences: Vec<String>| {
            let description = format!("the schema is then as it was {when}");
            Self::plain(differences.is_empty(), &description, differences)
        };
        let description = format!("{} takes it back", down.shown);
        let mut cases = vec![ran(down, trip.back, description)];
        if let Some(forth) = trip.forth {
            let is_there = forth.is_ok();
            cases.push(is_like("before", trip.not_as_before));
            cases.push(ran(&migration.script, forth, "it applies again".into()));
            if is_there {
                cases.push(is_like("the first time", trip.not_as_behind));
            }
        }
        cases
    }

    /// That it cannot be taken back.
    pub(super) fn no_way_back() -> Self {
        Self {
            directive: Some(Directive::Skip("it has no down script".into())),
            ..Self::plain(true, "it can be taken back", Vec::new())
        }
    }
}

/// What a migration came to.
pub(super) fn outcome(migration: &Migration, cases: Vec<Case>, elapsed: Duration) -> FileOutcome {
    let mut outcome = empty(migration, elapsed);
    for case in cases {
        if let Some(reason) = case.no_result {
            outcome.verdict = Verdict::Broken;
            outcome.reasons.push(reason);
            continue;
        }
        let origin = match case.step {
            Some(step) => {
                outcome.steps.push(step);
                outcome.steps.len() - 1
            }
            // It is about the same script as the one before.
            None => outcome.steps.len().saturating_sub(1),
        };
        if !case.ok && outcome.verdict == Verdict::Passed {
            outcome.verdict = Verdict::Failed;
        }
        outcome.report.assertions.push(Assertion {
            number: outcome.report.assertions.len() as u64 + 1,
            ok: case.ok,
            description: case.description,
            directive: case.directive,
            diagnostics: case.diagnostics,
            yaml: None,
            subtest: None,
            origin: Origin::try_from(origin).unwrap_or(Origin::MAX),
        });
    }
    outcome.report.plan = Some(Plan {
        count: outcome.report.assertions.len() as u64,
        skip_all: None,
        origin: 0,
    });
    outcome
}

/// A migration that could not be tried, since one before it is in the way.
pub(super) fn not_tried(migration: &Migration, in_the_way: Option<&str>) -> FileOutcome {
    let mut outcome = empty(migration, Duration::ZERO);
    outcome.verdict = Verdict::Broken;
    outcome.reasons.push(Reason {
        kind: ReasonKind::Migration,
        text: format!(
            "it was not tried: {} before it was not applied, and no snapshot was saved between them",
            in_the_way.unwrap_or("a migration")
        ),
        location: None,
    });
    outcome
}

fn empty(migration: &Migration, elapsed: Duration) -> FileOutcome {
    FileOutcome {
        file: Arc::clone(&migration.script.shown),
        verdict: Verdict::Passed,
        reasons: Vec::new(),
        report: Report::default(),
        steps: Vec::new(),
        errors: Vec::new(),
        notices: Vec::new(),
        dropped_notices: 0,
        warnings: Vec::new(),
        output: Capture::default(),
        started_at: SystemTime::now(),
        elapsed,
        worker: 0,
        kept: None,
        trial: None,
    }
}
