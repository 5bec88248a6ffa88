use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::{Notice, SqlError, Trial};
use crate::script::Location;
use crate::tap;

/// What a test file came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// The plan was met, every assertion is `ok` or TODO, and no step failed.
    Passed,
    /// An assertion is `not ok`.
    Failed,
    /// It could not be judged.
    Broken,
    /// It says itself that all of it is skipped.
    Skipped,
}

impl Verdict {
    /// The verdict's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Broken => "broken",
            Self::Skipped => "skipped",
        }
    }
}

/// Everything that is known of one test file after it ran.
#[derive(Debug, Clone)]
pub struct FileOutcome {
    /// The test file, as shown: relative to the project directory.
    pub file: Arc<str>,
    /// What it came to.
    pub verdict: Verdict,
    /// Why it is broken, or skipped; the gravest first. Failed assertions are not repeated here.
    pub reasons: Vec<Reason>,
    /// What its TAP said.
    pub report: tap::Report,
    /// The steps that printed something; a [`tap::Origin`] is an index into this.
    pub steps: Vec<Step>,
    /// The steps that failed, in order.
    pub errors: Vec<SqlError>,
    /// What the server remarked, in order (the first ones, where there are very many).
    pub notices: Vec<Notice>,
    /// How many notices were not kept.
    pub dropped_notices: u64,
    /// Where the verdict holds but someone should look.
    pub warnings: Vec<Warning>,
    /// What the file printed.
    pub output: Capture,
    /// When it began.
    pub started_at: SystemTime,
    /// How long its steps ran, its database's making not included.
    pub elapsed: Duration,
    /// Which worker ran it, from 0.
    pub worker: usize,
    /// The command that opens its database, when that was kept.
    pub kept: Option<String>,
    /// What came of the migration that it stands for, where it is no test file.
    pub trial: Option<Box<Trial>>,
}

impl FileOutcome {
    /// The assertions that count against the file.
    pub fn failed_assertions(&self) -> impl Iterator<Item = &tap::Assertion> {
        self.report
            .assertions
            .iter()
            .filter(|assertion| assertion.failed())
    }

    /// The step that printed what bears this origin.
    pub fn step(&self, origin: tap::Origin) -> Option<&Step> {
        self.steps.get(origin as usize)
    }
}

/// A step that printed something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Where it stands.
    pub location: Location,
    /// The first line of its text, without leading blanks.
    pub source: Arc<str>,
    /// How long it ran.
    pub elapsed: Duration,
}

/// Why a file could not be judged, or was skipped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// Of which kind.
    pub kind: ReasonKind,
    /// The reason in words, without the place. The first line says it; further lines are what a server said.
    pub text: String,
    /// Where it shows.
    pub location: Option<Location>,
}

impl Reason {
    /// What it comes to, in one line.
    pub fn headline(&self) -> &str {
        self.text.lines().next().unwrap_or_default()
    }
}

/// The kinds of reasons; their words are stable and appear in JSON and JUnit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReasonKind {
    /// A statement failed.
    SqlError,
    /// A backslash command failed, is unknown or is not supported.
    Command,
    /// The script cannot be read: encoding, an unfinished quote, an unbalanced `\if`.
    Script,
    /// No plan, a wrong one, or several.
    Plan,
    /// Not one assertion.
    NoAssertions,
    /// The numbers of the assertions are not in sequence, or the TAP is wrong otherwise.
    Tap,
    /// It ran longer than it may.
    Timeout,
    /// The connection or the server was lost.
    ConnectionLost,
    /// `Bail out!`.
    BailOut,
    /// The run was interrupted while the file ran.
    Interrupted,
    /// Its database could not be made.
    Database,
    /// The migration that it is about could not be applied before it, or is not there.
    Migration,
    /// A warning under `strict`.
    Strict,
    /// Skipped by its own plan.
    SkipAll,
}

impl ReasonKind {
    /// The kind's stable word.
    pub fn word(self) -> &'static str {
        match self {
            Self::SqlError => "sql-error",
            Self::Command => "command",
            Self::Script => "script",
            Self::Plan => "plan",
            Self::NoAssertions => "no-assertions",
            Self::Tap => "tap",
            Self::Timeout => "timeout",
            Self::ConnectionLost => "connection-lost",
            Self::BailOut => "bail-out",
            Self::Interrupted => "interrupted",
            Self::Database => "database",
            Self::Migration => "migration",
            Self::Strict => "strict",
            Self::SkipAll => "skip-all",
        }
    }
}

/// Something that pg_prove lets pass and that deserves a look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// Of which kind.
    pub kind: WarningKind,
    /// In words, one line, without the place.
    pub text: String,
    /// Where it shows.
    pub location: Option<Location>,
}

/// The kinds of warnings; their words are stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WarningKind {
    /// A SQL error that `ON_ERROR_STOP 0` let pass.
    SwallowedError,
    /// A TODO assertion that passes.
    PassingTodo,
    /// An assertion that counts as TODO only because its description holds `# TODO`.
    AccidentalTodo,
    /// An assertion that is told as skipped only because its description holds `# SKIP`.
    AccidentalSkip,
    /// A row of several columns holds an assertion.
    SeveralColumns,
    /// An assertion took for a description what was meant as a name in a schema.
    WrongOverload,
    /// An error that `ON_ERROR_STOP 0` let pass aborted a transaction of the test.
    AbortedTransaction,
    /// `plan()` was called, `finish()` was not.
    NoFinish,
    /// pgTAP counted failures or assertions that were not printed.
    Unprinted,
    /// A plan of zero assertions that gives no reason.
    EmptyPlan,
    /// A subtest contradicts the line that closes it.
    Subtest,
    /// A header comment (`-- pgassay: …`) or a command that had no effect.
    Ignored,
}

impl WarningKind {
    /// The kind's stable word.
    pub fn word(self) -> &'static str {
        match self {
            Self::SwallowedError => "swallowed-error",
            Self::PassingTodo => "passing-todo",
            Self::AccidentalTodo => "accidental-todo",
            Self::AccidentalSkip => "accidental-skip",
            Self::WrongOverload => "wrong-overload",
            Self::AbortedTransaction => "aborted-transaction",
            Self::NoFinish => "no-finish",
            Self::Unprinted => "unprinted",
            Self::EmptyPlan => "empty-plan",
            Self::SeveralColumns => "several-columns",
            Self::Subtest => "subtest",
            Self::Ignored => "ignored",
        }
    }
}

/// Text that was printed, up to a limit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Capture {
    /// The text that was kept: the beginning.
    pub text: String,
    /// How many bytes were not kept.
    pub dropped_bytes: u64,
}
