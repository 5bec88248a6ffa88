//! `pgassay coverage`: reports of what the tests assert and exercise of the schema.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::last_coverage::LastCoverage;
use super::report_file::ReportFile;
use super::{Error, Exit, print};
use crate::cli::{CoverageArgs, CoverageFormat, GlobalArgs};
use crate::coverage::CoverageReport;
use crate::settings::{Environment, ProjectPlaces};

pub(super) fn run(
    global: &GlobalArgs,
    arguments: &CoverageArgs,
    environment: &Environment,
) -> Result<Exit, Error> {
    let places = ProjectPlaces::resolve(global, environment)?;
    let typed = |path: &PathBuf| places.working_dir.join(path);
    let report = match arguments.reports.as_slice() {
        [] => last(&places)?,
        [first, others @ ..] => {
            let mut report = read(&typed(first))?;
            for other in others {
                report.merge(read(&typed(other))?);
            }
            report
        }
    };
    let text = match arguments.format {
        CoverageFormat::Json => serde_json::to_vec_pretty(&report)?,
    };
    match &arguments.output {
        Some(path) => {
            write(&typed(path), &text)?;
            Ok(Exit::Success)
        }
        None => print(&text),
    }
}

/// The report of the last run of the project that measured coverage.
fn last(places: &ProjectPlaces) -> Result<CoverageReport, Error> {
    let last = LastCoverage::of(&places.cache_dir, &places.project_dir);
    last.read()?.ok_or_else(|| {
        format!(
            "no run of the project in {} has measured coverage yet: run `pgassay test --coverage` first, or name reports",
            places.project_dir.display()
        )
        .into()
    })
}

/// A report that was written to a file.
fn read(path: &Path) -> Result<CoverageReport, Error> {
    let text = fs::read(path).map_err(|error| {
        format!(
            "cannot read the coverage report {}: {error}",
            path.display()
        )
    })?;
    let report =
        CoverageReport::parse(&text).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(report)
}

fn write(path: &Path, text: &[u8]) -> Result<(), Error> {
    let write = || {
        let mut file = ReportFile::open(path)?;
        file.write_all(text)?;
        file.settle(path)
    };
    write().map_err(|error| {
        format!(
            "cannot write the coverage report {}: {error}",
            path.display()
        )
        .into()
    })
}
