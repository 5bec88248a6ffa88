//! A coverage report with what a project says of it: what is left out, what it must come to, and how it was before. It is
//! written in any of its forms.

use std::fs;
use std::io;
use std::path::Path;

use super::Error;
use super::changed_lines;
use crate::cli::CoverageFormat;
use crate::coverage::{Account, Baseline, Complaint, CoverageReport, Totals, thresholds};
use crate::report::coverage::{Contents, TextOptions, html, json, markdown, text};
use crate::settings::CoverageSettings;

/// See the module's words.
pub(super) struct Reckoning<'a> {
    pub(super) report: &'a CoverageReport,
    pub(super) settings: &'a CoverageSettings,
    pub(super) project_dir: &'a Path,
    /// The figures of earlier runs, the oldest first.
    pub(super) earlier: &'a [Totals],
}

impl Reckoning<'_> {
    /// What falls short of what is asked for. Where what it is compared with cannot be had, that goes to `failures`.
    pub(super) fn complaints(
        &self,
        account: &Account<'_>,
        failures: &mut Vec<String>,
    ) -> Vec<Complaint> {
        let mut complaints = thresholds(account, &self.settings.thresholds);
        for compared in [self.against_baseline(account), self.since(account)] {
            match compared {
                Ok(more) => complaints.extend(more),
                Err(error) => failures.push(error.to_string()),
            }
        }
        complaints
    }

    fn against_baseline(&self, account: &Account<'_>) -> Result<Vec<Complaint>, Error> {
        let Some(path) = &self.settings.baseline else {
            return Ok(Vec::new());
        };
        let worse = read_baseline(path)?.complaints(account).map_err(|error| {
            format!(
                "cannot compare with the coverage baseline {}: {error}",
                path.display()
            )
        })?;
        Ok(worse)
    }

    fn since(&self, account: &Account<'_>) -> Result<Vec<Complaint>, Error> {
        let Some(revision) = &self.settings.since else {
            return Ok(Vec::new());
        };
        let changed = changed_lines::since(revision, self.project_dir).map_err(|error| {
            format!(
                "cannot find out what has changed since {revision} (`--since`, `coverage.since`): {error}"
            )
        })?;
        Ok(changed.complaints(account, revision))
    }

    /// The report in one of its forms.
    ///
    /// # Errors
    /// When it cannot be written in that form.
    pub(super) fn written(
        &self,
        account: &Account<'_>,
        complaints: &[Complaint],
        format: CoverageFormat,
        options: TextOptions,
    ) -> Result<String, Error> {
        let name = self.project_dir.file_name().unwrap_or_default();
        let contents = Contents {
            account,
            project: &name.to_string_lossy(),
            commit: self.report.commit.as_deref(),
            earlier: self.earlier,
            complaints,
        };
        Ok(match format {
            CoverageFormat::Text => text(&contents, options),
            CoverageFormat::Markdown => markdown(&contents),
            CoverageFormat::Json => json(&contents)?,
            CoverageFormat::Html => html(&contents)?,
            CoverageFormat::Data => serde_json::to_string(self.report)?,
        })
    }
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
