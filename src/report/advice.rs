//! Advice is what a person can do about a file that could not be judged. Words only; pure.

use crate::event::{FileOutcome, Reason, ReasonKind};
use crate::script::{Call, calls};
use crate::tap::{Assertion, ProblemKind};

/// The reasons of which a plan that is not met is only a consequence.
const CAUSES: [ReasonKind; 8] = [
    ReasonKind::SqlError,
    ReasonKind::Command,
    ReasonKind::Script,
    ReasonKind::Timeout,
    ReasonKind::ConnectionLost,
    ReasonKind::BailOut,
    ReasonKind::Interrupted,
    ReasonKind::Tap,
];

/// What to do about a reason, in one line; none where the reason itself says it.
pub(super) fn advice(outcome: &FileOutcome, reason: &Reason) -> Option<String> {
    match reason.kind {
        ReasonKind::Plan => plan_advice(outcome),
        ReasonKind::Tap => tap_advice(outcome),
        ReasonKind::NoAssertions if reason.text.starts_with("runtests()") => Some(
            "their names begin with `test`, and they must be there at the file's end: leave ROLLBACK out, since the \
             database is the file's own"
                .to_owned(),
        ),
        ReasonKind::NoAssertions => Some(
            "call pgTAP's functions by SELECT, so that their results are printed (PERFORM and DO print nothing)"
                .to_owned(),
        ),
        ReasonKind::Timeout => Some(
            "look for a lock that is never released or an endless loop, or raise the setting `timeout`"
                .to_owned(),
        ),
        ReasonKind::ConnectionLost => Some(
            "the file ended its own session (pg_terminate_backend, a FATAL error), or the server process died"
                .to_owned(),
        ),
        ReasonKind::Strict => {
            Some("put right what it says; without `strict` it is only a warning".to_owned())
        }
        ReasonKind::SqlError => error_advice(outcome),
        ReasonKind::Database if reason.text.starts_with("cannot open a session as role") => Some(
            "the role is that of the file's header `-- pgassay: role NAME`, else of the setting `owner`; roles scripts \
             create roles, and it needs LOGIN"
                .to_owned(),
        ),
        ReasonKind::Command
        | ReasonKind::Script
        | ReasonKind::BailOut
        | ReasonKind::Interrupted
        | ReasonKind::Database
        | ReasonKind::Migration
        | ReasonKind::SkipAll => None,
    }
}

/// What to do about an assertion that failed because its last argument was taken for a description:
/// `has_table('public', 'widgets')` looks for a table `public`. As far as the step's first line tells.
pub(super) fn overload_advice(assertion: &Assertion, source: &str) -> Option<String> {
    let is_name = |text: &str| !text.is_empty() && !text.contains(char::is_whitespace);
    let asks_for_something = |call: &Call| {
        let words = ["has_", "is_", "isnt_", "col_"];
        words.iter().any(|word| call.function.starts_with(word)) && call.arguments.len() > 1
    };
    let calls = calls(source).literal;
    let call = calls.iter().find(|call| {
        asks_for_something(call)
            && call.arguments.iter().all(|argument| is_name(argument))
            && call.arguments.last() == Some(&assertion.description)
    })?;
    let quoted: Vec<String> = (call.arguments.iter())
        .map(|argument| format!("'{argument}'"))
        .collect();
    Some(format!(
        "{} was taken for the description; if {} is a schema, give a description too: {}({}, '…')",
        quoted.last()?,
        quoted.first()?,
        call.function,
        quoted.join(", ")
    ))
}

/// What to do about an error that test files of pgTAP are prone to.
fn error_advice(outcome: &FileOutcome) -> Option<String> {
    let error = outcome.errors.iter().rfind(|error| !error.swallowed)?;
    let message = error.message.message.as_str();
    let advice = match error.message.code.as_str() {
        "P0001" if message.starts_with("You tried to run a test without a plan!") => {
            "call plan(N) or no_plan() first; ROLLBACK and DISCARD ALL take the plan away again"
        }
        "P0001" if message == "You tried to plan twice!" => {
            "plan once a file; subtests and `\\i` files share its plan"
        }
        "P0001" if message == "# No tests run!" => {
            "call assertions by SELECT between the plan and finish(), so that their results are printed"
        }
        "42883"
            if message.starts_with("function plan(")
                || message.starts_with("function no_plan(") =>
        {
            "pgTAP's schema (the setting `pgtap.schema`) is not on the search_path of this session"
        }
        "42601" if message.ends_with("at or near \":\"") => {
            "a psql variable that is not set stays as it is written; set it by `\\set NAME value` or `--set NAME=value`"
        }
        _ => return None,
    };
    Some(advice.to_owned())
}

fn plan_advice(outcome: &FileOutcome) -> Option<String> {
    let is_consequence = outcome
        .reasons
        .iter()
        .any(|reason| CAUSES.contains(&reason.kind));
    if is_consequence {
        return None;
    }
    outcome.report.problems.iter().find_map(|problem| match problem.kind {
        ProblemKind::NoPlan => Some(
            "begin with `SELECT plan(N);` or `SELECT * FROM no_plan();`, and end with `SELECT * FROM finish();`"
                .to_owned(),
        ),
        ProblemKind::PlanNotMet { ran: 0, .. } => Some(
            "call pgTAP's functions by SELECT, so that their results are printed".to_owned(),
        ),
        ProblemKind::PlanNotMet { planned, ran } if planned > ran && hides_an_assertion(outcome) => Some(
            "select each assertion alone: another column on its row hides it from TAP".to_owned(),
        ),
        ProblemKind::PlanNotMet { planned, ran } if planned > ran => Some(format!(
            "an assertion was not reached or printed nothing; if {ran} is right, say `SELECT plan({ran});`"
        )),
        ProblemKind::PlanNotMet { ran, .. } => {
            Some(format!("if all of them are meant, say `SELECT plan({ran});`"))
        }
        ProblemKind::SecondPlan => Some("plan once a file; subtests and `\\i` files share its plan".to_owned()),
        ProblemKind::PlanInTheMiddle => {
            Some("call plan(N) before the first assertion, or no_plan() and finish()".to_owned())
        }
        _ => None,
    })
}

fn hides_an_assertion(outcome: &FileOutcome) -> bool {
    outcome
        .report
        .problems
        .iter()
        .any(|problem| matches!(problem.kind, ProblemKind::SeveralColumns { .. }))
}

fn tap_advice(outcome: &FileOutcome) -> Option<String> {
    outcome.report.problems.iter().find_map(|problem| match problem.kind {
        ProblemKind::SeveralColumns { .. } => {
            Some("select the assertion alone: another column on its row hides it from TAP".to_owned())
        }
        ProblemKind::OutOfSequence { expected, .. } => Some(format!(
            "assertion {expected} ran but was not printed (a query without output, `\\o`, PERFORM), or another plan \
             began"
        )),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn advised(tap: &str, source: &str) -> bool {
        let report = crate::tap::parse(tap.as_bytes());
        overload_advice(&report.assertions[0], source).is_some()
    }

    #[test]
    fn a_name_that_became_the_description_is_advised_upon() {
        for source in [
            "SELECT has_table('public', 'widgets');",
            "SELECT tap.col_is_pk('public', 'w', 'widgets');",
        ] {
            assert!(advised("not ok 1 - widgets", source), "{source}");
        }
        for (tap, source) in [
            (
                "not ok 1 - no widgets",
                "SELECT has_table('public', 'no widgets');",
            ),
            ("not ok 1 - widgets", "SELECT ok('f', 'widgets');"),
            ("not ok 1 - widgets", "SELECT has_table('a', 'b', 'c');"),
            ("not ok 1 - Table a should exist", "SELECT has_table('a');"),
        ] {
            assert!(!advised(tap, source), "{source}");
        }
    }
}
