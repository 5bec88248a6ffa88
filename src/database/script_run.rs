//! Running one of the project's scripts while the template is built.

use std::sync::Arc;

use super::error::ScriptError;
use super::witness::Witness;
use super::{DatabaseError, Preparation};
use crate::catalog::History;
use crate::migration::Transaction;
use crate::script::{Location, quote_identifier};
use crate::session::{
    Connection, Failure, FailureKind, Interpreter, ScriptText, TransactionStatus,
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
        self.run_script_with(self.variables, (kind, shown), read, transaction, session)
    }

    /// The same, with these psql variables; `of` is the kind of script and its file.
    pub(super) fn run_script_with(
        &self,
        variables: &[(String, String)],
        of: (&'static str, &Arc<str>),
        read: Result<ScriptText, Failure>,
        transaction: Transaction,
        session: &mut Connection,
    ) -> Result<(), DatabaseError> {
        let (kind, shown) = of;
        let mut witness = Witness::following(self.history);
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
            for (name, value) in variables {
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
