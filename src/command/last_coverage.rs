//! The coverage report of a project's last run that measured it, and the totals of those before: in the cache directory.

use std::fs;
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::cluster::{Cache, CacheKey};
use crate::coverage::CoverageReport;

/// The directory in which the reports of all projects lie.
const DIRECTORY: &str = "coverage";

/// Where it lies.
pub(super) struct LastCoverage {
    path: PathBuf,
    cache: Cache,
}

impl LastCoverage {
    /// Where the reports of all projects lie.
    pub(super) fn directory(cache_dir: &Path) -> PathBuf {
        cache_dir.join(DIRECTORY)
    }

    /// That of the project in this directory.
    pub(super) fn of(cache_dir: &Path, project_dir: &Path) -> Self {
        let key = CacheKey::hash_of([b"coverage".as_slice(), project_dir.as_os_str().as_bytes()]);
        Self {
            path: Self::directory(cache_dir).join(format!("{key}.json")),
            cache: Cache::new(cache_dir),
        }
    }

    /// Keeps a report in the place of the one before, whole or not at all.
    ///
    /// # Errors
    /// In words.
    pub(super) fn keep(&self, report: &CoverageReport) -> Result<(), String> {
        let keep = || -> io::Result<()> {
            let directory = self.path.parent().unwrap_or(&self.path);
            fs::create_dir_all(directory)?;
            let mut file = tempfile::Builder::new()
                .prefix(".new-")
                .tempfile_in(directory)?;
            serde_json::to_writer(&mut file, report)?;
            file.flush()?;
            file.persist(&self.path).map_err(|error| error.error)?;
            Ok(())
        };
        let prepared = self.cache.prepare().map_err(|error| error.to_string());
        prepared
            .and_then(|()| keep().map_err(|error| error.to_string()))
            .map_err(|error| {
                format!(
                    "cannot keep the coverage of this run in {}: {error}",
                    self.path.display()
                )
            })
    }

    /// Reads the report; none where no run measured coverage yet.
    ///
    /// # Errors
    /// In words.
    pub(super) fn read(&self) -> Result<Option<CoverageReport>, String> {
        match fs::read(&self.path) {
            Ok(text) => CoverageReport::parse(&text).map(Some).map_err(|error| {
                format!("the coverage of the last run cannot be read: {error}; measure it again")
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(format!(
                "cannot read the coverage of the last run in {}: {error}",
                self.path.display()
            )),
        }
    }
}
