//! The coverage report as a page, in a real browser: it is opened from disk in headless Chromium, searched, filtered and
//! read. Where there is no Chromium these tests say SKIPPED; CI installs it.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
#![allow(
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "what was skipped, measured or left open is told to whoever runs the tests"
)]

mod accessible;
mod browser;
mod logic;
mod reading;
#[allow(
    dead_code,
    reason = "each test program makes the reports that it needs"
)]
#[path = "../coverage_reports/sample.rs"]
mod sample;
mod speed;

use std::fs;
use std::path::Path;

use pgassay::coverage::{Account, Exclusion, Gauge, PathPattern, Selector, Threshold, thresholds};
use pgassay::report::coverage::{Contents, html, json};
use serde_json::Value;

/// A page on disk, and the same as JSON.
struct Page {
    directory: tempfile::TempDir,
    json: Value,
}

impl Page {
    /// A report of about so many objects, or the small one.
    fn new(objects: Option<usize>) -> Self {
        let report = objects.map_or_else(sample::small, sample::of_size);
        let exclusions = [Exclusion {
            objects: Selector {
                object: Some(PathPattern::parse("audit.*").unwrap()),
                ..Selector::default()
            },
            reason: "kept by another team".to_owned(),
        }];
        let account = Account::new(&report, &exclusions);
        let earlier = sample::earlier(&account.figures, 12);
        let triggers = Selector {
            kind: Some(pgassay::catalog::Kind::Trigger),
            ..Selector::default()
        };
        let asked = [Threshold {
            gauge: Gauge::Asserted,
            objects: triggers,
            least: 95.0,
        }];
        let complaints = thresholds(&account, &asked);
        let contents = Contents {
            account: &account,
            project: "shop",
            commit: Some("3f9a2c71e4"),
            earlier: &earlier,
            complaints: &complaints,
            notes: &[],
        };
        let directory = tempfile::tempdir().unwrap();
        fs::write(
            directory.path().join("coverage.html"),
            html(&contents).unwrap(),
        )
        .unwrap();
        let json = serde_json::from_str(&json(&contents).unwrap()).unwrap();
        Self { directory, json }
    }

    fn address(&self) -> String {
        format!("file://{}", self.path().display())
    }

    fn path(&self) -> std::path::PathBuf {
        // PGASSAY_COVERAGE_PAGES keeps the pages for those who want to look at them.
        let path = self.directory.path().join("coverage.html");
        if let Some(kept) = std::env::var_os("PGASSAY_COVERAGE_PAGES") {
            let objects = self.json["objects"].as_array().unwrap().len();
            fs::copy(
                &path,
                Path::new(&kept).join(format!("coverage-{objects}.html")),
            )
            .unwrap();
        }
        path
    }
}
