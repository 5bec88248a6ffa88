//! What a TAP stream came to. Values only; the parser fills them in.

/// Which step printed a line: an index that the caller gave when it fed the text.
pub type Origin = u32;

/// Everything that one TAP stream (or one subtest) said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// From a `TAP version N` line.
    pub version: Option<u32>,
    /// The first plan.
    pub plan: Option<Plan>,
    /// The test lines, in order.
    pub assertions: Vec<Assertion>,
    /// Set when the stream bailed out.
    pub bail_out: Option<BailOut>,
    /// Comments that stood before the first assertion or that belong to none (`# Looks like …`),
    /// without their leading `# `.
    pub comments: Vec<Line>,
    /// Lines that are not TAP, kept as they were (limited; see `dropped_unknown`).
    pub unknown: Vec<Line>,
    /// How many unknown lines were not kept because there were too many or they were too long.
    pub dropped_unknown: u64,
    /// What is wrong with the stream, in the order in which it was noticed.
    pub problems: Vec<Problem>,
}

/// A `1..N` line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// N: how many assertions were announced.
    pub count: u64,
    /// The reason of `1..0 # SKIP reason` (may be empty).
    pub skip_all: Option<String>,
    /// The step that printed it.
    pub origin: Origin,
}

/// One test line, `ok` or `not ok`, with what was said about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assertion {
    /// The number on the line, or the next one when it bore none.
    pub number: u64,
    /// `ok` rather than `not ok`, directives aside.
    pub ok: bool,
    /// The text after the number, without ` - ` and without a directive; several lines are joined by `\n`.
    pub description: String,
    /// TODO or SKIP.
    pub directive: Option<Directive>,
    /// The comment lines that follow, without their leading `#` and one space.
    pub diagnostics: Vec<String>,
    /// The text of a YAML block, without its `---` and `...` and without its indentation.
    pub yaml: Option<String>,
    /// The subtest that this line closes.
    pub subtest: Option<Box<Subtest>>,
    /// The step that printed it.
    pub origin: Origin,
}

impl Assertion {
    /// Whether the assertion counts against its file: `not ok` and not TODO.
    pub fn failed(&self) -> bool {
        !self.ok && !matches!(self.directive, Some(Directive::Todo(_)))
    }
}

/// What a test line says of itself after `#`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Directive {
    /// Expected to fail, with the reason.
    Todo(String),
    /// Not run, with the reason.
    Skip(String),
}

/// A report inside a report, closed by a test line of the parent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Subtest {
    /// The name from `# Subtest: name`; empty when there was none.
    pub name: String,
    /// What it said.
    pub report: Report,
}

/// `Bail out!`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BailOut {
    /// The text behind it; may be empty.
    pub reason: String,
    /// The step that printed it.
    pub origin: Origin,
}

/// A kept line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its text.
    pub text: String,
    /// The step that printed it.
    pub origin: Origin,
}

/// Something wrong with the stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What it is.
    pub kind: ProblemKind,
    /// The step that printed the line where it shows; none for what is missing at the end.
    pub origin: Option<Origin>,
}

/// The kinds of problems.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProblemKind {
    /// No plan line at all.
    NoPlan,
    /// The plan and the assertions that ran differ.
    PlanNotMet {
        /// What was announced.
        planned: u64,
        /// What ran.
        ran: u64,
    },
    /// A second plan line.
    SecondPlan,
    /// A plan that stands neither before the first nor after the last assertion.
    PlanInTheMiddle,
    /// A test line bears a number that is not the next one.
    OutOfSequence {
        /// The next number.
        expected: u64,
        /// The number on the line.
        found: u64,
    },
    /// No assertion and no skip-all plan.
    NoAssertions,
    /// A row of several columns holds a test line: `1|ok 1 - x`.
    SeveralColumns {
        /// The line.
        line: String,
    },
    /// A version line that is not first, or of an unknown version.
    BadVersion {
        /// The line.
        line: String,
    },
    /// A YAML block was not closed.
    UnclosedYaml,
    /// A subtest ended without the test line that closes it.
    UnclosedSubtest {
        /// Its name.
        name: String,
    },
    /// An `ok` test line closes a subtest that itself failed or did not keep its plan.
    SubtestContradicted {
        /// Its name.
        name: String,
    },
}
