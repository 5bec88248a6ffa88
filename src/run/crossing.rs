//! The crossing of a migration test: its migration, applied to the rows that its `before.sql` has left, and how that is told as
//! an assertion.

use std::time::{Duration, Instant};

use super::attempt::Attempt;
use super::ground::Ground;
use crate::database::{DatabaseError, Site, Versions};
use crate::event::{FileOutcome, Reason, Verdict};
use crate::migration::Migration;
use crate::script::Refused;
use crate::tap::{Assertion, Origin, Plan, ProblemKind};

/// A migration that was tried on the rows of a migration test.
pub(super) struct Crossing {
    attempt: Attempt,
    /// Why it cannot be said whether it would be applied.
    no_result: Option<Reason>,
}

impl Crossing {
    /// Tries the migration at this place; none where there is no such place.
    pub(super) fn try_on(
        versions: &Versions,
        site: &Site<'_>,
        place: usize,
        ground: &Ground,
    ) -> Option<Self> {
        let migration = versions.migration(place)?;
        let begin = Instant::now();
        let (_, result) = versions.apply(site, place..place + 1);
        let attempt = Attempt::of(&migration.script, result, begin.elapsed());
        let no_result = attempt.no_result().or_else(|| attempt.obstacle(ground));
        Some(Self { attempt, no_result })
    }

    /// One that could not be tried.
    pub(super) fn not_tried(migration: &Migration, error: DatabaseError) -> Self {
        let attempt = Attempt::of(&migration.script, Err(error), Duration::ZERO);
        let no_result = attempt.no_result();
        Self { attempt, no_result }
    }

    /// Whether it was applied.
    pub(super) fn is_applied(&self) -> bool {
        self.attempt.is_ok()
    }

    /// Why what comes behind the migration cannot run, where that is so.
    pub(super) fn loss(&self) -> Option<String> {
        let is_lost = !self.is_applied();
        is_lost.then(|| {
            format!(
                "it did not run: {}, behind which it belongs, was not applied",
                self.attempt.file
            )
        })
    }

    /// Adds it to what a file came to: as its last assertion.
    pub(super) fn tell(&self, outcome: &mut FileOutcome, refused: Option<&Refused>) {
        outcome.elapsed += self.attempt.elapsed;
        if let Some(reason) = &self.no_result {
            outcome.verdict = Verdict::Broken;
            outcome.reasons.insert(0, reason.clone());
            return;
        }
        let origin = Origin::try_from(outcome.steps.len()).unwrap_or(Origin::MAX);
        outcome.steps.push(self.attempt.step());
        let (ok, description, diagnostics) = self.judged(refused);
        let report = &mut outcome.report;
        let number = report.assertions.len() as u64 + 1;
        report.assertions.push(Assertion {
            number,
            ok,
            description,
            directive: None,
            diagnostics,
            yaml: None,
            subtest: None,
            origin,
        });
        // A script that only makes rows has no plan of its own.
        report
            .problems
            .retain(|it| !matches!(it.kind, ProblemKind::NoPlan | ProblemKind::NoAssertions));
        match &mut report.plan {
            Some(plan) => {
                plan.count = plan.count.saturating_add(1);
                plan.skip_all = None;
            }
            None => {
                report.plan = Some(Plan {
                    count: number,
                    skip_all: None,
                    origin,
                });
            }
        }
        outcome.verdict = match outcome.verdict {
            Verdict::Broken => Verdict::Broken,
            _ if !ok => Verdict::Failed,
            // What it skips is its own; the migration was tried.
            Verdict::Skipped => {
                outcome.reasons.clear();
                Verdict::Passed
            }
            verdict => verdict,
        };
    }

    /// Whether it is as it should be, in which words, and what else there is to say.
    fn judged(&self, refused: Option<&Refused>) -> (bool, String, Vec<String>) {
        let (file, is_applied) = (&self.attempt.file, self.is_applied());
        let Some(refused) = refused else {
            let description = format!("{file} applies to these rows");
            return (is_applied, description, self.attempt.diagnostics());
        };
        let with = refused.code.as_deref();
        let description = match with {
            Some(code) => format!("{file} is refused on these rows, with {code}"),
            None => format!("{file} is refused on these rows"),
        };
        if is_applied {
            return (false, description, vec!["it was applied".to_owned()]);
        }
        let is_as_said = with.is_none() || with == self.attempt.code();
        let told = if is_as_said {
            Vec::new()
        } else {
            self.attempt.diagnostics()
        };
        (is_as_said, description, told)
    }
}
