//! What happens in a run, told in order. Workers send events; one thread folds them; reporters read them.
//! Values only: this module runs nothing and prints nothing.

mod message;
mod outcome;
mod trial;

use std::sync::Arc;
use std::time::Duration;

pub use message::{Excerpt, Notice, ServerMessage, SqlError};
pub use outcome::{Capture, FileOutcome, Reason, ReasonKind, Step, Verdict, Warning, WarningKind};
pub use trial::{Loss, TableChange, Trial};

/// One thing that happened in a run.
#[derive(Debug, Clone)]
pub enum Event {
    /// A stage of the preparation is done.
    Prepared(Stage),
    /// The preparation is over and the files are about to run.
    RunStarted(RunStart),
    /// A worker took up a test file.
    FileStarted {
        /// The test file, as shown.
        file: Arc<str>,
        /// The worker, from 0.
        worker: usize,
    },
    /// A test file has its verdict.
    FileFinished(Box<FileOutcome>),
    /// Something that people should know and that changes no verdict.
    Remark(String),
    /// All is over, in whichever way.
    RunFinished(Summary),
}

/// A stage of the preparation.
#[derive(Debug, Clone)]
pub struct Stage {
    /// What was done: `3 roles scripts`, `10 migrations`, …
    pub what: String,
    /// How long it took.
    pub elapsed: Duration,
}

/// What is known when the files begin to run.
#[derive(Debug, Clone)]
pub struct RunStart {
    /// How many test files will run.
    pub files: usize,
    /// What these stand for.
    pub unit: Unit,
    /// How many run side by side.
    pub workers: usize,
    /// The server: `PostgreSQL 15.18`.
    pub server: String,
    /// pgTAP: `pgTAP 1.3.5`.
    pub pgtap: String,
    /// The seed of the order, where it was shuffled.
    pub seed: Option<u64>,
}

/// What the files of a run are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Unit {
    /// Test files.
    #[default]
    File,
    /// Migrations, each tried on rows.
    Migration,
}

impl Unit {
    /// In one word.
    pub fn word(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Migration => "migration",
        }
    }
}

/// The figures of a whole run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// Files that passed.
    pub passed: usize,
    /// Files that failed.
    pub failed: usize,
    /// Files that are broken.
    pub broken: usize,
    /// Files that were skipped by their own plan.
    pub skipped: usize,
    /// Files that were not run: after an interruption, a bail out, or enough failures.
    pub not_run: usize,
    /// Assertions that ran, subtests not counted apart.
    pub assertions: u64,
    /// Of these, the ones that failed.
    pub failed_assertions: u64,
    /// From the command to the end.
    pub elapsed: Duration,
    /// Why the run ended before its last file.
    pub stopped: Option<Stop>,
}

impl Summary {
    /// Adds the figures of one file.
    pub fn add(&mut self, outcome: &FileOutcome) {
        match outcome.verdict {
            Verdict::Passed => self.passed += 1,
            Verdict::Failed => self.failed += 1,
            Verdict::Broken => self.broken += 1,
            Verdict::Skipped => self.skipped += 1,
        }
        self.assertions += outcome.report.assertions.len() as u64;
        self.failed_assertions += outcome.failed_assertions().count() as u64;
    }

    /// All files that have a verdict.
    pub fn files(&self) -> usize {
        self.passed + self.failed + self.broken + self.skipped
    }

    /// Whether nothing failed, broke or was left out.
    pub fn is_green(&self) -> bool {
        self.failed == 0 && self.broken == 0 && self.stopped.is_none()
    }
}

/// Why a run ended early.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stop {
    /// By a signal: its name (`SIGINT`).
    Interrupted(&'static str),
    /// `Bail out!` in this file, with its reason.
    BailOut {
        /// The test file.
        file: Arc<str>,
        /// The text behind `Bail out!`.
        reason: String,
    },
    /// As many files failed as `--fail-fast` allows.
    FailFast(usize),
    /// There is nothing to run: what was looked for.
    NothingFound(String),
    /// The run could not go on: the error's text.
    Error(String),
}
