//! Changed lines of migrations, and the gate that asks for what they made.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use super::gate::{Blamed, Complaint};
use super::totals::{Account, Counted};
use crate::catalog::Place;

/// Lines of migrations that were added or changed, by file as places name it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChangedLines {
    files: BTreeMap<String, Vec<RangeInclusive<u32>>>,
}

impl ChangedLines {
    /// Adds lines of a file, from 1.
    pub fn add(&mut self, file: &str, lines: RangeInclusive<u32>) {
        let of_file = self.files.entry(file.to_owned()).or_default();
        of_file.push(lines);
    }

    /// Whether a line is among them.
    pub fn contains(&self, place: &Place) -> bool {
        let ranges = self.files.get(&place.file);
        ranges.is_some_and(|all| all.iter().any(|range| range.contains(&place.line)))
    }

    /// The objects that these lines made or changed and that are neither asserted nor wholly exercised. An object whose
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
        if open.is_empty() {
            return Vec::new();
        }
        let are = if open.len() == 1 { "is" } else { "are" };
        let what = format!(
            "since {since}: {} of {} objects that migrations made or changed {are} not covered",
            open.len(),
            changed.len()
        );
        vec![Complaint {
            what,
            objects: open,
        }]
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
