//! What a TAP stream came to. Values only; the parser fills them in.

use std::fmt;

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
    /// Comments that stood before the first assertion or that belong to none (`# Looks like you …`, a
    /// subtest's `# Test died: …`), without their leading `# `.
    pub comments: Vec<Line>,
    /// Lines that are not TAP, kept as they were (limited; see `dropped_unknown`).
    pub unknown: Vec<Line>,
    /// How many unknown lines were not kept because there were too many of them or too much text in them.
    pub dropped_unknown: u64,
    /// What is wrong with the stream, in the order in which it was noticed.
    pub problems: Vec<Problem>,
    /// How many problems were not kept because there were very many of their kind.
    pub dropped_problems: u64,
    /// Subtests that no test line closed; they count for nothing.
    pub unclosed: Vec<Subtest>,
}

impl Report {
    /// The assertions that count against the file.
    pub fn failed_assertions(&self) -> impl Iterator<Item = &Assertion> {
        self.assertions
            .iter()
            .filter(|assertion| assertion.failed())
    }

    /// The problems for which `Test::Harness` too would not let the file pass.
    pub fn errors(&self) -> impl Iterator<Item = &Problem> {
        self.problems
            .iter()
            .filter(|problem| problem.kind.is_error())
    }
}

/// A `1..N` line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// N: how many assertions were announced.
    pub count: u64,
    /// The reason of `1..0 # SKIP reason`; empty for a plain `1..0`.
    pub skip_all: Option<String>,
    /// The step that printed it.
    pub origin: Origin,
}

/// One test line, `ok` or `not ok`, with what was said about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assertion {
    /// The number on the line (the largest `u64` when it is larger), or the next one when it bore none.
    pub number: u64,
    /// `ok` rather than `not ok`, directives aside.
    pub ok: bool,
    /// The text after the number, without ` - ` and without a directive (of a long one the beginning, where a stream
    /// says very much). Several lines are joined by `\n`,
    /// but only where pgTAP repeats them in `# Failed test 1: "…"`; elsewhere the further lines cannot be told
    /// from diagnostics and are kept there.
    pub description: String,
    /// TODO or SKIP.
    pub directive: Option<Directive>,
    /// The comment lines that follow, without their leading `#` and one space.
    pub diagnostics: Vec<String>,
    /// The text of the first YAML block (TAP 13 and 14), without its `---` and `...` and without its
    /// indentation.
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

    /// Whether a failure passes only because its description happens to hold `# TODO`: of a true TODO pgTAP
    /// says `# Failed (TODO) test 1`, of any other failure `# Failed test 1`.
    pub fn is_todo_by_accident(&self) -> bool {
        let failure = format!("Failed test {}", self.number);
        !self.ok
            && matches!(self.directive, Some(Directive::Todo(_)))
            && self.diagnostics.iter().any(|line| {
                line.strip_prefix(&failure)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with(": \""))
            })
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
    /// A plan that stands neither before the first nor after the last assertion; noticed at the assertion
    /// that follows it.
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
    /// A line that is not TAP after `pragma +strict` (TAP 13 and 14).
    NotTap {
        /// The line.
        line: String,
    },
}

impl ProblemKind {
    /// Whether `Test::Harness` too would not let the file pass for it. The others deserve a warning.
    pub fn is_error(&self) -> bool {
        match self {
            Self::NoPlan
            | Self::PlanNotMet { .. }
            | Self::SecondPlan
            | Self::PlanInTheMiddle
            | Self::OutOfSequence { .. }
            | Self::NoAssertions
            | Self::BadVersion { .. }
            | Self::UnclosedYaml
            | Self::NotTap { .. } => true,
            Self::SeveralColumns { .. }
            | Self::UnclosedSubtest { .. }
            | Self::SubtestContradicted { .. } => false,
        }
    }
}

impl fmt::Display for ProblemKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoPlan => write!(f, "there is no plan (`1..N`)"),
            Self::PlanNotMet { planned, ran } => {
                let s = if *planned == 1 { "" } else { "s" };
                write!(f, "the plan was {planned} assertion{s}, but {ran} ran")
            }
            Self::SecondPlan => write!(f, "there is a second plan"),
            Self::PlanInTheMiddle => {
                write!(
                    f,
                    "the plan stands neither before the first nor after the last assertion"
                )
            }
            Self::OutOfSequence { expected, found } => {
                write!(
                    f,
                    "the assertion bears the number {found}, but {expected} is the next"
                )
            }
            Self::NoAssertions => write!(f, "no assertion ran"),
            Self::SeveralColumns { line } => write!(
                f,
                "a row of several columns holds a test line, which no harness sees: `{line}`; select \
                 the assertion alone"
            ),
            Self::BadVersion { line } => write!(
                f,
                "a TAP version must be 13 or 14 and stand before all else: `{line}`"
            ),
            Self::UnclosedYaml => write!(f, "a YAML block was not closed by `...`"),
            Self::UnclosedSubtest { name } => {
                write!(
                    f,
                    "{} ended without a test line of its own",
                    the_subtest(name)
                )
            }
            Self::SubtestContradicted { name } => {
                write!(
                    f,
                    "{} failed, but the test line that closes it is ok",
                    the_subtest(name)
                )
            }
            Self::NotTap { line } => {
                write!(
                    f,
                    "not a line of TAP, and the stream says `pragma +strict`: `{line}`"
                )
            }
        }
    }
}

fn the_subtest(name: &str) -> String {
    if name.is_empty() {
        "a subtest without a name".to_owned()
    } else {
        format!("the subtest `{name}`")
    }
}
