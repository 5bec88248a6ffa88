//! The saved state: what earlier runs of a project's test files came to, and which files `--state` chooses by it.

use std::collections::{BTreeMap, HashSet};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::TestFile;
use super::slow_files::SlowFiles;
use crate::settings::{Choice, ChoiceKind};

/// Changed whenever the file's form changes.
const FORMAT: u32 = 1;

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

/// Why a state is of no use.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// It cannot be read.
    #[error(transparent)]
    System(io::Error),
    /// It is not what was written.
    #[error("{0}")]
    Damaged(serde_json::Error),
    /// Its form is another.
    #[error("another version of pgassay wrote it; `pgassay cache clean` removes it")]
    OtherVersion,
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
    /// Where the state of a project lies in a cache directory.
    pub fn path(cache_dir: &Path, name: &str) -> PathBuf {
        Self::directory(cache_dir).join(format!("{name}.json"))
    }

    /// Where the states of all projects lie.
    pub fn directory(cache_dir: &Path) -> PathBuf {
        cache_dir.join("state")
    }

    /// Reads the state; an empty one where none was saved.
    ///
    /// # Errors
    /// Why what lies there is of no use.
    pub fn load(path: &Path) -> Result<Self, Unreadable> {
        /// All that versions of pgassay agree on.
        #[derive(Deserialize)]
        struct Form {
            format: u32,
        }
        let text = match fs::read(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(Unreadable::System(error)),
        };
        match serde_json::from_slice(&text) {
            Ok(Form { format: FORMAT }) => {
                serde_json::from_slice(&text).map_err(Unreadable::Damaged)
            }
            Ok(_) => Err(Unreadable::OtherVersion),
            Err(error) => Err(Unreadable::Damaged(error)),
        }
    }

    /// Writes the state, whole or not at all.
    ///
    /// # Errors
    /// The system's error.
    pub fn save(&self, path: &Path) -> io::Result<()> {
        let directory = path.parent().unwrap_or(path);
        fs::create_dir_all(directory)?;
        let mut file = tempfile::Builder::new()
            .prefix(".new-")
            .tempfile_in(directory)?;
        file.write_all(&serde_json::to_vec(self)?)?;
        file.persist(path).map(drop).map_err(|error| error.error)
    }

    /// Changes the state that lies there by now, so that runs side by side do not lose each other's results; `lock` locks
    /// its directory. One that is damaged counts as empty; one of another version of pgassay stays as it is.
    ///
    /// # Errors
    /// The system's error, or that of [`load`](Self::load).
    pub fn update(
        path: &Path,
        lock: impl FnOnce(&File) -> io::Result<()>,
        change: impl FnOnce(&mut Self),
    ) -> io::Result<()> {
        let directory = path.parent().unwrap_or(path);
        fs::create_dir_all(directory)?;
        // Nobody else changes a state until this is closed.
        let held = File::open(directory)?;
        lock(&held)?;
        let mut state = match Self::load(path) {
            Ok(state) => state,
            Err(Unreadable::Damaged(_)) => Self::default(),
            Err(Unreadable::System(error)) => return Err(error),
            Err(Unreadable::OtherVersion) => {
                return Err(io::Error::other(Unreadable::OtherVersion));
            }
        };
        change(&mut state);
        state.save(path)
    }

    /// Whether no run was saved yet.
    pub fn is_empty(&self) -> bool {
        self.run == 0
    }

    /// Takes up a run: its results, in the order in which the files stood in it.
    pub fn add_run(&mut self, results: &[FileResult], now: SystemTime) {
        self.format = FORMAT;
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
        self.format = FORMAT;
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
    fn runs_side_by_side_keep_each_others_results() {
        let around = tempfile::tempdir().unwrap();
        let path = SavedState::path(around.path(), "project");
        let result = |file: String| FileResult {
            file: file.into(),
            failures: 0,
            todo: 0,
            elapsed: Duration::ZERO,
        };
        std::thread::scope(|scope| {
            for run in 0..4 {
                let path = &path;
                scope.spawn(move || {
                    for number in 0..20 {
                        let results = [result(format!("{run}-{number}.sql"))];
                        SavedState::update(path, File::lock, |state| {
                            state.add_run(&results, SystemTime::now());
                        })
                        .unwrap();
                    }
                });
            }
        });
        let state = SavedState::load(&path).unwrap();
        assert_eq!((state.run, state.files.len()), (80, 80));
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
    fn what_was_saved_is_read_again_and_what_is_damaged_is_told() {
        let directory = tempfile::tempdir().unwrap();
        let path = SavedState::path(directory.path(), "x");
        assert!(SavedState::load(&path).unwrap().is_empty());
        let (state, _) = sample(directory.path());
        state.save(&path).unwrap();
        assert_eq!(SavedState::load(&path).unwrap(), state);
        let whole = fs::read(&path).unwrap();
        fs::write(&path, &whole[..whole.len() / 2]).unwrap();
        assert!(SavedState::load(&path).is_err());
        fs::write(
            &path,
            "{\"format\":99,\"run\":1,\"what\":\"we do not know\"}",
        )
        .unwrap();
        let newer = fs::read(&path).unwrap();
        assert!(matches!(
            SavedState::load(&path),
            Err(Unreadable::OtherVersion)
        ));
        let updated = SavedState::update(&path, File::lock, |state| state.add_run(&[], at(1)));
        assert!(updated.is_err());
        assert_eq!(fs::read(&path).unwrap(), newer);
    }
}
