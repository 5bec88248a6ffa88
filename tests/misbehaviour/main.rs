//! Test files that misbehave: what comes of each, and that the others of their run are not disturbed.
//!
//! The files are in `tests/data/misbehaviour/sql-tests`; `expected.txt` beside it is the table of what a run must
//! tell of them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]
#![allow(clippy::print_stderr, reason = "a skipped test says so")]

mod console;
mod project;
mod runs;
mod table;
mod told;

use std::time::Duration;

use project::Project;
use table::Table;
use told::{events, told};

/// So much memory may the tool take while two files print 100 MB each, in megabytes.
const MEMORY: u64 = 250;
/// Loops, sleeps and 100 MB outputs included; a multiple of what it takes on a slow machine.
const TIME: Duration = Duration::from_mins(5);

#[test]
fn every_misbehaving_file_gets_its_verdict_and_disturbs_no_other() {
    let Some(project) = Project::new() else {
        return;
    };
    let run = project.test("-j 2 --format json");
    assert_eq!((run.exit, run.stderr.as_str()), (1, ""));
    let told = told(&run.stdout, &run.junit);
    Table::read().compare(&told);
    assert!(told.len() >= 100, "{}", told.len());

    let good: Vec<_> = told.keys().filter(|name| name.contains("good")).collect();
    assert_eq!(good.len(), 18, "{good:?}");
    for name in good {
        assert_eq!(told[name], ["passed, 5 assertions"], "{name}");
    }

    let end = events(&run.stdout, "run-finished").next().unwrap();
    let count = |verdict: &str| {
        let of_verdict = |lines: &&Vec<String>| lines[0].starts_with(verdict);
        told.values().filter(of_verdict).count() as u64
    };
    for verdict in ["passed", "failed", "broken", "skipped"] {
        assert_eq!(end[verdict], count(verdict), "{verdict}");
    }
    assert_eq!(
        (&end["not_run"], end["stopped"].is_null()),
        (&0.into(), true)
    );

    assert!(
        run.peak.is_none_or(|peak| peak < MEMORY),
        "{:?} MB",
        run.peak
    );
    assert!(run.elapsed < TIME, "{:?}", run.elapsed);
}
