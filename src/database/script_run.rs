//! Running one of the project's scripts while the template is built.

use std::cell::RefCell;
use std::sync::Arc;

use super::error::ScriptError;
use super::{DatabaseError, Preparation};
use crate::catalog::{History, Place};
use crate::event::{Notice, SqlError, Warning};
use crate::migration::Transaction;
use crate::script::{Location, quote_identifier};
use crate::session::{
    Connection, Failure, FailureKind, Interpreter, Row, ScriptText, Sink, TransactionStatus,
};

impl Preparation<'_> {
    /// Runs a script that was read to its end, in one transaction where that is wanted.
    pub(super) fn run_script(
        &self,
        kind: &'static str,
        shown: &Arc<str>,
        read: Result<ScriptText, Failure>,
        transaction: Transaction,
        session: &mut Connection,
    ) -> Result<(), DatabaseError> {
        let mut witness = Witness {
            history: self.history,
            ..Witness::default()
        };
        if let Some(history) = self.history {
            let rows = session.rows(&History::beginning());
            let doing = DatabaseError::query(format!("look what is there before {shown}"));
            history.borrow_mut().begin(&rows.map_err(doing)?);
        }
        let inputs = self.surroundings.inputs.as_deref();
        let transactional = transaction != Transaction::Apart;
        let result = read.and_then(|script| {
            if transactional {
                bracket(session, "BEGIN", shown)?;
            }
            let mut interpreter = Interpreter::new(session, &mut witness, self.surroundings);
            for (name, value) in self.variables {
                interpreter.variables.set(name, value).map_err(|text| Failure {
                    kind: FailureKind::Command,
                    text,
                    location: None,
                })?;
            }
            interpreter.run(&script)?;
            if transactional {
                // The server would take COMMIT for ROLLBACK, and all would seem well.
                if session.status() == TransactionStatus::Failed {
                    return Err(witness.broken_transaction(shown));
                }
                bracket(session, "COMMIT", shown)?;
            } else if session.status() != TransactionStatus::Idle {
                return Err(Failure {
                    kind: FailureKind::Script,
                    text: "it ends inside a transaction that it began, so nothing of it would be kept; add COMMIT".into(),
                    location: Some(Location::new(Arc::clone(shown), 1, 1)),
                });
            }
            Ok(())
        });
        if let (Some(history), Some(inputs)) = (self.history, inputs) {
            history.borrow_mut().add_files(inputs.take_scripts());
        }
        if let Err(failure) = result {
            return Err(DatabaseError::Script(Box::new(ScriptError {
                kind,
                script: Arc::clone(shown),
                failure,
                error: witness.error,
                statement: witness.statement,
            })));
        }
        // What a script sets for its session is not for the next one: a dump empties search_path.
        let reset = match (self.owner, self.owner_login) {
            (Some(owner), false) => format!("DISCARD ALL; SET ROLE {}", quote_identifier(owner)),
            _ => "DISCARD ALL".into(),
        };
        for statement in reset.split("; ") {
            session
                .execute(statement)
                .map_err(DatabaseError::query(format!("go on after {shown}")))?;
        }
        Ok(())
    }
}

/// `BEGIN` or `COMMIT` around a script.
fn bracket(session: &mut Connection, statement: &str, shown: &Arc<str>) -> Result<(), Failure> {
    session.execute(statement).map_err(|error| Failure {
        kind: FailureKind::Sql,
        text: format!("{statement}: {error}"),
        location: Some(Location::new(Arc::clone(shown), 1, 1)),
    })
}

/// Remembers where a script stood when it failed.
#[derive(Default)]
struct Witness<'a> {
    statement: Option<String>,
    error: Option<SqlError>,
    /// The last error that `ON_ERROR_STOP 0` let pass and that was no mere consequence of one before.
    swallowed: Option<SqlError>,
    /// Who wants to know what each step makes.
    history: Option<&'a RefCell<History>>,
    /// Where the step at hand stands.
    place: Option<Place>,
    /// Whether the statement at hand may make something.
    may_change: bool,
    /// What is to be asked next of what it made.
    question: Option<String>,
    /// Whether it was asked only whether it made anything.
    glanced: bool,
}

impl Witness<'_> {
    /// A script ran to its end and left the transaction around it failed.
    fn broken_transaction(&self, shown: &Arc<str>) -> Failure {
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
        if self.history.is_some() {
            self.place = Some(Place {
                file: location.file.to_string(),
                line: location.line(),
            });
        }
    }

    fn output(&mut self, _: &[u8]) {}

    fn end(&mut self) {}

    fn notice(&mut self, _: Notice) {}

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
        self.may_change = self.history.is_some() && History::may_change(text);
    }

    fn settled(&mut self, _: TransactionStatus) {
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
