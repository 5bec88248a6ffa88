//! Gaps in the logic of functions: statements that no test reached, and branches that none took.

use std::collections::BTreeMap;

use crate::coverage::{Account, Counted, CoveredLogic, Figures, Gauge, PointKind};
use crate::report::figures::{count_of, grouped};

/// What tests leave out of a function or procedure.
pub(super) struct Gap {
    /// The first line that is left out, of the script where that is known: `V3__f.sql:12`.
    pub(super) place: Option<String>,
    /// The routine, with its kind.
    pub(super) name: String,
    /// What is left out, in words: `lines 31–33, 36 not reached`, `line 30: condition never met`.
    pub(super) what: Vec<String>,
}

/// The functions and procedures whose logic has gaps, by the places of these.
pub(super) fn gaps(account: &Account<'_>) -> Vec<Gap> {
    let mut gaps: Vec<_> = account.counting().filter_map(gap).collect();
    gaps.sort_by(|(left, _), (right, _)| (left.is_none(), left).cmp(&(right.is_none(), right)));
    gaps.into_iter().map(|(_, gap)| gap).collect()
}

fn gap<'r>(counted: &Counted<'r>) -> Option<(Option<(&'r str, usize)>, Gap)> {
    let logic = counted.object.logic.as_ref()?;
    let missed = Missed::of(logic);
    let first = missed.first()?;
    let is_called = !logic.hits.is_empty();
    let file = logic.located.as_ref().map(|it| it.file.as_str());
    let place = file.map(|file| (file, first));
    let gap = Gap {
        place: place.map(|(file, line)| format!("{file}:{line}")),
        name: counted.object.object.name.to_string(),
        what: if is_called {
            missed.words(file.is_none())
        } else {
            vec!["never called".to_owned()]
        },
    };
    Some((place, gap))
}

/// The lines of what is missed.
#[derive(Default)]
struct Missed {
    /// Those with a statement that was not reached.
    statements: Vec<usize>,
    /// Those with branches that were not taken, and which.
    branches: BTreeMap<usize, Vec<PointKind>>,
}

impl Missed {
    fn of(logic: &CoveredLogic) -> Self {
        let mut missed = Self::default();
        for (at, (point, hits)) in logic.points().enumerate() {
            let Some(line) = logic.line(at).filter(|_| hits.is_none()) else {
                continue;
            };
            if point.kind.is_branch() {
                let owner = point.of.and_then(|at| logic.logic.points.get(at));
                // Of a statement that was not reached, no branch could be taken.
                if owner.is_some_and(|owner| !logic.hits.contains_key(&owner.probe)) {
                    continue;
                }
                missed.branches.entry(line).or_default().push(point.kind);
            } else {
                missed.statements.push(line);
            }
        }
        missed.statements.sort_unstable();
        missed.statements.dedup();
        missed
    }

    fn first(&self) -> Option<usize> {
        let branches = self.branches.keys().next();
        self.statements.iter().chain(branches).min().copied()
    }

    fn words(&self, is_of_body: bool) -> Vec<String> {
        let mut parts = Vec::new();
        let of = if is_of_body { " of the body" } else { "" };
        let ranges = ranges(&self.statements);
        if !ranges.is_empty() {
            let word = if self.statements.len() == 1 {
                "line"
            } else {
                "lines"
            };
            parts.push(format!("{word} {}{of} not reached", ranges.join(", ")));
        }
        for (line, kinds) in &self.branches {
            let kinds: Vec<&str> = kinds.iter().map(|kind| never(*kind)).collect();
            parts.push(format!("line {line}{of}: {}", kinds.join(", ")));
        }
        parts
    }
}

/// That a branch was never taken.
fn never(kind: PointKind) -> &'static str {
    match kind {
        PointKind::Statement => "never reached",
        PointKind::Then => "condition never met",
        PointKind::Else => "ELSE never taken",
        PointKind::NoThen => "condition always met",
        PointKind::Turn => "never a turn",
        PointKind::NoTurn => "always a turn",
        PointKind::Caught => "error never caught",
        PointKind::NotCaught => "always an error",
    }
}

/// Lines as ranges: `31–33`, `36`.
fn ranges(lines: &[usize]) -> Vec<String> {
    let next = |left: &usize, right: &usize| left + 1 == *right;
    let range = |lines: &[usize]| match lines {
        [first, .., last] => format!("{first}–{last}"),
        lines => lines.iter().map(usize::to_string).collect(),
    };
    lines.chunk_by(next).map(range).collect()
}

/// How much of the logic was seen, in words; none where there is none.
pub(super) fn summary(figures: &Figures) -> Option<String> {
    let statements = figures.share(Gauge::Statements);
    let branches = figures.share(Gauge::Branches);
    let reached = format!(
        "{} of {} reached ({statements})",
        grouped(statements.part as u64),
        count_of(statements.whole, "statement"),
    );
    let taken = format!(
        "{} of {} taken ({branches})",
        grouped(branches.part as u64),
        count_of(branches.whole, "branch"),
    );
    let unmeasured = format!(
        "{} not wholly measured",
        count_of(figures.unmeasured, "function")
    );
    let parts = [
        (statements.whole > 0).then_some(reached),
        (branches.whole > 0).then_some(taken),
        (figures.unmeasured > 0).then_some(unmeasured),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(" · "))
}
