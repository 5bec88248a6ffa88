//! A guard watches a test file while it runs, for what makes a file green by accident: the statements that it sends,
//! what they print, and where that raises a doubt, what the catalogs say at that moment. It holds for what it says:
//! where something cannot be known, it says nothing. No SQL runs here; the session asks.

mod directive;
mod ending;
mod overload;
mod transaction;

use std::collections::{BTreeSet, VecDeque};

use crate::event::{Warning, WarningKind};
use crate::script::{self, Call, Calls, Location};
use crate::session::{Row, TransactionStatus};
use crate::tap::{self, Assertion};

use overload::Overload;
use transaction::Transaction;

/// How much of what a statement prints is looked at, in bytes.
const PRINTED_LIMIT: usize = 256 * 1024;
/// Statements longer than this, in bytes, are data and are not read; what their file calls is then not known.
const STATEMENT_LIMIT: usize = 4 * 1024 * 1024;
/// How many names that a file calls are kept; no file written by people calls so many.
const NAMES_LIMIT: usize = 20_000;
/// How many calls in the bodies of a file's functions are kept.
const INNER_LIMIT: usize = 1000;

/// See the module's words.
#[derive(Debug, Default)]
pub struct Guard {
    calls: Calls,
    printed: Vec<u8>,
    location: Option<Location>,
    names: BTreeSet<String>,
    /// Whether not all of them are known.
    knows_not_all_names: bool,
    inner: Vec<Call>,
    transaction: Transaction,
    doubts: VecDeque<Doubt>,
    asked: Option<Doubt>,
    warnings: Vec<Warning>,
    accidental_todos: BTreeSet<u64>,
    is_unfinished: bool,
}

/// What a look into the catalogs settles.
#[derive(Debug)]
enum Doubt {
    /// Whether pgTAP printed these assertions, whose directives come from descriptions if it did.
    Directives(Vec<Assertion>),
    /// Whether a schema was meant.
    Overload(Overload),
    /// Whether a function that the file called calls `finish()`.
    Ending,
}

impl Guard {
    /// A statement is about to be sent.
    pub(super) fn statement(&mut self, text: &str, location: Option<&Location>) {
        self.location = location.cloned();
        self.printed.clear();
        if text.len() > STATEMENT_LIMIT {
            self.calls = Calls::default();
            self.knows_not_all_names = true;
            return;
        }
        self.calls = script::calls(text);
        if self.names.len() + self.calls.names.len() > NAMES_LIMIT {
            self.knows_not_all_names = true;
        } else {
            self.names.extend(self.calls.names.iter().cloned());
        }
        let room = INNER_LIMIT - self.inner.len();
        let inner = std::mem::take(&mut self.calls.inner).into_iter();
        let suspects = inner.filter(overload::is_suspect).take(room);
        self.inner.extend(suspects);
    }

    /// The statement prints.
    pub(super) fn output(&mut self, bytes: &[u8]) {
        let room = PRINTED_LIMIT.saturating_sub(self.printed.len());
        self.printed
            .extend_from_slice(&bytes[..bytes.len().min(room)]);
    }

    /// The statement is done.
    pub(super) fn settled(&mut self, status: TransactionStatus) {
        let printed = std::mem::take(&mut self.printed);
        let calls = std::mem::take(&mut self.calls);
        let assertions = count_of_assertions(&printed);
        self.transaction
            .settled(status, assertions, self.location.as_ref());
        self.warnings.extend(self.transaction.warning());
        if assertions == 0 || status == TransactionStatus::Failed {
            return;
        }
        let suspects: Vec<&Call> = (calls.literal.iter().chain(&self.inner))
            .filter(|call| overload::is_suspect(call))
            .collect();
        if suspects.is_empty() && !printed.contains(&b'#') {
            return;
        }
        let report = tap::parse(&printed);
        let accidental = directive::suspects(&report, &calls.strings);
        if !accidental.is_empty() {
            self.doubts.push_back(Doubt::Directives(accidental));
        }
        let overloads = overload::suspects(&report, &suspects);
        self.doubts
            .extend(overloads.into_iter().map(Doubt::Overload));
    }

    /// The script came to its end.
    pub(super) fn over(&mut self, status: TransactionStatus) {
        self.transaction.over();
        self.warnings.extend(self.transaction.warning());
        let is_pgtap = self.names.contains("plan") || self.names.contains("no_plan");
        let is_known = !self.knows_not_all_names && status != TransactionStatus::Failed;
        self.is_unfinished = false;
        if is_pgtap && is_known && !ending::calls_finish(&self.names) {
            self.doubts.push_back(Doubt::Ending);
        }
    }

    /// The next look into the catalogs.
    pub(super) fn doubt(&mut self) -> Option<String> {
        let doubt = self.doubts.pop_front()?;
        let query = match &doubt {
            Doubt::Directives(_) => directive::LAST_NUMBER.to_owned(),
            Doubt::Overload(overload) => overload.query(),
            Doubt::Ending => ending::CALLERS.to_owned(),
        };
        self.asked = Some(doubt);
        Some(query)
    }

    /// What the look brought.
    pub(super) fn answer(&mut self, rows: Option<Vec<Row>>) {
        let (Some(doubt), Some(rows)) = (self.asked.take(), rows) else {
            return;
        };
        let values: Vec<String> = rows
            .into_iter()
            .filter_map(|row| row.into_iter().next().flatten())
            .collect();
        match doubt {
            Doubt::Directives(assertions) => self.directives(&assertions, &values),
            Doubt::Overload(overload) if values.first().is_some_and(|value| value == "t") => {
                let location = self.location.clone();
                self.warnings.push(overload.warning(location));
            }
            Doubt::Overload(_) => {}
            Doubt::Ending => {
                let called = |name: &String| self.names.contains(&name.to_lowercase());
                self.is_unfinished = !values.iter().any(called);
            }
        }
    }

    fn directives(&mut self, assertions: &[Assertion], values: &[String]) {
        let last = assertions.last().map(|assertion| assertion.number);
        let counted = values.first().and_then(|value| value.parse::<u64>().ok());
        // What pgTAP did not count it did not print.
        if counted.is_none() || counted < last {
            return;
        }
        for assertion in assertions {
            let number = assertion.number;
            let (kind, text) = if let Some(tap::Directive::Skip(_)) = assertion.directive {
                (
                    WarningKind::AccidentalSkip,
                    format!(
                        "assertion {number} ran, and is told as skipped only because its description holds `# SKIP`"
                    ),
                )
            } else {
                self.accidental_todos.insert(number);
                (
                    WarningKind::AccidentalTodo,
                    format!(
                        "assertion {number} passes, and would as TODO if it failed, because its description holds \
                         `# TODO`"
                    ),
                )
            };
            self.warnings.push(Warning {
                kind,
                text,
                location: self.location.clone(),
            });
        }
    }

    /// What was noticed so far; afterwards it is forgotten.
    pub(super) fn take_warnings(&mut self) -> Vec<Warning> {
        std::mem::take(&mut self.warnings)
    }

    /// Whether pgTAP's `plan()` was called, and `finish()` was not.
    pub fn is_unfinished(&self) -> bool {
        self.is_unfinished
    }

    /// Whether a passing assertion counts as TODO only by its description; a warning says so already.
    pub fn is_todo_by_accident(&self, number: u64) -> bool {
        self.accidental_todos.contains(&number)
    }
}

/// How many lines of a text are assertions, those of subtests not counted.
fn count_of_assertions(printed: &[u8]) -> u64 {
    let lines = printed.split(|&byte| byte == b'\n');
    let is_assertion = |line: &&[u8]| {
        let line = line.strip_prefix(b"not ").unwrap_or(line);
        line.strip_prefix(b"ok")
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(b" "))
    };
    lines.filter(is_assertion).count() as u64
}
