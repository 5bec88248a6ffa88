use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Logic, Point, PointKind};
use crate::catalog::Place;
use crate::coverage::Share;

/// The logic of a routine with what was seen of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoveredLogic {
    /// What there is to see.
    #[serde(flatten)]
    pub logic: Logic,
    /// The probes that were reached, each with the steps of tests that did so.
    pub hits: BTreeMap<usize, BTreeSet<Place>>,
    /// Where its body stands, where that is known.
    pub located: Option<Located>,
}

/// Where a body stands in a script.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Located {
    /// The script, as places name it.
    pub file: String,
    /// The line of the statement that made it, from 1.
    pub statement: u32,
    /// The line of each point, in the order of these.
    pub lines: Vec<u32>,
}

impl CoveredLogic {
    /// Each point, and the steps that reached it, if any did.
    pub fn points(&self) -> impl Iterator<Item = (&Point, Option<&BTreeSet<Place>>)> {
        let points = self.logic.points.iter();
        points.map(|point| (point, self.hits.get(&point.probe)))
    }

    /// How many of its statements were reached.
    pub fn statements(&self) -> Share {
        self.share(|kind| kind == PointKind::Statement)
    }

    /// How many of its branches were taken.
    pub fn branches(&self) -> Share {
        self.share(PointKind::is_branch)
    }

    fn share(&self, counts: impl Fn(PointKind) -> bool) -> Share {
        let points = self.points().filter(|(point, _)| counts(point.kind));
        points.fold(Share { part: 0, whole: 0 }, |share, (_, hits)| Share {
            part: share.part + usize::from(hits.is_some()),
            whole: share.whole + 1,
        })
    }

    /// How many test files reached a point.
    pub fn test_files(&self, point: &Point) -> usize {
        let places = self.hits.get(&point.probe).into_iter().flatten();
        let files: BTreeSet<&str> = places.map(|place| place.file.as_str()).collect();
        files.len()
    }

    /// The line of a point by its number: of the script where the body stands, or where that is not known, of the body.
    pub fn line(&self, number: usize) -> Option<usize> {
        let point = self.logic.points.get(number)?;
        let of_script = self.located.as_ref().and_then(|it| it.lines.get(number));
        let of_script = of_script.and_then(|it| usize::try_from(*it).ok());
        Some(of_script.unwrap_or(point.line))
    }

    /// Where each point stands in a script, if that is known, and whether it was reached.
    pub fn places(&self) -> impl Iterator<Item = (Place, bool)> {
        let located = self.located.iter();
        located.flat_map(|located| {
            let points = self.points().zip(&located.lines);
            points.map(|((_, hits), line)| {
                let place = Place {
                    file: located.file.clone(),
                    line: *line,
                };
                (place, hits.is_some())
            })
        })
    }

    /// Where the first of these points stands that was not reached, if that is known.
    pub fn first_missed(&self, counts: impl Fn(PointKind) -> bool) -> Option<Place> {
        let located = self.located.as_ref()?;
        let points = self.points().zip(&located.lines);
        let mut missed = points.filter(|((point, hits), _)| counts(point.kind) && hits.is_none());
        let (_, line) = missed.next()?;
        Some(Place {
            file: located.file.clone(),
            line: *line,
        })
    }

    /// Notes that a step reached a probe. What it cannot know is passed over.
    pub(in crate::coverage) fn hit(&mut self, probe: usize, place: &Place) {
        // Each probe has a point.
        if probe >= self.logic.points.len() {
            return;
        }
        let first = if self.logic.is_in_a_row { 0 } else { probe };
        for probe in first..=probe {
            self.hits.entry(probe).or_default().insert(place.clone());
        }
    }
}
