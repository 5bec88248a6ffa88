//! The file in the cache directory that keeps a project's saved state between runs.

use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::SystemTime;

use crate::cluster::{CacheKey, Kept, KeptFile, KeptFileError};
use crate::event::{FileOutcome, Verdict};
use crate::project::{FileResult, SavedState, TestFile};
use crate::settings::Settings;
use crate::tap::Directive;

/// The state and where it lies.
pub(super) struct StateFile {
    file: KeptFile,
    state: SavedState,
    trouble: Option<String>,
}

impl Kept for SavedState {
    const FORMAT: u32 = Self::FORMAT;
}

impl StateFile {
    /// The directory of the cache in which the states of all projects lie.
    pub(super) const DIRECTORY: &str = "state";

    /// Reads the state of a project; none where the cache is not wanted, unless the settings ask for the state. One that
    /// is damaged, or that somebody else could have written, counts as none.
    pub(super) fn read(settings: &Settings) -> Option<Self> {
        if settings.no_cache && !settings.state.chooses() && !settings.state.save {
            return None;
        }
        let key = CacheKey::hash_of([
            b"state".as_slice(),
            settings.project_dir.as_os_str().as_bytes(),
        ]);
        let file = KeptFile::new(&settings.cache_dir, Self::DIRECTORY, &key);
        let loaded = file.read().map(Option::unwrap_or_default);
        let loaded = loaded.map_err(|error| match error {
            KeptFileError::Cache(error) => error.to_string(),
            error => format!("{}: {error}", file.path().display()),
        });
        let (state, trouble) = match loaded {
            Ok(state) => (state, None),
            Err(error) => {
                let text = format!(
                    "what earlier runs came to cannot be read and counts as unknown: {error}"
                );
                (SavedState::default(), Some(text))
            }
        };
        Some(Self {
            file,
            state,
            trouble,
        })
    }

    /// What it holds.
    pub(super) fn state(&self) -> &SavedState {
        &self.state
    }

    /// What is to be said of it.
    pub(super) fn remark(&self) -> Option<String> {
        self.trouble.clone().or_else(|| {
            let text = "no run of this project was saved yet; `--state save` saves one";
            self.state.is_empty().then(|| text.to_owned())
        })
    }

    /// Takes in how long the files took, for the order of later runs. That it cannot be kept is no news: a cache that
    /// cannot be written to is told of by whoever keeps the template.
    pub(super) fn remember_times(mut self, project_dir: &Path, results: &[FileResult]) {
        // One that cannot be read may be of use to somebody else.
        if self.trouble.is_none() && self.state.add_times(results) {
            let _ = self.update(|state| {
                state.forget_slow(|shown| project_dir.join(shown).is_file());
                state.add_times(results);
            });
        }
    }

    /// Saves a run: the results of those files that ran, in the order in which they stood.
    ///
    /// # Errors
    /// In words.
    pub(super) fn save(
        self,
        project_dir: &Path,
        order: &[TestFile],
        results: &[FileResult],
    ) -> Result<(), String> {
        let place = |result: &FileResult| order.iter().position(|file| file.shown == result.file);
        let mut results = results.to_vec();
        results.sort_by_cached_key(place);
        let saved = self.update(|state| {
            state.retain(|shown| project_dir.join(shown).is_file());
            state.add_run(&results, SystemTime::now());
            state.add_times(&results);
        });
        saved.map_err(|error| {
            format!(
                "cannot save what this run came to in {}: {error}",
                self.file.path().display()
            )
        })
    }

    /// Changes the state that lies there by now. One that is damaged counts as empty; one of another version of pgassay
    /// stays as it is.
    fn update(&self, change: impl FnOnce(&mut SavedState)) -> Result<(), KeptFileError> {
        let changed = self.file.update(|found| {
            let mut state: SavedState = match found {
                Err(KeptFileError::Damaged(_)) => SavedState::default(),
                found => found?.unwrap_or_default(),
            };
            change(&mut state);
            Ok(state)
        });
        changed.map(drop)
    }
}

/// What of an outcome is saved.
pub(super) fn result_of(outcome: &FileOutcome) -> FileResult {
    let failures = match outcome.verdict {
        Verdict::Passed | Verdict::Skipped => 0,
        Verdict::Failed | Verdict::Broken => {
            (outcome.failed_assertions().count() + outcome.reasons.len()).max(1) as u64
        }
    };
    let assertions = outcome.report.assertions.iter();
    let todo = assertions
        .filter(|assertion| matches!(assertion.directive, Some(Directive::Todo(_))))
        .count() as u64;
    FileResult {
        file: outcome.file.clone(),
        failures,
        todo,
        elapsed: outcome.elapsed,
    }
}
