//! An attempt to run a script of a migration, and the words for how it ended.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use regex::Regex;

use super::ground::Ground;
use crate::database::{DatabaseError, FailingRow, ScriptError};
use crate::event::{Reason, ReasonKind, ServerMessage, SqlError, Step};
use crate::migration::MigrationScript;
use crate::script::Location;
use crate::session::FailureKind;

/// A script of a migration that was run.
pub(super) struct Attempt {
    /// Its file, as shown.
    pub(super) file: Arc<str>,
    /// The first line of it that says something, and its number.
    begin: (u32, Arc<str>),
    result: Result<(), DatabaseError>,
    /// How long it ran.
    pub(super) elapsed: Duration,
}

impl Attempt {
    /// What came of running a script.
    pub(super) fn of(
        script: &MigrationScript,
        result: Result<(), DatabaseError>,
        elapsed: Duration,
    ) -> Self {
        Self {
            file: Arc::clone(&script.shown),
            begin: first_line(script),
            result,
            elapsed,
        }
    }

    /// Whether it ran to its end.
    pub(super) fn is_ok(&self) -> bool {
        self.result.is_ok()
    }

    /// Where it stands that it failed, or where it begins.
    pub(super) fn step(&self) -> Step {
        let failed = self.result.as_ref().err().and_then(script_error);
        let (line, source) = &self.begin;
        Step {
            location: failed
                .and_then(place_of)
                .unwrap_or_else(|| Location::new(Arc::clone(&self.file), *line, 1)),
            source: failed
                .and_then(source_of)
                .unwrap_or_else(|| Arc::clone(source)),
            elapsed: self.elapsed,
        }
    }

    /// What is to be said of it where it failed: the server's words, what it is about, and the row that was in its way.
    pub(super) fn diagnostics(&self) -> Vec<String> {
        let error = self.result.as_ref().err();
        error.map(diagnostics_of).unwrap_or_default()
    }

    /// The SQLSTATE with which it failed.
    pub(super) fn code(&self) -> Option<&str> {
        let message = self.result.as_ref().err().and_then(message_of)?;
        Some(&message.code)
    }

    /// Why it cannot be said whether it would run to its end.
    pub(super) fn no_result(&self) -> Option<Reason> {
        let Err(error) = &self.result else {
            return None;
        };
        let (kind, location) = match error {
            DatabaseError::Script(error) => {
                let kind = match error.failure.kind {
                    FailureKind::Interrupted => ReasonKind::Interrupted,
                    FailureKind::ConnectionLost => ReasonKind::ConnectionLost,
                    FailureKind::Timeout => ReasonKind::Timeout,
                    FailureKind::Sql | FailureKind::Command | FailureKind::Script => return None,
                };
                (kind, error.failure.location.clone())
            }
            _ => (ReasonKind::Database, None),
        };
        Some(Reason {
            kind,
            text: error.to_string(),
            location,
        })
    }

    /// Why it cannot be said whether it would run to its end, where nothing but databases of this run kept it from dropping
    /// something: what they hold depends on it.
    pub(super) fn obstacle(&self, ground: &Ground) -> Option<Reason> {
        let error = self.result.as_ref().err()?;
        let message = message_of(error).filter(|it| it.code == DEPENDENT_OBJECTS_STILL_EXIST)?;
        let mut dependent = message.detail.as_deref().unwrap_or_default().lines();
        let is_own =
            message.detail.is_some() && dependent.all(|line| ground.is_about_own_database(line));
        is_own.then(|| Reason {
            kind: ReasonKind::Database,
            text: format!(
                "this run's own databases on the server are in the way of what {} drops: it has to be tried elsewhere",
                self.file
            ),
            location: script_error(error).and_then(place_of),
        })
    }
}

/// Whether a script says that a role is dropped; what it puts together, or reads from elsewhere, it does not say.
pub(super) fn drops_roles(script: &MigrationScript) -> bool {
    static DROPPED: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"(?i)\bdrop\s+(role|user|group)\b").ok());
    let dropped = DROPPED.as_ref();
    dropped.is_some_and(|dropped| dropped.is_match(&script.text))
}

/// The SQLSTATE of a server that does not drop what something depends on.
const DEPENDENT_OBJECTS_STILL_EXIST: &str = "2BP01";

fn script_error(error: &DatabaseError) -> Option<&ScriptError> {
    match error {
        DatabaseError::Script(error) => Some(error),
        _ => None,
    }
}

fn message_of(error: &DatabaseError) -> Option<&ServerMessage> {
    let error = script_error(error)?.error.as_ref()?;
    Some(&error.message)
}

/// Where a migration failed.
fn place_of(error: &ScriptError) -> Option<Location> {
    let by_server = error.error.as_ref().map(|error| error.location.clone());
    by_server.or_else(|| error.failure.location.clone())
}

/// The line that failed.
fn source_of(error: &ScriptError) -> Option<Arc<str>> {
    let excerpt = error.error.as_ref().and_then(|it| it.excerpt.as_ref());
    let line = excerpt.map(|excerpt| excerpt.line.as_str());
    let line = line.or(error.statement.as_deref())?;
    Some(line.trim_start().into())
}

/// What is to be said of a migration that failed: the server's words, what it is about, and the row that was in its way.
fn diagnostics_of(error: &DatabaseError) -> Vec<String> {
    let text = match script_error(error) {
        Some(error) => match &error.error {
            Some(error) => in_words(error),
            None => error.failure.text.clone(),
        },
        None => error.to_string(),
    };
    let row = script_error(error).and_then(|error| error.row.as_ref());
    let row = row.map(FailingRow::lines).unwrap_or_default();
    text.lines().map(str::to_owned).chain(row).collect()
}

fn in_words(error: &SqlError) -> String {
    let message = &error.message;
    let mut lines = vec![format!(
        "{} {}: {}",
        message.severity, message.code, message.message
    )];
    let table = message.table.as_ref().map(|table| match &message.schema {
        Some(schema) => format!("{schema}.{table}"),
        None => table.clone(),
    });
    for (name, part) in [
        ("DETAIL", &message.detail),
        ("HINT", &message.hint),
        ("CONTEXT", &message.context),
        ("TABLE", &table),
        ("COLUMN", &message.column),
        ("TYPE", &message.datatype),
        ("CONSTRAINT", &message.constraint),
    ] {
        if let Some(part) = part {
            lines.push(format!("{name}: {part}"));
        }
    }
    lines.join("\n")
}

/// The first line that says something, behind its number; the first one of all where none does.
fn first_line(script: &MigrationScript) -> (u32, Arc<str>) {
    let mut lines = (1..).zip(script.shown_text().lines().map(str::trim));
    let line = lines.find(|(_, line)| !line.is_empty() && !line.starts_with("--"));
    let (number, line) = line.unwrap_or((1, ""));
    (number, line.into())
}
