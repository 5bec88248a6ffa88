//! Traced scripts: the scripts of a report with the lines of the functions that stand in them, for the formats that tell
//! of files and lines. A count is always a number of test files.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::{Kind, ObjectName};
use crate::coverage::{Account, Behaviour, CoveredLogic, CoveredObject, Share};
use crate::report::figures::count_of;
use crate::report::visible::one_line;

/// How many functions are named that stand in no script.
const NAMED: usize = 5;

/// What an account knows of scripts.
#[derive(Debug, Default)]
pub(super) struct Traced<'a> {
    /// The functions in each script, in the order of their lines.
    pub(super) scripts: BTreeMap<&'a str, Vec<TracedRoutine<'a>>>,
    /// Those of which it is not known where they stand.
    pub(super) unplaced: Vec<&'a ObjectName>,
}

/// A function or procedure in a script.
#[derive(Debug)]
pub(super) struct TracedRoutine<'a> {
    /// What it is called.
    pub(super) name: &'a ObjectName,
    /// The line of the statement that made it.
    pub(super) line: u32,
    /// How many test files called it.
    pub(super) calls: usize,
    /// Its lines with a statement or a branch. Where nothing is known of these, the statement that made it counts as one,
    /// which a call reaches.
    pub(super) lines: BTreeMap<u32, TracedLine>,
}

/// A line of a script.
#[derive(Debug, Clone, Default)]
pub(super) struct TracedLine {
    /// How many test files reached a statement that begins here, the greatest number where there are several.
    statements: Option<usize>,
    /// How many reached what the branches here belong to.
    owners: usize,
    /// The branches, together by what they belong to: how many test files took each.
    pub(super) branches: Vec<Vec<usize>>,
}

impl TracedLine {
    /// How many test files reached it. A line without a statement (`ELSIF`, `ELSE`, `WHEN`) is reached with the statement
    /// that it is a part of.
    pub(super) fn hits(&self) -> usize {
        let taken = self.branches.iter().flatten().max();
        let reached = self.statements.unwrap_or(self.owners);
        reached.max(taken.copied().unwrap_or(0))
    }

    /// How many of its branches were taken.
    pub(super) fn taken(&self) -> Share {
        let branches = self.branches.iter().flatten();
        Share {
            part: branches.clone().filter(|taken| **taken > 0).count(),
            whole: branches.count(),
        }
    }

    fn merge(&mut self, other: &Self) {
        self.statements = self.statements.max(other.statements);
        self.owners = self.owners.max(other.owners);
        self.branches.extend(other.branches.iter().cloned());
    }
}

impl<'a> Traced<'a> {
    /// The functions and procedures that count.
    pub(super) fn of(account: &Account<'a>) -> Self {
        let mut traced = Self::default();
        let is_traced = |kind| matches!(kind, Kind::Function | Kind::Procedure);
        for counted in account.counting() {
            let object = counted.object;
            let name = &object.object.name;
            if !is_traced(name.kind) {
                continue;
            }
            match TracedRoutine::of(object) {
                Some((file, routine)) => traced.scripts.entry(file).or_default().push(routine),
                None => traced.unplaced.push(name),
            }
        }
        for routines in traced.scripts.values_mut() {
            routines.sort_by_key(|routine| (routine.line, routine.name));
        }
        traced
    }
}

impl<'a> TracedRoutine<'a> {
    /// A routine, and its script; none where it is not known where its body stands.
    fn of(object: &'a CoveredObject) -> Option<(&'a str, Self)> {
        let logic = object.logic.as_ref();
        let located = logic.and_then(|it| it.located.as_ref());
        let has_points = logic.is_some_and(|it| !it.logic.points.is_empty());
        let (file, line) = match located {
            Some(located) => (located.file.as_str(), located.statement),
            None if has_points => return None,
            None => {
                let made = object.object.made_at.as_ref()?;
                (made.file.as_str(), made.line)
            }
        };
        let calls = calls(object);
        let lines = match logic.zip(located) {
            Some((logic, located)) if has_points => lines(logic, &located.lines, calls),
            _ => {
                let called = TracedLine {
                    statements: Some(calls),
                    ..TracedLine::default()
                };
                BTreeMap::from([(line, called)])
            }
        };
        let routine = Self {
            name: &object.object.name,
            line,
            calls,
            lines,
        };
        Some((file, routine))
    }
}

/// How many test files a routine was called in.
fn calls(object: &CoveredObject) -> usize {
    let runs = object.exercised.get(&Behaviour::Runs);
    let logic = object.logic.as_ref();
    // Whoever reached a statement has called it.
    let hits = logic.into_iter().flat_map(|logic| logic.hits.values());
    let places = runs.into_iter().chain(hits).flatten();
    let files: BTreeSet<&str> = places.map(|place| place.file.as_str()).collect();
    files.len()
}

/// The lines of a routine that was called in so many test files; each of its points has one.
fn lines(logic: &CoveredLogic, of_points: &[u32], calls: usize) -> BTreeMap<u32, TracedLine> {
    let points = &logic.logic.points;
    let mut lines: BTreeMap<u32, TracedLine> = BTreeMap::new();
    let mut blocks: BTreeMap<(u32, Option<usize>), Vec<usize>> = BTreeMap::new();
    for (point, line) in points.iter().zip(of_points) {
        let hits = logic.test_files(point);
        let at = lines.entry(*line).or_default();
        if point.kind.is_branch() {
            let owner = point.of.and_then(|of| points.get(of));
            let reached = owner.map_or(calls, |owner| logic.test_files(owner));
            at.owners = at.owners.max(reached);
            blocks.entry((*line, point.of)).or_default().push(hits);
        } else {
            at.statements = at.statements.max(Some(hits));
        }
    }
    for ((line, _), branches) in blocks {
        lines.entry(line).or_default().branches.push(branches);
    }
    lines
}

/// The lines of several routines of one script.
pub(super) fn lines_of<'r>(
    routines: impl IntoIterator<Item = &'r TracedRoutine<'r>>,
) -> BTreeMap<u32, TracedLine> {
    let mut merged: BTreeMap<u32, TracedLine> = BTreeMap::new();
    for (line, traced) in routines.into_iter().flat_map(|it| &it.lines) {
        merged.entry(*line).or_default().merge(traced);
    }
    merged
}

/// How many of these lines were reached, and of their branches taken.
pub(super) fn shares(lines: &BTreeMap<u32, TracedLine>) -> [Share; 2] {
    let nothing = Share { part: 0, whole: 0 };
    lines.values().fold([nothing; 2], |[reached, taken], line| {
        let of_line = Share {
            part: usize::from(line.hits() > 0),
            whole: 1,
        };
        [sum(reached, of_line), sum(taken, line.taken())]
    })
}

/// So many of so many, and further ones.
pub(super) fn sum(one: Share, other: Share) -> Share {
    Share {
        part: one.part + other.part,
        whole: one.whole + other.whole,
    }
}

/// What people have to know of an account in a form that tells of files and lines: the functions that cannot be in it.
pub fn untraced(account: &Account<'_>) -> Option<String> {
    let unplaced = Traced::of(account).unplaced;
    let names: Vec<String> = unplaced.iter().take(NAMED).map(|it| it.path()).collect();
    let number = unplaced.len();
    let (are, their) = if number == 1 {
        ("is", "its body stands")
    } else {
        ("are", "their bodies stand")
    };
    let more = match number.saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(", and {more} more"),
    };
    let text = format!(
        "{} {are} left out of this form, since it is not known where in the scripts {their}: {}{more}",
        count_of(number, "function"),
        one_line(&names.join(", "))
    );
    (number > 0).then_some(text)
}
