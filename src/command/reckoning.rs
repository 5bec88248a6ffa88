//! A coverage report with what a project says of it: what is left out, what it must come to, and how it was before. It is
//! written in any of its forms.

use std::fs;
use std::io;
use std::path::Path;

use super::followed::followed;
use super::{Error, changed_lines};
use crate::cli::CoverageFormat;
use crate::coverage::{
    Account, Baseline, Complaint, CoverageReport, Gauge, Threshold, Totals, Unfollowed, thresholds,
};
use crate::report::coverage::{
    Contents, TextOptions, badge, cobertura, html, json, lcov, markdown, text, untraced,
};
use crate::settings::CoverageSettings;

/// See the module's words.
pub(super) struct Reckoning<'a> {
    pub(super) report: &'a CoverageReport,
    pub(super) settings: &'a CoverageSettings,
    pub(super) project_dir: &'a Path,
    /// The figures of earlier runs, the oldest first.
    pub(super) earlier: &'a [Totals],
}

/// What came of it.
#[derive(Debug, Default)]
pub(super) struct Findings {
    /// What falls short of what is asked for.
    pub(super) complaints: Vec<Complaint>,
    /// What people have to know who read the figures.
    pub(super) notes: Vec<String>,
}

impl Reckoning<'_> {
    /// What falls short of what is asked for; of a part of the test files nothing is asked. Where what it is compared with
    /// cannot be had, that goes to `failures`.
    pub(super) fn findings(
        &self,
        account: &Account<'_>,
        is_asked: bool,
        failures: &mut Vec<String>,
    ) -> Findings {
        let mut findings = Findings::default();
        findings.notes.extend(part(self.report, is_asked));
        findings.notes.extend(failed(self.report));
        if !is_asked {
            return findings;
        }
        findings.complaints = thresholds(account, &self.settings.thresholds);
        findings.notes.extend(self.unmeasured(account));
        for compared in [self.against_baseline(account), self.since(account)] {
            match compared {
                Ok(more) => {
                    findings.complaints.extend(more.complaints);
                    findings.notes.extend(more.notes);
                }
                Err(error) => failures.push(error.to_string()),
            }
        }
        findings
    }

    /// That thresholds of logic say nothing of some functions.
    fn unmeasured(&self, account: &Account<'_>) -> Option<String> {
        let asked = self.settings.thresholds.iter();
        let is_of_logic = |it: &Threshold| matches!(it.gauge, Gauge::Statements | Gauge::Branches);
        let number = account.figures.unmeasured;
        (number > 0 && asked.clone().any(is_of_logic)).then(|| {
            let functions = match number {
                1 => "a function that is".to_owned(),
                number => format!("{number} functions that are"),
            };
            format!(
                "what is asked of statements and branches says nothing of {functions} not wholly measured (\"unseen\" tells why)"
            )
        })
    }

    fn against_baseline(&self, account: &Account<'_>) -> Result<Findings, Error> {
        let Some(path) = &self.settings.baseline else {
            return Ok(Findings::default());
        };
        let worse = read_baseline(path)?.complaints(account).map_err(|error| {
            format!(
                "cannot compare with the coverage baseline {}: {error}",
                path.display()
            )
        })?;
        Ok(Findings {
            complaints: worse,
            notes: Vec::new(),
        })
    }

    fn since(&self, account: &Account<'_>) -> Result<Findings, Error> {
        let Some(revision) = &self.settings.since else {
            return Ok(Findings::default());
        };
        let unfollowed = Unfollowed::of(account);
        let changed = if unfollowed.is_all() {
            // A gate that nothing can fail to pass is no gate.
            Err(format!(
                "of none of the {} objects the line is known that made it; where a `migrate_command` makes them, nothing can be said of lines",
                unfollowed.objects
            ))
        } else {
            followed(&self.report.sources, self.project_dir)
                .and_then(|scripts| changed_lines::since(revision, self.project_dir, &scripts))
        };
        let changed = changed.map_err(|error| {
            format!(
                "cannot find out what has changed since {revision} (`--since`, `coverage.since`): {error}"
            )
        })?;
        Ok(Findings {
            complaints: changed.complaints(account, revision),
            notes: left_out(unfollowed, revision).into_iter().collect(),
        })
    }

    /// The report in one of its forms.
    ///
    /// # Errors
    /// When it cannot be written in that form.
    pub(super) fn written(
        &self,
        account: &Account<'_>,
        findings: &Findings,
        format: CoverageFormat,
        options: TextOptions,
    ) -> Result<String, Error> {
        let name = self.project_dir.file_name().unwrap_or_default();
        let contents = Contents {
            account,
            project: &name.to_string_lossy(),
            commit: self.report.commit.as_deref(),
            earlier: self.earlier,
            complaints: &findings.complaints,
            notes: &findings.notes,
        };
        Ok(match format {
            CoverageFormat::Text => text(&contents, options),
            CoverageFormat::Markdown => markdown(&contents),
            CoverageFormat::Json => json(&contents)?,
            CoverageFormat::Html => html(&contents)?,
            CoverageFormat::Lcov => lcov(&contents),
            CoverageFormat::Cobertura => cobertura(&contents, &self.project_dir.to_string_lossy())?,
            CoverageFormat::Badge => badge(&contents),
            CoverageFormat::Data => serde_json::to_string(self.report)?,
        })
    }
}

/// What people have to know who read a report in this form.
pub(super) fn note_on(format: CoverageFormat, account: &Account<'_>) -> Option<String> {
    match format {
        CoverageFormat::Lcov | CoverageFormat::Cobertura => untraced(account),
        CoverageFormat::Text
        | CoverageFormat::Markdown
        | CoverageFormat::Json
        | CoverageFormat::Html
        | CoverageFormat::Badge
        | CoverageFormat::Data => None,
    }
}

/// That not all test files ran.
fn part(report: &CoverageReport, is_asked: bool) -> Option<String> {
    let unasked = if is_asked {
        ""
    } else {
        ", so nothing is asked of these figures"
    };
    let text = format!("only a part of the test files ran{unasked}; this does not count as a run");
    report.is_part.then_some(text)
}

/// That not all tests passed of which the figures are.
fn failed(report: &CoverageReport) -> Option<String> {
    let (failed, files) = (report.failed, report.files);
    let runs = match report.runs.len() {
        0 | 1 => "the run that was measured",
        _ => "the runs that were measured",
    };
    let text = format!(
        "{failed} of {files} test files failed in {runs}: what failing assertions are about is not asserted, and what did not run was not seen"
    );
    (failed > 0).then_some(text)
}

/// That a gate for changed lines does not ask for all that may have changed. What is covered anyway needs no words.
fn left_out(unfollowed: Unfollowed, revision: &str) -> Option<String> {
    let Unfollowed { objects, open, .. } = unfollowed;
    let text = if objects == 1 {
        format!(
            "since {revision}: 1 object is left out, since no line is known that made it; it is not covered"
        )
    } else {
        let are = if open == 1 { "is" } else { "are" };
        format!(
            "since {revision}: {objects} objects are left out, since no line is known that made them; {open} of them {are} not covered"
        )
    };
    (open > 0).then_some(text)
}

/// The baseline that lies there.
fn read_baseline(path: &Path) -> Result<Baseline, Error> {
    let text = fs::read(path).map_err(|error| {
        let advice = match error.kind() {
            io::ErrorKind::NotFound => "; `pgassay coverage --update-baseline` writes one",
            _ => "",
        };
        format!(
            "cannot read the coverage baseline {}: {error}{advice}",
            path.display()
        )
    })?;
    let baseline = serde_json::from_slice(&text).map_err(|error| {
        format!(
            "{} is no coverage baseline: {error}; `pgassay coverage --update-baseline` writes one",
            path.display()
        )
    })?;
    Ok(baseline)
}

/// How a table looks on this standard output.
pub(super) fn text_options(color: bool) -> TextOptions {
    let width = terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    let usual = TextOptions::default();
    TextOptions {
        color,
        width: width.unwrap_or(usual.width),
        ..usual
    }
}
