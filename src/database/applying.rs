//! Applying one migration to the database that a session is in, and running the project's other scripts there.

use std::cell::RefCell;
use std::sync::Arc;

use super::error::ScriptError;
use super::plainness::Plainness;
use super::witness::Witness;
use super::{Counting, DatabaseError, replay};
use crate::catalog::History;
use crate::migration::{Migration, MigrationScript, Transaction};
use crate::script::{Location, quote_identifier};
use crate::session::{
    Connection, Failure, FailureKind, Interpreter, ScriptText, Surroundings, TransactionStatus,
};

/// What a migration's own script is called in errors.
const MIGRATION: &str = "migration";

/// How migrations are applied, whatever the database.
#[derive(Clone, Copy)]
pub struct Applying<'a> {
    /// What scripts may use.
    pub surroundings: &'a Surroundings,
    /// psql variables for all of them.
    pub variables: &'a [(String, String)],
    /// What migrations that name their database call it.
    pub database_name: &'a str,
    /// What migrations that name the role that migrates call it.
    pub role: &'a str,
    /// The role that the session acts as by `SET ROLE`; none where it is logged in as the role that migrates.
    pub acts_as: Option<&'a str>,
    /// Where it is noted which step makes and changes which schema object; none costs nothing.
    pub history: Option<&'a RefCell<History>>,
    /// Where it is counted what a migration changes; none costs nothing.
    pub counting: Option<&'a RefCell<Counting>>,
}

impl Applying<'_> {
    /// Applies one migration, in a transaction where its layout does so, and verifies it. Where a transaction is only wanted
    /// where possible, a statement that cannot run in one (SQLSTATE 25001) shows itself; nothing of the file is kept then, and
    /// it runs again without. Behind it, the session is as new.
    ///
    /// # Errors
    /// What failed, with the row that was in its way where one is found; the session is not to be used again then.
    pub fn apply(
        &self,
        migration: &Migration,
        session: &mut Connection,
    ) -> Result<(), DatabaseError> {
        let run = |session: &mut Connection, transaction| {
            self.run_part(MIGRATION, &migration.script, transaction, session)
        };
        match (migration.transaction, run(session, migration.transaction)) {
            (Transaction::WherePossible, Err(DatabaseError::Script(error)))
                if is_outside_transactions_only(&error) =>
            {
                session
                    .execute("ROLLBACK")
                    .map_err(DatabaseError::query("roll back a migration"))?;
                run(session, Transaction::Apart)?;
            }
            (_, result) => result?,
        }
        if let Some(verify) = &migration.verify {
            self.run_part("verify script", verify, Transaction::Apart, session)?;
        }
        Ok(())
    }

    /// Runs the script that takes a migration back; nothing where it has none.
    ///
    /// # Errors
    /// What failed; the session is not to be used again then.
    pub fn take_back(
        &self,
        migration: &Migration,
        session: &mut Connection,
    ) -> Result<(), DatabaseError> {
        let Some(down) = &migration.down else {
            return Ok(());
        };
        let run = |session: &mut Connection, transaction| {
            self.run_part("down script", down, transaction, session)
        };
        match (migration.transaction, run(session, migration.transaction)) {
            (Transaction::WherePossible, Err(DatabaseError::Script(error)))
                if is_outside_transactions_only(&error) =>
            {
                session
                    .execute("ROLLBACK")
                    .map_err(DatabaseError::query("roll back a down script"))?;
                run(session, Transaction::Apart)
            }
            (_, result) => result,
        }
    }

    /// Runs a script of a migration in the transaction that is open, which it does not end, where each of its statements is plain:
    /// does the same there as it would by itself, and no more than what is rolled back. `transaction` is how it would run.
    ///
    /// # Errors
    /// It fails, or has a statement that is not plain.
    pub fn rehearse(
        &self,
        script: &MigrationScript,
        transaction: Transaction,
        session: &mut Connection,
    ) -> Result<(), Failure> {
        let mut witness = Witness::default();
        let mut plainness = Plainness::of(transaction);
        let mut interpreter = Interpreter::new(session, &mut witness, self.surroundings);
        interpreter.ledger = Some(&mut plainness);
        let variables = [&script.variables, self.variables].concat();
        set_variables(&mut interpreter, &variables)?;
        interpreter.run(&self.text_of(script))?;
        if plainness.is_open() {
            return Err(unfinished(&script.shown));
        }
        Ok(())
    }

    /// Runs a script of a migration.
    fn run_part(
        &self,
        kind: &'static str,
        script: &MigrationScript,
        transaction: Transaction,
        session: &mut Connection,
    ) -> Result<(), DatabaseError> {
        let (read, shown) = (Ok(self.text_of(script)), &script.shown);
        // What the project itself says goes before what its tool's settings say.
        let variables = [&script.variables, self.variables].concat();
        self.run_with(&variables, (kind, shown), read, transaction, session)
    }

    /// A migration's script as it was read; that it was is recorded where somebody wants to know.
    fn text_of(&self, script: &MigrationScript) -> ScriptText {
        if let Some(inputs) = &self.surroundings.inputs {
            inputs.script(&script.path, &script.shown, &script.file_hash);
        }
        ScriptText {
            path: script.path.clone(),
            shown: Arc::clone(&script.shown),
            text: script.text_in(self.database_name, self.role),
        }
    }

    /// Runs a script that was read to its end, in one transaction where that is wanted; `of` is the kind of script and its file.
    pub(super) fn run_script(
        &self,
        of: (&'static str, &Arc<str>),
        read: Result<ScriptText, Failure>,
        transaction: Transaction,
        session: &mut Connection,
    ) -> Result<(), DatabaseError> {
        self.run_with(self.variables, of, read, transaction, session)
    }

    fn run_with(
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
        let counting = self.counting.filter(|_| kind == MIGRATION);
        if let Some(counting) = counting {
            counting.borrow_mut().begin(session)?;
        }
        let result = read.and_then(|script| {
            if transactional {
                bracket(session, "BEGIN", shown)?;
            }
            let mut interpreter = Interpreter::new(session, &mut witness, self.surroundings);
            set_variables(&mut interpreter, variables)?;
            interpreter.run(&script)?;
            if let Some(counting) = counting
                && session.status() != TransactionStatus::Failed
            {
                // Of what is committed, a session does not know any more what it changed.
                counting.borrow_mut().end(session);
            }
            if transactional {
                // The server would take COMMIT for ROLLBACK, and all would seem well.
                if session.status() == TransactionStatus::Failed {
                    return Err(witness.broken_transaction(shown));
                }
                bracket(session, "COMMIT", shown)?;
            } else if session.status() != TransactionStatus::Idle {
                return Err(unfinished(shown));
            }
            Ok(())
        });
        if let (Some(history), Some(inputs)) = (self.history, inputs) {
            history.borrow_mut().add_files(inputs.take_scripts());
        }
        if let Err(failure) = result {
            let row = replay::failing_row(session, &witness);
            return Err(DatabaseError::Script(Box::new(ScriptError {
                kind,
                script: Arc::clone(shown),
                failure,
                error: witness.error,
                statement: witness.statement,
                row,
            })));
        }
        // What a script sets for its session is not for the next one: a dump empties search_path.
        let act = self
            .acts_as
            .map(|role| format!("SET ROLE {}", quote_identifier(role)));
        for statement in std::iter::once("DISCARD ALL").chain(act.as_deref()) {
            session
                .execute(statement)
                .map_err(DatabaseError::query(format!("go on after {shown}")))?;
        }
        Ok(())
    }
}

/// A script ends inside a transaction that it began.
fn unfinished(shown: &Arc<str>) -> Failure {
    Failure {
        kind: FailureKind::Script,
        text:
            "it ends inside a transaction that it began, so nothing of it would be kept; add COMMIT"
                .into(),
        location: Some(Location::new(Arc::clone(shown), 1, 1)),
    }
}

fn set_variables(
    interpreter: &mut Interpreter<'_>,
    variables: &[(String, String)],
) -> Result<(), Failure> {
    for (name, value) in variables {
        let set = interpreter.variables.set(name, value);
        set.map_err(|text| Failure {
            kind: FailureKind::Command,
            text,
            location: None,
        })?;
    }
    Ok(())
}

/// Whether a script holds a statement that cannot run in a transaction.
fn is_outside_transactions_only(error: &ScriptError) -> bool {
    let error = error.error.as_ref();
    error.is_some_and(|error| error.message.code == "25001")
}

/// `BEGIN` or `COMMIT` around a script.
fn bracket(session: &mut Connection, statement: &str, shown: &Arc<str>) -> Result<(), Failure> {
    session.execute(statement).map_err(|error| Failure {
        kind: FailureKind::Sql,
        text: format!("{statement}: {error}"),
        location: Some(Location::new(Arc::clone(shown), 1, 1)),
    })
}
