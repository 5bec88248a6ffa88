//! The coverage report of a project's last run that measured it, and the totals of those before: in the cache directory.

use std::borrow::Cow;
use std::fs;
use std::io::{self, BufWriter, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::cluster::{Cache, CacheKey};
use crate::coverage::{CoverageReport, REPORT_FORMAT, Totals, UnreadableReport};

/// The directory in which the reports of all projects lie.
const DIRECTORY: &str = "coverage";

/// The figures of so many runs are kept.
const MOST_EARLIER: usize = 50;

/// What is kept.
#[derive(Serialize, Deserialize)]
struct Kept<'a> {
    /// The figures of the report, where it is one of all test files.
    totals: Option<Totals>,
    /// Those of earlier runs, the oldest first.
    earlier: Vec<Totals>,
    report: Cow<'a, CoverageReport>,
}

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

    /// Keeps a report in the place of the one before, whole or not at all, and of that one the figures. Returns the figures
    /// of the runs before.
    ///
    /// # Errors
    /// In words.
    pub(super) fn keep(
        &self,
        report: &CoverageReport,
        totals: Totals,
    ) -> Result<Vec<Totals>, String> {
        // One that cannot be read has nothing to tell.
        let before = self.load().ok().flatten();
        let mut earlier = before.map_or_else(Vec::new, |mut before| {
            before.earlier.extend(before.totals);
            before.earlier
        });
        earlier.drain(..earlier.len().saturating_sub(MOST_EARLIER));
        let kept = Kept {
            totals: (!report.is_part).then_some(totals),
            earlier,
            report: Cow::Borrowed(report),
        };
        let keep = || -> io::Result<()> {
            let directory = self.path.parent().unwrap_or(&self.path);
            fs::create_dir_all(directory)?;
            let mut file = tempfile::Builder::new()
                .prefix(".new-")
                .tempfile_in(directory)?;
            let mut writer = BufWriter::new(&mut file);
            serde_json::to_writer(&mut writer, &kept)?;
            writer.flush()?;
            drop(writer);
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
            })?;
        Ok(kept.earlier)
    }

    /// Reads the report, and the figures of the runs before; none where no run measured coverage yet.
    ///
    /// # Errors
    /// In words.
    pub(super) fn read(&self) -> Result<Option<(CoverageReport, Vec<Totals>)>, String> {
        let kept = self.load().map_err(|error| {
            format!(
                "the coverage of the last run cannot be read from {}: {error}; measure it again",
                self.path.display()
            )
        })?;
        Ok(kept.map(|kept| (kept.report.into_owned(), kept.earlier)))
    }

    fn load(&self) -> Result<Option<Kept<'static>>, String> {
        match fs::read(&self.path) {
            Ok(text) => {
                let kept: Kept<'static> =
                    serde_json::from_slice(&text).map_err(|error| error.to_string())?;
                if kept.report.format == REPORT_FORMAT {
                    Ok(Some(kept))
                } else {
                    Err(UnreadableReport::Format(kept.report.format).to_string())
                }
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.to_string()),
        }
    }
}
