//! `pgassay coverage`: reports of what the tests assert and exercise of the schema.

use std::fs;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use super::last_coverage::LastCoverage;
use super::reckoning::{Reckoning, text_options};
use super::report_file::ReportFile;
use super::{Error, Exit, complain, print};
use crate::cli::{CoverageArgs, CoverageFormat, GlobalArgs};
use crate::coverage::{Account, Baseline, CoverageReport, Totals};
use crate::settings::{Environment, ProjectPlaces};

pub(super) fn run(
    global: &GlobalArgs,
    arguments: &CoverageArgs,
    environment: &Environment,
) -> Result<Exit, Error> {
    let mut places = ProjectPlaces::resolve(global, environment)?;
    let working_dir = places.working_dir.clone();
    let typed = |path: &PathBuf| working_dir.join(path);
    if let Some(path) = &arguments.baseline {
        places.coverage.baseline = Some(typed(path));
    }
    if let Some(revision) = &arguments.since {
        places.coverage.since = Some(revision.clone());
    }
    let (report, earlier) = match arguments.reports.as_slice() {
        [] => last(&places)?,
        [first, others @ ..] => {
            let mut report = read(&typed(first))?;
            for other in others {
                report.merge(read(&typed(other))?);
            }
            (report, Vec::new())
        }
    };
    let reckoning = Reckoning {
        report: &report,
        settings: &places.coverage,
        project_dir: &places.project_dir,
        earlier: &earlier,
    };
    let account = Account::new(&report, &places.coverage.exclusions);
    if arguments.update_baseline {
        if report.is_part {
            return Err(
                "only a part of the test files ran, which is no baseline: run all of them".into(),
            );
        }
        update_baseline(places.coverage.baseline.as_deref(), &account)?;
    }
    let mut failures = Vec::new();
    let complaints = if report.is_part && arguments.since.is_none() {
        complain("only a part of the test files ran, so nothing is asked of these figures");
        Vec::new()
    } else {
        reckoning.complaints(&account, &mut failures)
    };
    let is_colored = arguments.output.is_none() && places.color.is_on(io::stdout().is_terminal());
    let options = text_options(is_colored);
    let text = reckoning.written(&account, &complaints, arguments.format, options)?;
    match &arguments.output {
        Some(path) => write("coverage report", &typed(path), text.as_bytes())?,
        None => {
            print(text.as_bytes())?;
        }
    }
    for failure in &failures {
        complain(failure);
    }
    if arguments.format != CoverageFormat::Text || arguments.output.is_some() {
        for complaint in &complaints {
            complain(&complaint.what);
        }
    }
    Ok(match (failures.is_empty(), complaints.is_empty()) {
        (false, _) => Exit::Error,
        (true, false) => Exit::Threshold,
        (true, true) => Exit::Success,
    })
}

/// The report of the last run of the project that measured coverage, and the figures of those before it.
fn last(places: &ProjectPlaces) -> Result<(CoverageReport, Vec<Totals>), Error> {
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
    let report = CoverageReport::parse(&text).map_err(|error| {
        format!(
            "{}: {error}; `pgassay coverage --format data` writes what can be read again",
            path.display()
        )
    })?;
    Ok(report)
}

fn update_baseline(path: Option<&Path>, account: &Account<'_>) -> Result<(), Error> {
    let Some(path) = path else {
        return Err(
            "there is no baseline to be written: say `--baseline FILE`, or `coverage.baseline` in pgassay.toml".into(),
        );
    };
    let mut text = serde_json::to_vec_pretty(&Baseline::of(account))?;
    text.push(b'\n');
    write("coverage baseline", path, &text)
}

fn write(what: &str, path: &Path, text: &[u8]) -> Result<(), Error> {
    let write = || {
        let mut file = ReportFile::open(path)?;
        file.write_all(text)?;
        file.settle(path)
    };
    write().map_err(|error| format!("cannot write the {what} {}: {error}", path.display()).into())
}
