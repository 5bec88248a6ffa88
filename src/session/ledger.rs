//! A ledger keeps account, in the database itself, of how far a script has come that is no one transaction: so that it can
//! be told after a crash, and gone on with.

use super::interpreter::{Failure, FailureKind, Interpreter};
use super::metacommand::Trouble;
use super::rows::QueryError;
use super::wire::TransactionStatus;
use crate::event::SqlError;
use crate::script::Location;

/// Who keeps account of a script.
pub trait Ledger {
    /// A statement comes, in a session of this status. Returns what to do with it.
    fn book(&mut self, text: &str, location: &Location, status: TransactionStatus) -> Booking;
    /// The statement at hand is done, and so is what was sent behind it.
    fn closed(&mut self);
}

/// What is done with a statement of a script that somebody keeps account of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Booking {
    /// Nothing: it is passed over, since it ran before.
    Skip,
    /// It is refused, and the script ends: why.
    Refuse(String),
    /// It is sent, and statements around it.
    Send {
        /// What is sent before it.
        before: Option<String>,
        /// What is sent behind it where it succeeded.
        behind: Option<String>,
        /// What is sent behind it where it failed.
        failed: Option<String>,
    },
}

impl Booking {
    /// The statement alone.
    pub const BARE: Self = Self::Send {
        before: None,
        behind: None,
        failed: None,
    };
}

impl Interpreter<'_> {
    /// What is to be done with a statement; what comes before it has been sent.
    pub(super) fn book(&mut self, text: &str, location: &Location) -> Result<Booking, Failure> {
        let status = self.connection.status();
        let Some(ledger) = &mut self.ledger else {
            return Ok(Booking::BARE);
        };
        let booking = ledger.book(text, location, status);
        match &booking {
            Booking::Refuse(why) => Err(Failure {
                kind: FailureKind::Script,
                text: why.clone(),
                location: Some(location.clone()),
            }),
            Booking::Send {
                before: Some(before),
                ..
            } => {
                self.enter(before, location)?;
                Ok(booking)
            }
            _ => Ok(booking),
        }
    }

    /// Sends what comes behind a statement.
    pub(super) fn close(
        &mut self,
        booking: Booking,
        has_failed: bool,
        location: &Location,
    ) -> Result<(), Failure> {
        let Booking::Send { behind, failed, .. } = booking else {
            return Ok(());
        };
        if let Some(entry) = if has_failed { failed } else { behind } {
            self.enter(&entry, location)?;
        }
        if let (Some(ledger), false) = (&mut self.ledger, has_failed) {
            ledger.closed();
        }
        Ok(())
    }

    /// Refuses a command whose work no ledger sees.
    pub(super) fn refuse_unseen(&self, command: &str) -> Result<(), Trouble> {
        match self.ledger {
            None => Ok(()),
            Some(_) => Err(Trouble::Refused(format!(
                "\\{command} cannot stand in a migration of a database that lives on: nobody could tell afterwards what it did"
            ))),
        }
    }

    fn enter(&mut self, entry: &str, location: &Location) -> Result<(), Failure> {
        match self.connection.execute(entry) {
            Ok(()) => Ok(()),
            Err(QueryError::Wire(error)) => Err(self.wire_failure(error, location)),
            Err(QueryError::Server(message)) => {
                // Such as a deferred constraint, which speaks when the statement's transaction ends.
                let text = format!("{}: {}", message.severity, message.message);
                let status = self.connection.status();
                self.sink.error(SqlError {
                    location: location.clone(),
                    message: *message,
                    excerpt: None,
                    swallowed: false,
                });
                if status != TransactionStatus::Idle
                    && let Err(QueryError::Wire(error)) = self.connection.execute("ROLLBACK")
                {
                    return Err(self.wire_failure(error, location));
                }
                Err(Failure {
                    kind: FailureKind::Sql,
                    text,
                    location: Some(location.clone()),
                })
            }
        }
    }
}
