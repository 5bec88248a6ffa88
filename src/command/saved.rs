//! The file in the cache directory that keeps a project's saved state between runs.

use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::cluster::{Cache, CacheKey, lock_alone};
use crate::event::{FileOutcome, Verdict};
use crate::project::{FileResult, SavedState, TestFile};
use crate::settings::Settings;
use crate::tap::Directive;

/// The state and where it lies.
pub(super) struct StateFile {
    path: PathBuf,
    cache: Cache,
    state: SavedState,
    trouble: Option<String>,
}

impl StateFile {
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
        let path = SavedState::path(&settings.cache_dir, &key);
        let cache = Cache::new(&settings.cache_dir);
        let loaded = cache
            .check()
            .map_err(|error| error.to_string())
            .and_then(|()| {
                SavedState::load(&path).map_err(|error| format!("{}: {error}", path.display()))
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
            path,
            cache,
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
        if self.trouble.is_none() && self.state.add_times(results) && self.cache.prepare().is_ok() {
            let _ = SavedState::update(&self.path, lock_alone, |state| {
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
        let saved = self
            .cache
            .prepare()
            .map_err(|error| error.to_string())
            .and_then(|()| {
                SavedState::update(&self.path, lock_alone, |state| {
                    state.retain(|shown| project_dir.join(shown).is_file());
                    state.add_run(&results, SystemTime::now());
                    state.add_times(&results);
                })
                .map_err(|error| error.to_string())
            });
        saved.map_err(|error| {
            format!(
                "cannot save what this run came to in {}: {error}",
                self.path.display()
            )
        })
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
