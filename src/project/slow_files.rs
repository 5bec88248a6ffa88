//! Slow files: those that took long when they last ran, so that they can begin first, and none of them is left running
//! alone at the end.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{FileResult, TestFile};

/// What took less is over before its place in the order could matter, in seconds.
const SLOW: f64 = 0.1;

/// For each file that was slow, by its path as shown, its class: how often its time can be halved until it is no longer
/// slow. Files of one class keep their order, so that a run is not shuffled by chance.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct SlowFiles(BTreeMap<String, u32>);

impl SlowFiles {
    /// How long the slowest of these files takes: its class plus one; 0 when none of them is known to be slow.
    pub(super) fn class_of(&self, files: &[TestFile]) -> u32 {
        let known = files.iter().filter_map(|file| self.0.get(&*file.shown));
        known.copied().max().map_or(0, |class| class + 1)
    }

    /// Takes in what files came to; returns whether that changed anything.
    pub(super) fn add(&mut self, results: &[FileResult]) -> bool {
        let before = self.0.clone();
        for result in results {
            match class(result.elapsed.as_secs_f64()) {
                Some(class) => self.0.insert(result.file.to_string(), class),
                None => self.0.remove(&*result.file),
            };
        }
        self.0 != before
    }

    /// Forgets files that are gone.
    pub(super) fn retain(&mut self, is_there: impl Fn(&str) -> bool) {
        self.0.retain(|file, _| is_there(file));
    }
}

/// The class of a time in seconds; none where it is not slow.
fn class(seconds: f64) -> Option<u32> {
    let mut class = 0;
    let mut bound = SLOW;
    if seconds < bound {
        return None;
    }
    while seconds >= bound * 2.0 && class < 32 {
        bound *= 2.0;
        class += 1;
    }
    Some(class)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_the_class_of_its_power_of_two() {
        for (seconds, expected) in [
            (0.0, None),
            (0.099, None),
            (0.1, Some(0)),
            (0.19, Some(0)),
            (0.2, Some(1)),
            (1.0, Some(3)),
            (60.0, Some(9)),
            (f64::INFINITY, Some(32)),
        ] {
            assert_eq!(class(seconds), expected, "{seconds}");
        }
    }
}
