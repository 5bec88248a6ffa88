//! The saved state: what earlier runs of a project's test files came to, and which files `--state` chooses by it.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::TestFile;
use super::slow_files::SlowFiles;
use crate::settings::{Choice, ChoiceKind};

/// What is known of earlier runs.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SavedState {
    format: u32,
    /// The number of the last run that was saved, from 1; 0 before there was one.
    run: u64,
    /// When it was saved, in seconds since 1970.
    saved_at: f64,
    /// The files that ran, by their paths as shown.
    files: BTreeMap<String, FileRecord>,
    /// Those that took long when they last ran, whether or not that run was saved.
    #[serde(default)]
    slow: SlowFiles,
}

/// What is known of one file: its last run that was saved.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct FileRecord {
    /// The run's number.
    run: u64,
    /// Its place in that run.
    place: usize,
    /// How much was wrong with it; 0 when it passed.
    failures: u64,
    todo: u64,
    /// In seconds.
    elapsed: f64,
    /// When it failed last, in seconds since 1970.
    failed_at: Option<f64>,
}

/// What a file came to in the run that is saved.
#[derive(Debug, Clone, PartialEq)]
pub struct FileResult {
    /// The file, as shown.
    pub file: Arc<str>,
    /// How much was wrong with it; 0 when it passed.
    pub failures: u64,
    /// How many TODO assertions it has.
    pub todo: u64,
    /// How long it ran.
    pub elapsed: Duration,
}

impl SavedState {
    /// Changed whenever its form changes.
    pub const FORMAT: u32 = 1;

    /// Whether no run was saved yet.
    pub fn is_empty(&self) -> bool {
        self.run == 0
    }

    /// Takes up a run: its results, in the order in which the files stood in it.
    pub fn add_run(&mut self, results: &[FileResult], now: SystemTime) {
        self.format = Self::FORMAT;
        self.run += 1;
        self.saved_at = seconds(now);
        for (place, result) in results.iter().enumerate() {
            let record = self.files.entry(result.file.to_string()).or_default();
            record.run = self.run;
            record.place = place;
            record.failures = result.failures;
            record.todo = result.todo;
            record.elapsed = result.elapsed.as_secs_f64();
            if result.failures > 0 {
                record.failed_at = Some(self.saved_at);
            }
        }
    }

    /// Takes in how long files took, of a run that need not be saved; returns whether that is news.
    pub fn add_times(&mut self, results: &[FileResult]) -> bool {
        self.format = Self::FORMAT;
        self.slow.add(results)
    }

    /// How long the slowest of these files is known to take: a class, the higher the longer, and 0 for what is over soon.
    pub fn slowness(&self, files: &[TestFile]) -> u32 {
        self.slow.class_of(files)
    }

    /// Forgets how long files took that are gone.
    pub fn forget_slow(&mut self, is_there: impl Fn(&str) -> bool) {
        self.slow.retain(is_there);
    }

    /// Forgets files that are gone.
    pub fn retain(&mut self, is_there: impl Fn(&str) -> bool) {
        self.forget_slow(&is_there);
        self.files.retain(|file, _| is_there(file));
    }

    /// The files that the choices want, those of the first one first, each once. A group stays whole and in order.
    pub fn choose(&self, files: &[TestFile], choices: &[Choice]) -> Vec<TestFile> {
        let chosen = choices.iter().flat_map(|choice| {
            let mut chosen = self.chosen(files, choice.kind);
            chosen.truncate(choice.limit.unwrap_or(usize::MAX));
            chosen
        });
        let mut taken = HashSet::new();
        let mut result = Vec::new();
        for file in chosen {
            let group = file.header.group.as_ref();
            let whole = files.iter().filter(|other| {
                other.path == file.path || group.is_some() && other.header.group.as_ref() == group
            });
            result.extend(whole.filter(|member| taken.insert(&member.path)).cloned());
        }
        result
    }

    fn chosen<'f>(&self, files: &'f [TestFile], kind: ChoiceKind) -> Vec<&'f TestFile> {
        let record = |file: &TestFile| self.files.get(&*file.shown);
        let changed = |file: &TestFile| {
            let changed = fs::metadata(&file.path).and_then(|found| found.modified());
            changed.map_or(0.0, seconds)
        };
        // What an order does not know comes last.
        let known = |wanted: &dyn Fn(&FileRecord) -> bool| {
            let mut known: Vec<(&TestFile, &FileRecord)> = files
                .iter()
                .filter_map(|file| Some((file, record(file)?)))
                .collect();
            known.retain(|(_, record)| wanted(record));
            known
        };
        let sorted = |known: Vec<(&'f TestFile, &FileRecord)>, key: &dyn Fn(&FileRecord) -> f64| {
            let keyed = known.into_iter().map(|(file, record)| (file, key(record)));
            by_key(keyed.collect())
        };
        match kind {
            ChoiceKind::Last => sorted(known(&|record| record.run == self.run), &|record| {
                precise(record.place as u64)
            }),
            ChoiceKind::Failed => sorted(known(&|record| record.failures > 0), &|record| {
                -precise(record.failures)
            }),
            ChoiceKind::Passed => sorted(known(&|record| record.failures == 0), &|_| 0.0),
            ChoiceKind::Hot => sorted(known(&|record| record.failed_at.is_some()), &|record| {
                -record.failed_at.unwrap_or_default()
            }),
            ChoiceKind::Todo => sorted(known(&|record| record.todo > 0), &|record| {
                -precise(record.todo)
            }),
            ChoiceKind::All => files.iter().collect(),
            ChoiceKind::Slow | ChoiceKind::Fast => {
                let sign = if kind == ChoiceKind::Slow { -1.0 } else { 1.0 };
                let keyed = files.iter().map(|file| {
                    let elapsed = record(file).map(|record| sign * record.elapsed);
                    (file, elapsed.unwrap_or(f64::INFINITY))
                });
                by_key(keyed.collect())
            }
            ChoiceKind::New => by_key(files.iter().map(|file| (file, -changed(file))).collect()),
            ChoiceKind::Old => by_key(files.iter().map(|file| (file, changed(file))).collect()),
            ChoiceKind::Fresh => {
                let is_fresh =
                    |file: &&TestFile| record(file).is_none() || changed(file) >= self.saved_at;
                files.iter().filter(is_fresh).collect()
            }
        }
    }
}

/// Sorts by the number; what is equal stays in order.
fn by_key(mut keyed: Vec<(&TestFile, f64)>) -> Vec<&TestFile> {
    keyed.sort_by(|(_, left), (_, right)| left.total_cmp(right));
    keyed.into_iter().map(|(file, _)| file).collect()
}

fn seconds(time: SystemTime) -> f64 {
    time.duration_since(UNIX_EPOCH)
        .map_or(0.0, |since| since.as_secs_f64())
}

#[expect(
    clippy::cast_precision_loss,
    reason = "numbers of files and assertions, which are only compared"
)]
fn precise(number: u64) -> f64 {
    number as f64
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::settings::StateOptions;

    fn file(directory: &Path, name: &str, changed: u64, group: Option<&str>) -> TestFile {
        let path = directory.join(name);
        let open = fs::File::create(&path).unwrap();
        open.set_modified(UNIX_EPOCH + Duration::from_secs(changed))
            .unwrap();
        TestFile {
            path,
            shown: name.into(),
            header: crate::project::Header {
                group: group.map(str::to_owned),
                ..crate::project::Header::default()
            },
            header_problems: Vec::new(),
            pin: None,
            call: None,
        }
    }

    fn result(file: &str, failures: u64, todo: u64, millis: u64) -> FileResult {
        FileResult {
            file: file.into(),
            failures,
            todo,
            elapsed: Duration::from_millis(millis),
        }
    }

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(seconds)
    }

    /// Four files of which the first two runs have seen three: c failed first, then a and b ran again.
    fn sample(directory: &Path) -> (SavedState, Vec<TestFile>) {
        let files = vec![
            file(directory, "a", 300, None),
            file(directory, "b", 100, None),
            file(directory, "c", 50, None),
            file(directory, "new", 10, None),
        ];
        let mut state = SavedState::default();
        state.add_run(
            &[
                result("a", 0, 0, 10),
                result("b", 1, 0, 10),
                result("c", 7, 2, 30),
            ],
            at(150),
        );
        state.add_run(&[result("b", 2, 0, 20), result("a", 0, 5, 10)], at(200));
        (state, files)
    }

    #[test]
    fn each_word_chooses_and_orders_as_in_prove() {
        let directory = tempfile::tempdir().unwrap();
        let (state, files) = sample(directory.path());
        for (list, expected) in [
            ("last", "b a"),
            ("failed", "c b"),
            ("passed", "a"),
            ("all", "a b c new"),
            ("hot", "b c"),
            ("todo", "a c"),
            ("slow", "c b a new"),
            ("fast", "a b c new"),
            ("new", "a b c new"),
            ("old", "new c b a"),
            ("fresh", "a new"),
            ("failed,all", "c b a new"),
            ("hot:1,fast:1", "b a"),
        ] {
            let options = StateOptions::parse(list).unwrap();
            let chosen: Vec<String> = state
                .choose(&files, &options.choices)
                .iter()
                .map(|file| file.shown.to_string())
                .collect();
            assert_eq!(chosen.join(" "), expected, "{list}");
        }
    }

    #[test]
    fn a_group_is_chosen_whole_and_keeps_its_order() {
        let directory = tempfile::tempdir().unwrap();
        let files = ["a", "b", "c"].map(|name| {
            let group = (name != "b").then_some("g");
            file(directory.path(), name, 1, group)
        });
        let mut state = SavedState::default();
        state.add_run(&[result("b", 1, 0, 1), result("c", 2, 0, 1)], at(5));
        let options = StateOptions::parse("failed").unwrap();
        let chosen = state.choose(&files, &options.choices);
        let shown: Vec<&str> = chosen.iter().map(|file| &*file.shown).collect();
        assert_eq!(shown, ["a", "c", "b"]);
    }

    #[test]
    fn what_was_saved_is_read_again() {
        let directory = tempfile::tempdir().unwrap();
        let (state, _) = sample(directory.path());
        let text = serde_json::to_string(&state).unwrap();
        assert!(text.starts_with(&format!("{{\"format\":{},", SavedState::FORMAT)));
        assert_eq!(serde_json::from_str::<SavedState>(&text).unwrap(), state);
    }
}
