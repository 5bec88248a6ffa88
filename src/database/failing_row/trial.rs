//! A statement that is tried with fewer rows, and how it is known to fail as it did with all of them.

use super::asking::{Asking, Stopped};
use super::suspect::Suspect;
use crate::event::ServerMessage;
use crate::session::QueryError;

/// How like the error must be to the one that is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Likeness {
    /// Told in the same words, which may hold values of the row.
    Words,
    /// Of the same kind.
    Kind,
}

/// See the module's words.
#[derive(Debug)]
pub(super) struct Trial<'e> {
    sql: String,
    error: &'e ServerMessage,
}

impl<'e> Trial<'e> {
    pub(super) fn new(suspect: &Suspect<'_>, error: &'e ServerMessage) -> Self {
        /// `unique_violation`.
        const NOT_UNIQUE: &str = "23505";
        let sql = match &suspect.instead {
            Some(instead) if error.code != NOT_UNIQUE => instead.clone(),
            _ => suspect.trial.to_string(),
        };
        Self { sql, error }
    }

    /// Another statement that is to fail in the same way.
    pub(super) fn with(&self, sql: String) -> Self {
        Self {
            sql,
            error: self.error,
        }
    }

    /// Whether it fails in that way with the rows that there are now.
    pub(super) fn fails(
        &self,
        asking: &mut Asking<'_>,
        likeness: Likeness,
    ) -> Result<bool, Stopped> {
        Ok(match asking.attempt(&self.sql)? {
            Err(QueryError::Server(message)) => is_like(&message, self.error, likeness),
            _ => false,
        })
    }
}

fn is_like(one: &ServerMessage, other: &ServerMessage, likeness: Likeness) -> bool {
    let is_of_the_kind = one.code == other.code && one.constraint == other.constraint;
    let is_in_the_words = || one.message == other.message && one.detail == other.detail;
    is_of_the_kind && (likeness == Likeness::Kind || is_in_the_words())
}
