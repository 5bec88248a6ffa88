//! The coverage report of a project's last run that measured it, and the totals of those before: in the cache directory,
//! for each profile of the settings its own.

use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::cluster::{CacheKey, Kept, KeptFile};
use crate::coverage::{CoverageReport, REPORT_FORMAT, Totals};

/// The figures of so many runs are kept.
const MOST_EARLIER: usize = 50;

/// What is kept.
#[derive(Serialize, Deserialize)]
struct Last {
    format: u32,
    /// The figures of the report, where it is one of all test files.
    totals: Option<Totals>,
    /// Those of earlier runs, the oldest first.
    earlier: Vec<Totals>,
    report: CoverageReport,
}

impl Kept for Last {
    /// That of the report, which is the most of it.
    const FORMAT: u32 = REPORT_FORMAT;
}

/// Where it lies.
pub(super) struct LastCoverage {
    file: KeptFile,
}

impl LastCoverage {
    /// The directory of the cache in which the reports of all projects lie.
    pub(super) const DIRECTORY: &str = "coverage";

    /// That of the project in this directory, with this profile of its settings. Profiles have databases of their own: what
    /// one measured is no earlier run of another.
    pub(super) fn of(cache_dir: &Path, project_dir: &Path, profile: Option<&str>) -> Self {
        let directory = project_dir.as_os_str().as_bytes();
        let parts = [b"coverage".as_slice(), directory];
        let key = CacheKey::hash_of(parts.into_iter().chain(profile.map(str::as_bytes)));
        Self {
            file: KeptFile::new(cache_dir, Self::DIRECTORY, &key),
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
        let kept = self.file.update(|before| {
            // One that cannot be read has nothing to tell.
            let before: Option<Last> = before.ok().flatten();
            let mut earlier = before.map_or_else(Vec::new, |mut before| {
                before.earlier.extend(before.totals);
                before.earlier
            });
            earlier.drain(..earlier.len().saturating_sub(MOST_EARLIER));
            Ok(Last {
                format: REPORT_FORMAT,
                totals: (!report.is_part).then_some(totals),
                earlier,
                report: report.clone(),
            })
        });
        kept.map(|kept| kept.earlier).map_err(|error| {
            format!(
                "cannot keep the coverage of this run in {}: {error}",
                self.file.path().display()
            )
        })
    }

    /// Reads the report, and the figures of the runs before; none where no run measured coverage yet.
    ///
    /// # Errors
    /// In words.
    pub(super) fn read(&self) -> Result<Option<(CoverageReport, Vec<Totals>)>, String> {
        let kept: Option<Last> = self.file.read().map_err(|error| {
            format!(
                "the coverage of the last run cannot be read from {}: {error}; measure it again with `pgassay test --coverage`",
                self.file.path().display()
            )
        })?;
        Ok(kept.map(|kept| (kept.report, kept.earlier)))
    }
}
