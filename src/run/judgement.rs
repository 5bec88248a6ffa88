//! From what a test file brought to its verdict. Pure, so that the table of cases can be tested.

use std::time::Duration;

use super::guard::Guard;
use crate::event::{Reason, ReasonKind, SqlError, Step, Verdict, Warning};
use crate::script::Location;
use crate::session::{Failure, FailureKind};
use crate::tap::{Origin, Problem, ProblemKind, Report};

/// How many problems of one kind are told before the rest is only counted.
pub(super) const TOLD: usize = 3;

/// What is known of a file that ran.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'a> {
    /// What its TAP said.
    pub report: &'a Report,
    /// The steps that printed something.
    pub steps: &'a [Step],
    /// The steps that failed.
    pub errors: &'a [SqlError],
    /// Why the script did not run to its end.
    pub failure: Option<&'a Failure>,
    /// What was noticed before its TAP is looked at, such as a header comment without effect.
    pub remarks: &'a [Warning],
    /// What was noticed of it while it ran.
    pub guard: &'a Guard,
    /// How long it was allowed to run.
    pub timeout: Option<Duration>,
    /// Whether warnings break it.
    pub strict: bool,
    /// Whether it may print no TAP at all: then it is a script that makes rows.
    pub may_be_silent: bool,
    /// Whether it is `runtests()` that finds what it runs, and should find something.
    pub runs_functions: bool,
}

/// The verdict, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// What the file came to.
    pub verdict: Verdict,
    /// Why it is broken or skipped, the gravest first.
    pub reasons: Vec<Reason>,
    /// Where the verdict holds but someone should look.
    pub warnings: Vec<Warning>,
}

/// Judges a test file.
pub fn judge(evidence: &Evidence<'_>) -> Judgement {
    let report = evidence.report;
    let mut reasons = Vec::new();
    let failed_assertions = report
        .assertions
        .iter()
        .filter(|assertion| assertion.failed())
        .count();
    let stopped_by = evidence
        .failure
        .filter(|failure| !is_finish_complaint(failure, failed_assertions));
    if let Some(failure) = stopped_by {
        reasons.push(failure_reason(failure, evidence.timeout));
    }
    if let Some(bail_out) = &report.bail_out {
        let text = if bail_out.reason.is_empty() {
            "it bailed out".into()
        } else {
            format!("it bailed out: {}", bail_out.reason)
        };
        reasons.push(reason(
            ReasonKind::BailOut,
            text,
            evidence.location(bail_out.origin),
        ));
    }
    evidence.problem_reasons(stopped_by.is_some(), &mut reasons);
    if evidence.runs_functions && reasons.is_empty() && report.assertions.is_empty() {
        reasons.push(reason(
            ReasonKind::NoAssertions,
            "runtests() found no test function there".into(),
            report
                .plan
                .as_ref()
                .and_then(|plan| evidence.location(plan.origin)),
        ));
    }
    let mut warnings = evidence.warnings(!reasons.is_empty(), failed_assertions > 0);
    if evidence.strict {
        // A warning that breaks the file is told as its reason only.
        for warning in warnings.drain(..) {
            reasons.push(reason(
                ReasonKind::Strict,
                format!("{} [{}]", warning.text, warning.kind.word()),
                warning.location,
            ));
        }
    }
    let skip_all = report
        .plan
        .as_ref()
        .and_then(|plan| plan.skip_all.as_ref().map(|why| (plan, why)));
    let verdict = if !reasons.is_empty() {
        Verdict::Broken
    } else if failed_assertions > 0 {
        Verdict::Failed
    } else if let Some((plan, why)) = skip_all {
        reasons.push(reason(
            ReasonKind::SkipAll,
            why.clone(),
            evidence.location(plan.origin),
        ));
        Verdict::Skipped
    } else {
        Verdict::Passed
    };
    Judgement {
        verdict,
        reasons,
        warnings,
    }
}

impl Evidence<'_> {
    pub(super) fn location(&self, origin: Origin) -> Option<Location> {
        self.steps
            .get(origin as usize)
            .map(|step| step.location.clone())
    }

    fn problem_reasons(&self, stopped: bool, reasons: &mut Vec<Reason>) {
        let mut out_of_sequence = 0_usize;
        let report = self.report;
        let is_silent = self.may_be_silent && report.plan.is_none() && report.assertions.is_empty();
        for problem in &self.report.problems {
            let location = self.problem_location(problem);
            let (kind, text) = match &problem.kind {
                // A script that stopped early cannot have kept its plan: that is no news.
                ProblemKind::NoPlan | ProblemKind::NoAssertions if stopped || is_silent => continue,
                ProblemKind::PlanNotMet { planned, ran } if stopped && ran < planned => continue,
                ProblemKind::NoPlan if self.report.assertions.is_empty() => continue,
                ProblemKind::NoPlan => (
                    ReasonKind::Plan,
                    "no plan: call plan(N) first, or no_plan() first and finish() last".into(),
                ),
                ProblemKind::PlanNotMet { planned, ran } => {
                    (ReasonKind::Plan, format!("planned {} but ran {ran}", assertions(*planned)))
                }
                ProblemKind::SecondPlan => (ReasonKind::Plan, "a second plan".into()),
                ProblemKind::PlanInTheMiddle => {
                    (ReasonKind::Plan, "the plan stands between assertions".into())
                }
                ProblemKind::NoAssertions => (
                    ReasonKind::NoAssertions,
                    "it printed not one assertion; is the file a test, and does it SELECT its assertions?".into(),
                ),
                ProblemKind::OutOfSequence { expected, found } => {
                    out_of_sequence += 1;
                    if out_of_sequence > TOLD {
                        continue;
                    }
                    (ReasonKind::Tap, format!("assertion {found} came where {expected} was due"))
                }
                ProblemKind::BadVersion { line } => {
                    (ReasonKind::Tap, format!("a TAP version line out of place or unknown: {line}"))
                }
                ProblemKind::NotTap { line } => (
                    ReasonKind::Tap,
                    format!("a line that is not TAP under `pragma +strict`: {}", shortened(line)),
                ),
                ProblemKind::UnclosedYaml => (ReasonKind::Tap, "a YAML block is not closed".into()),
                ProblemKind::SeveralColumns { .. }
                | ProblemKind::UnclosedSubtest { .. }
                | ProblemKind::SubtestContradicted { .. } => continue,
            };
            reasons.push(reason(kind, text, location));
        }
        if out_of_sequence > TOLD {
            let text = format!(
                "{}{} more numbers out of sequence",
                self.at_least(),
                out_of_sequence - TOLD
            );
            reasons.push(reason(ReasonKind::Tap, text, None));
        }
    }

    /// What stands before a number of problems where not all of them were kept.
    pub(super) fn at_least(&self) -> &'static str {
        if self.report.dropped_problems > 0 {
            "at least "
        } else {
            ""
        }
    }

    /// Where a problem shows. A plan that was not met shows nowhere; the plan itself is where to look.
    fn problem_location(&self, problem: &Problem) -> Option<Location> {
        let plan = match problem.kind {
            ProblemKind::PlanNotMet { .. } => self.report.plan.as_ref().map(|plan| plan.origin),
            _ => None,
        };
        self.location(problem.origin.or(plan)?)
    }
}

/// `finish(true)` raises an error to say what the assertions have said already: that some failed.
fn is_finish_complaint(failure: &Failure, failed_assertions: usize) -> bool {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let Some((failed, planned)) = failure
        .text
        .strip_prefix("ERROR: ")
        .and_then(|words| words.split_once(" failed of "))
    else {
        return false;
    };
    failure.kind == FailureKind::Sql
        && failed_assertions > 0
        && failed
            .strip_suffix(" test")
            .or_else(|| failed.strip_suffix(" tests"))
            .is_some_and(is_number)
        && is_number(planned)
}

fn failure_reason(failure: &Failure, timeout: Option<Duration>) -> Reason {
    let kind = match failure.kind {
        FailureKind::Sql => ReasonKind::SqlError,
        FailureKind::Command => ReasonKind::Command,
        FailureKind::Script => ReasonKind::Script,
        FailureKind::Timeout => ReasonKind::Timeout,
        FailureKind::Interrupted => ReasonKind::Interrupted,
        FailureKind::ConnectionLost => ReasonKind::ConnectionLost,
    };
    let text = match (failure.kind, timeout) {
        (FailureKind::Timeout, Some(limit)) => {
            format!(
                "it ran longer than its time limit of {limit:?}; {}",
                failure.text
            )
        }
        _ => failure.text.clone(),
    };
    reason(kind, text, failure.location.clone())
}

fn reason(kind: ReasonKind, text: String, location: Option<Location>) -> Reason {
    Reason {
        kind,
        text,
        location,
    }
}

fn assertions(number: u64) -> String {
    if number == 1 {
        "1 assertion".into()
    } else {
        format!("{number} assertions")
    }
}

pub(super) fn shortened(line: &str) -> String {
    const LONGEST: usize = 100;
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::WarningKind;

    fn judged(tap: &str, failure: Option<&Failure>, strict: bool) -> Judgement {
        let report = crate::tap::parse(tap.as_bytes());
        judge(&Evidence {
            report: &report,
            steps: &[],
            errors: &[],
            failure,
            remarks: &[],
            guard: &Guard::default(),
            timeout: None,
            strict,
            may_be_silent: false,
            runs_functions: false,
        })
    }

    fn sql(text: &str) -> Failure {
        Failure {
            kind: FailureKind::Sql,
            text: text.into(),
            location: None,
        }
    }

    #[test]
    fn verdicts_follow_plan_assertions_and_errors() {
        use ReasonKind::{BailOut, NoAssertions, Plan, SkipAll, SqlError, Tap};
        use Verdict::{Broken, Failed, Passed, Skipped};
        let error = sql("ERROR: relation \"x\" does not exist");
        let error = Some(&error);
        let cases: [(&str, Option<&Failure>, Verdict, &[ReasonKind]); 15] = [
            ("1..1\nok 1\n", None, Passed, &[]),
            ("ok 1\n1..1\n", None, Passed, &[]),
            ("1..1\nnot ok 1\n", None, Failed, &[]),
            ("1..1\nnot ok 1 # TODO later\n", None, Passed, &[]),
            ("1..0 # SKIP why\n", None, Skipped, &[SkipAll]),
            ("1..2\nok 1\n", None, Broken, &[Plan]),
            ("1..1\nok 1\nok 2\n", None, Broken, &[Plan]),
            ("ok 1\n", None, Broken, &[Plan]),
            ("", None, Broken, &[NoAssertions]),
            ("1..2\nok 2\nok 1\n", None, Broken, &[Tap, Tap]),
            ("1..1\nok 1\n", error, Broken, &[SqlError]),
            ("ok 1\n", error, Broken, &[SqlError]),
            ("1..3\nok 1\n", error, Broken, &[SqlError]),
            ("1..1\nok 1\nok 2\n", error, Broken, &[SqlError, Plan]),
            ("1..2\nok 1\nBail out! no\n", None, Broken, &[BailOut]),
        ];
        for (tap, failure, verdict, kinds) in cases {
            let judgement = judged(tap, failure, false);
            let found: Vec<ReasonKind> =
                judgement.reasons.iter().map(|reason| reason.kind).collect();
            assert_eq!(
                (judgement.verdict, found.as_slice()),
                (verdict, kinds),
                "{tap:?}"
            );
        }
    }

    #[test]
    fn finish_true_repeats_a_failure_and_is_not_one_itself() {
        let complaint = sql("ERROR: 1 test failed of 2");
        let complaint = Some(&complaint);
        assert_eq!(
            judged("1..2\nok 1\nnot ok 2\n", complaint, false).verdict,
            Verdict::Failed
        );
        assert_eq!(
            judged("1..2\nok 1\nok 2\n", complaint, false).verdict,
            Verdict::Broken
        );
    }

    #[test]
    fn only_the_very_words_of_finish_are_its_complaint() {
        let is_complaint = |text: &str| is_finish_complaint(&sql(text), 1);
        for text in ["ERROR: 1 test failed of 2", "ERROR: 12 tests failed of 30"] {
            assert!(is_complaint(text), "{text}");
        }
        for text in [
            "ERROR: 3 rows failed of 4",
            "ERROR: 3 orders of which 1 failed of hunger",
            "ERROR: 1 test failed of 2 in stage 3",
            "ERROR: tests failed of 2",
            "FATAL: 1 test failed of 2",
        ] {
            assert!(!is_complaint(text), "{text}");
        }
    }

    #[test]
    fn a_todo_by_accident_is_warned_of_and_broken_under_strict() {
        let accident =
            "1..1\nnot ok 1 - issue # TODO later\n# Failed test 1: \"issue # TODO later\"\n";
        let meant = "1..1\nnot ok 1 - issue # TODO later\n# Failed (TODO) test 1: \"issue\"\n";
        let judgement = judged(accident, None, false);
        assert_eq!(judgement.verdict, Verdict::Passed);
        assert_eq!(judgement.warnings[0].kind, WarningKind::AccidentalTodo);
        assert_eq!(judged(accident, None, true).verdict, Verdict::Broken);
        assert_eq!(judged(meant, None, true).verdict, Verdict::Passed);
    }

    #[test]
    fn strict_turns_warnings_into_reasons() {
        let tap = "1..1\nok 1 # TODO later\n";
        assert_eq!(judged(tap, None, false).warnings.len(), 1);
        let judgement = judged(tap, None, true);
        assert_eq!(judgement.verdict, Verdict::Broken);
        assert_eq!(judgement.reasons[0].kind, ReasonKind::Strict);
    }
}
