//! The objects that are not covered, in the order of the migration lines that made them.

use crate::catalog::Place;
use crate::coverage::{Account, Counted, Level};
use crate::report::figures::{count_of, grouped};

/// The uncovered and partly exercised objects of an account: those with a place first, by file and line.
pub(super) fn open_objects<'a, 'r>(account: &'a Account<'r>) -> Vec<&'a Counted<'r>> {
    let mut open: Vec<&Counted<'_>> = account
        .counting()
        .filter(|counted| !counted.level.is_covered())
        .collect();
    // The order of the report, by kind and name, stays within a line.
    open.sort_by_key(|counted| {
        let place = place(counted);
        (place.is_none(), place)
    });
    open
}

/// The line that made or last changed an object.
pub(super) fn place<'r>(counted: &Counted<'r>) -> Option<&'r Place> {
    counted.object.object.last_touched_at()
}

/// What stands beside an object of which only a part was seen.
pub(super) fn remark(counted: &Counted<'_>) -> &'static str {
    match counted.level {
        Level::PartlyExercised => " (partly exercised)",
        _ => "",
    }
}

/// What the list of them is called: `22 uncovered objects, and 4 exercised only in part`.
pub(super) fn title(open: &[&Counted<'_>]) -> String {
    let is_partly = |counted: &&&Counted<'_>| counted.level == Level::PartlyExercised;
    let partly = open.iter().filter(is_partly).count();
    let uncovered = open.len() - partly;
    match (uncovered, partly) {
        (0, _) => format!("{} exercised only in part", count_of(partly, "object")),
        (_, 0) => count_of(uncovered, "uncovered object"),
        _ => format!(
            "{}, and {} exercised only in part",
            count_of(uncovered, "uncovered object"),
            grouped(partly as u64)
        ),
    }
}
