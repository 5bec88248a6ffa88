//! `pgassay coverage`: reports of what the tests assert and exercise of the schema.

use std::fs;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use super::followed::followed;
use super::last_coverage::LastCoverage;
use super::reckoning::{Reckoning, note_on, text_options};
use super::report_file::ReportFile;
use super::{Error, Exit, complain, print, remark};
use crate::cli::{CoverageArgs, CoverageFormat, GlobalArgs};
use crate::coverage::{Account, Baseline, CoverageReport, Gauge, Totals};
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
    if let Some(least) = arguments.fail_under_branches {
        places.coverage.demand(Gauge::Branches, least);
    }
    let (report, earlier) = match arguments.reports.as_slice() {
        [] => last(&places)?,
        reports => {
            let paths: Vec<PathBuf> = reports.iter().map(typed).collect();
            (together(&paths)?, Vec::new())
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
        if report.failed > 0 {
            return Err(
                "test files failed in the run that was measured, which is no baseline: mend them and measure again".into(),
            );
        }
        update_baseline(places.coverage.baseline.as_deref(), &account)?;
    }
    let mut failures = Vec::new();
    let is_asked = !report.is_part || arguments.since.is_some();
    let mut findings = reckoning.findings(&account, is_asked, &mut failures);
    // What `--since` could not compare is told by that.
    if let (true, Err(error)) = (
        failures.is_empty(),
        followed(&report.sources, &places.project_dir),
    ) {
        findings.notes.push(format!(
            "lines are those of the scripts that were measured: {error}"
        ));
    }
    let is_colored = arguments.output.is_none() && places.color.is_on(io::stdout().is_terminal());
    let options = text_options(is_colored);
    let text = reckoning.written(&account, &findings, arguments.format, options)?;
    match &arguments.output {
        Some(path) => write("coverage report", &typed(path), text.as_bytes())?,
        None => {
            print(text.as_bytes())?;
        }
    }
    if let Some(note) = note_on(arguments.format, &account) {
        remark(&note);
    }
    for failure in &failures {
        complain(failure);
    }
    if arguments.format != CoverageFormat::Text || arguments.output.is_some() {
        for note in &findings.notes {
            remark(note);
        }
        for complaint in &findings.complaints {
            complain(&complaint.what);
        }
    }
    Ok(
        match (failures.is_empty(), findings.complaints.is_empty()) {
            (false, _) => Exit::Error,
            (true, false) => Exit::Threshold,
            (true, true) => Exit::Success,
        },
    )
}

/// The report of the last run of the project that measured coverage, and the figures of those before it.
fn last(places: &ProjectPlaces) -> Result<(CoverageReport, Vec<Totals>), Error> {
    let profile = places.profile.as_deref();
    let last = LastCoverage::of(&places.cache_dir, &places.project_dir, profile);
    last.read()?.ok_or_else(|| {
        let profile = profile.map_or_else(String::new, |name| format!(" with the profile {name}"));
        format!(
            "no run of the project in {}{profile} has measured coverage yet: run `pgassay test --coverage` first, or name reports",
            places.project_dir.display()
        )
        .into()
    })
}

/// Reports that were written to files, put together. They must be of runs of one commit and of one schema.
fn together(paths: &[PathBuf]) -> Result<CoverageReport, Error> {
    let mut reports: Vec<(&PathBuf, CoverageReport)> = Vec::with_capacity(paths.len());
    for path in paths {
        let report = read(path)?;
        for (before, earlier) in &reports {
            if let Some(discord) = earlier.discord(&report) {
                return Err(format!(
                    "{} and {} cannot be put together: {discord}; only reports of different runs of one commit can be, such as the jobs of a pipeline",
                    before.display(),
                    path.display()
                )
                .into());
            }
        }
        reports.push((path, report));
    }
    let mut reports = reports.into_iter().map(|(_, report)| report);
    let mut whole = reports.next().ok_or("no report was named")?;
    for part in reports {
        whole.merge(part).map_err(|error| error.to_string())?;
    }
    Ok(whole)
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
