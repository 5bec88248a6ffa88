//! Changed lines of migrations, and the gate that asks for what they made.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use super::CoveredLogic;
use super::gate::{Blamed, Complaint};
use super::totals::{Account, Counted, Share};
use crate::catalog::Place;

/// Ranges of lines, from 1, by file as places name it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Ranges(BTreeMap<String, Vec<RangeInclusive<u32>>>);

impl Ranges {
    fn add(&mut self, file: &str, lines: RangeInclusive<u32>) {
        let of_file = self.0.entry(file.to_owned()).or_default();
        of_file.push(lines);
    }

    fn contains(&self, place: &Place) -> bool {
        let ranges = self.0.get(&place.file);
        ranges.is_some_and(|all| all.iter().any(|range| range.contains(&place.line)))
    }
}

/// Lines of migrations that were added or changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChangedLines {
    lines: Ranges,
    statements: Ranges,
}

impl ChangedLines {
    /// Adds lines of a file, from 1, and the lines of the statements in which these stand.
    pub fn add(&mut self, file: &str, lines: RangeInclusive<u32>, statements: RangeInclusive<u32>) {
        self.lines.add(file, lines);
        self.statements.add(file, statements);
    }

    /// Whether the statement at a line is one of those in which something has changed.
    pub fn contains(&self, place: &Place) -> bool {
        self.statements.contains(place)
    }

    /// The objects that these lines made or changed and that are neither asserted nor wholly exercised, and the statements
    /// and branches on these lines that were not reached. An object whose
    /// place is not known is not held to it. `since` is what the lines are compared with, for people.
    pub fn complaints(&self, account: &Account<'_>, since: &str) -> Vec<Complaint> {
        let is_changed = |counted: &&Counted<'_>| {
            let object = &counted.object.object;
            let mut places = object.made_at.iter().chain(&object.changed_at);
            places.any(|place| self.contains(place))
        };
        let changed: Vec<&Counted<'_>> = account.counting().filter(is_changed).collect();
        let open: Vec<Blamed> = changed
            .iter()
            .filter(|counted| !counted.level.is_covered())
            .map(|counted| Blamed::new(counted))
            .collect();
        let are = if open.len() == 1 { "is" } else { "are" };
        let what = format!(
            "since {since}: {} of {} objects that migrations made or changed {are} not covered",
            open.len(),
            changed.len()
        );
        let of_objects = (!open.is_empty()).then_some(Complaint {
            what,
            objects: open,
        });
        let of_logic = self.logic(account, since);
        of_objects.into_iter().chain(of_logic).collect()
    }

    /// What of the logic on these lines was not reached.
    fn logic(&self, account: &Account<'_>, since: &str) -> Option<Complaint> {
        let mut changed = Share { part: 0, whole: 0 };
        let mut objects = Vec::new();
        for counted in account.counting() {
            let logic = counted.object.logic.as_ref();
            let places = logic.into_iter().flat_map(CoveredLogic::places);
            let places = places.filter(|(place, _)| self.lines.contains(place));
            let mut missed = Vec::new();
            for (place, is_reached) in places {
                changed.whole += 1;
                changed.part += usize::from(is_reached);
                missed.extend((!is_reached).then_some(place));
            }
            objects.extend(missed.into_iter().min().map(|place| Blamed {
                place: Some(place),
                ..Blamed::new(counted)
            }));
        }
        let open = changed.whole - changed.part;
        let were = if open == 1 { "was" } else { "were" };
        (open > 0).then(|| Complaint {
            what: format!(
                "since {since}: {open} of {} statements and branches on lines that were added or changed {were} not reached",
                changed.whole
            ),
            objects,
        })
    }
}

/// Objects whose lines are not known, so that nobody can say since when they are as they are. What every database begins
/// with is none of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Unfollowed {
    /// How many they are.
    pub objects: usize,
    /// How many of these are not covered.
    pub open: usize,
    /// How many others there are whose lines are known.
    pub followed: usize,
}

impl Unfollowed {
    /// Those of an account.
    pub fn of(account: &Account<'_>) -> Self {
        let mut unfollowed = Self::default();
        for counted in account.counting() {
            let object = &counted.object.object;
            if object.last_touched_at().is_some() {
                unfollowed.followed += 1;
            } else if !object.is_native() {
                unfollowed.objects += 1;
                unfollowed.open += usize::from(!counted.level.is_covered());
            }
        }
        unfollowed
    }

    /// Whether that is all there is.
    pub fn is_all(&self) -> bool {
        self.objects > 0 && self.followed == 0
    }
}
