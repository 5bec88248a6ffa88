//! A witness remembers where a script stood when it failed, and notes what each of its steps made.

use std::cell::RefCell;
use std::sync::Arc;

use super::replay::Replay;
use crate::catalog::{History, Place};
use crate::event::{Notice, SqlError, Warning};
use crate::script::Location;
use crate::session::{Failure, FailureKind, Row, Sink, TransactionStatus};

/// Remembers where a script stood when it failed.
#[derive(Default)]
pub(crate) struct Witness<'a> {
    /// The first line of the step at hand.
    pub(crate) statement: Option<String>,
    /// The error that ended it.
    pub(crate) error: Option<SqlError>,
    /// The last error that `ON_ERROR_STOP 0` let pass and that was no mere consequence of one before.
    swallowed: Option<SqlError>,
    /// What was sent in the transaction at hand, where it may have to be done again.
    pub(super) replay: Option<Replay>,
    /// Who wants to know what each step makes.
    history: Option<&'a RefCell<History>>,
    /// Who wants to hear what the server remarks.
    hears: Option<&'a mut dyn FnMut(Notice)>,
    /// Where the step at hand stands.
    place: Option<Place>,
    /// Whether the statement at hand may make something.
    may_change: bool,
    /// What is to be asked next of what it made.
    question: Option<String>,
    /// Whether it was asked only whether it made anything.
    glanced: bool,
}

impl<'a> Witness<'a> {
    /// A witness that remembers what was sent, and notes what each step makes, where somebody wants to know.
    pub(crate) fn following(history: Option<&'a RefCell<History>>) -> Self {
        Self {
            history,
            replay: Some(Replay::default()),
            ..Self::default()
        }
    }

    /// A witness that hands on what the server remarks.
    pub(crate) fn hearing(hears: &'a mut dyn FnMut(Notice)) -> Self {
        Self {
            hears: Some(hears),
            ..Self::default()
        }
    }

    /// A script ran to its end and left the transaction around it failed.
    pub(crate) fn broken_transaction(&self, shown: &Arc<str>) -> Failure {
        let at_start = || Location::new(Arc::clone(shown), 1, 1);
        let what = self.swallowed.as_ref().map_or_else(String::new, |error| {
            let message = &error.message;
            format!(
                ": {} {}: {}",
                message.severity, message.code, message.message
            )
        });
        Failure {
            kind: FailureKind::Sql,
            text: format!(
                "an error that ON_ERROR_STOP 0 let pass undoes the transaction around the whole script, so nothing of \
                 it would be kept{what}"
            ),
            location: Some(
                self.swallowed
                    .as_ref()
                    .map_or_else(at_start, |error| error.location.clone()),
            ),
        }
    }
}

impl Sink for Witness<'_> {
    fn begin(&mut self, location: &Location, source: &str) {
        self.statement = Some(source.to_owned());
        if let Some(replay) = &mut self.replay {
            replay.step(source);
        }
        if self.history.is_some() {
            self.place = Some(Place {
                file: location.file.to_string(),
                line: location.line(),
            });
        }
    }

    fn output(&mut self, _: &[u8]) {}

    fn end(&mut self) {}

    fn notice(&mut self, notice: Notice) {
        if let Some(hears) = &mut self.hears {
            hears(notice);
        }
    }

    fn error(&mut self, error: SqlError) {
        /// `in_failed_sql_transaction`: "current transaction is aborted, …".
        const CONSEQUENCE: &str = "25P02";
        if !error.swallowed {
            self.error = Some(error);
        } else if error.message.code != CONSEQUENCE {
            self.swallowed = Some(error);
        }
    }

    fn warning(&mut self, _: Warning) {}

    fn wants_stop(&self) -> bool {
        false
    }

    fn statement(&mut self, text: &str) {
        if let Some(replay) = &mut self.replay {
            replay.send(text);
        }
        self.may_change = self.history.is_some() && History::may_change(text);
    }

    fn settled(&mut self, status: TransactionStatus) {
        if let Some(replay) = &mut self.replay {
            replay.settle(status);
        }
        if std::mem::take(&mut self.may_change) {
            self.question = Some(History::glance());
            self.glanced = true;
        }
    }

    fn doubt(&mut self) -> Option<String> {
        self.question.take()
    }

    fn answer(&mut self, rows: Option<Vec<Row>>) {
        let (Some(history), Some(place), Some(rows)) = (self.history, &self.place, rows) else {
            return;
        };
        if std::mem::take(&mut self.glanced) {
            self.question = history.borrow().question(&rows);
        } else {
            history.borrow_mut().note(&rows, place);
        }
    }
}
