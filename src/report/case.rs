//! A case is one assertion as reports count it: an assertion without a subtest, an assertion inside one, or the
//! line that closes a subtest where it tells something of its own. Cases are read from a [`crate::tap::Report`]; nothing
//! here renders.

use super::visible::one_line;
use crate::tap::{Assertion, Directive, Line, Report};

/// One assertion as reports count it.
#[derive(Debug, Clone)]
pub(super) struct Case<'a> {
    /// The assertion.
    pub(super) assertion: &'a Assertion,
    /// The names of the subtests around it, outermost first.
    pub(super) path: Vec<&'a str>,
    /// What it came to.
    pub(super) result: CaseResult<'a>,
    /// For a line that closes a subtest: what the subtest said that belongs to no assertion in it.
    pub(super) comments: &'a [Line],
}

/// What a case came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CaseResult<'a> {
    /// `ok`.
    Ok,
    /// `not ok`, and it counts against the file.
    Failed,
    /// `not ok` as expected, with the reason.
    Todo(&'a str),
    /// `ok` though it was expected to fail, with the reason.
    PassingTodo(&'a str),
    /// Not run, with the reason.
    Skipped(&'a str),
    /// `not ok` inside a subtest whose closing line is `ok`: it does not count.
    Uncounted,
}

impl Case<'_> {
    /// What follows the number on a line, fit to be shown: ` - ` and the name, or nothing where there is no name to tell.
    pub(super) fn label(&self) -> String {
        let is_bare = self.assertion.description.is_empty() && self.path.is_empty();
        if is_bare {
            String::new()
        } else {
            format!(" - {}", one_line(&self.name()))
        }
    }

    /// The description, or `assertion N` where there is none; with the subtests' names before it: `outer > inner`.
    pub(super) fn name(&self) -> String {
        let own = if self.assertion.description.is_empty() {
            format!("assertion {}", self.assertion.number)
        } else {
            self.assertion.description.clone()
        };
        self.path
            .iter()
            .copied()
            .chain([own.as_str()])
            .collect::<Vec<_>>()
            .join(" > ")
    }
}

/// All cases of a report, in order.
pub(super) fn cases(report: &Report) -> Vec<Case<'_>> {
    let mut found = Vec::with_capacity(report.assertions.len());
    collect(report, &[], None, &mut found);
    found
}

/// The cases that count against the file, in order.
pub(super) fn failures(report: &Report) -> Vec<Case<'_>> {
    cases(report)
        .into_iter()
        .filter(|case| case.result == CaseResult::Failed)
        .collect()
}

/// What an assertion by itself came to.
fn result(assertion: &Assertion) -> CaseResult<'_> {
    match (&assertion.directive, assertion.ok) {
        (Some(Directive::Todo(reason)), false) => CaseResult::Todo(reason),
        (Some(Directive::Todo(reason)), true) => CaseResult::PassingTodo(reason),
        (Some(Directive::Skip(reason)), true) => CaseResult::Skipped(reason),
        (None, true) => CaseResult::Ok,
        (None | Some(Directive::Skip(_)), false) => CaseResult::Failed,
    }
}

/// Collects the cases of `report`. `outer` is what the assertions around it came to, if they bear on a failure
/// inside: a failure counts only when all the lines around it count.
fn collect<'a>(
    report: &'a Report,
    path: &[&'a str],
    outer: Option<CaseResult<'a>>,
    found: &mut Vec<Case<'a>>,
) {
    for assertion in &report.assertions {
        let own = match (result(assertion), outer) {
            (CaseResult::Failed, Some(outer)) => outer,
            (own, _) => own,
        };
        let Some(subtest) = &assertion.subtest else {
            found.push(Case {
                assertion,
                path: path.to_vec(),
                result: own,
                comments: &[],
            });
            continue;
        };
        let name = if subtest.name.is_empty() {
            &assertion.description
        } else {
            &subtest.name
        };
        let mut inner_path = path.to_vec();
        inner_path.push(name);
        let inner_outer = match own {
            CaseResult::Failed => None,
            CaseResult::Ok | CaseResult::PassingTodo(_) | CaseResult::Skipped(_) => {
                Some(CaseResult::Uncounted)
            }
            todo @ (CaseResult::Todo(_) | CaseResult::Uncounted) => Some(todo),
        };
        let before = found.len();
        collect(&subtest.report, &inner_path, inner_outer, found);
        let failed_inside = found[before..]
            .iter()
            .any(|case| case.result == CaseResult::Failed);
        let says_more = subtest
            .report
            .comments
            .iter()
            .any(|line| !line.text.starts_with("Looks like"));
        if found.len() == before || (own == CaseResult::Failed && (!failed_inside || says_more)) {
            let comments = &subtest.report.comments;
            found.push(Case {
                assertion,
                path: path.to_vec(),
                result: own,
                comments,
            });
        }
    }
}
