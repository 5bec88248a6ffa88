//! One script of a migration, run on the session at hand.

use std::sync::Arc;

use super::control::needs_no_block;
use super::options::Happening;
use super::parts::{Part, Parts};
use super::upgrade::Deployment;
use crate::database::{ScriptError, Witness};
use crate::event::Notice;
use crate::migration::{Migration, MigrationScript, Transaction};
use crate::script::{Control, Location};
use crate::session::{
    Connection, Failure, FailureKind, Interpreter, Ledger, ScriptText, TransactionStatus,
};

impl Deployment<'_> {
    /// Runs a script to its end, and sees that it leaves no transaction of its own open.
    pub(super) fn run(
        &mut self,
        connection: &mut Connection,
        script: &MigrationScript,
        kind: &'static str,
        ledger: Option<&mut dyn Ledger>,
    ) -> Result<(), Box<ScriptError>> {
        let was = connection.status();
        let happens = &mut *self.happens;
        let mut hears = |notice: Notice| happens(Happening::Remarks(&notice));
        let mut witness = Witness::hearing(&mut hears);
        let result = (|| {
            let text = ScriptText {
                path: script.path.clone(),
                shown: script.shown.clone(),
                text: text_in(connection, script)?,
            };
            let mut interpreter = Interpreter::new(connection, &mut witness, self.surroundings);
            // What the project itself says goes before what its tool's settings say.
            for (name, value) in script.variables.iter().chain(self.variables) {
                let set = interpreter.variables.set(name, value);
                set.map_err(|text| Failure {
                    kind: FailureKind::Command,
                    text,
                    location: None,
                })?;
            }
            if let Some(ledger) = ledger {
                interpreter.ledger = Some(ledger);
            }
            interpreter.run(&text)
        })();
        let result = result.and_then(|()| match (was, connection.status()) {
            (TransactionStatus::Open, TransactionStatus::Failed) => {
                Err(witness.broken_transaction(&script.shown))
            }
            (TransactionStatus::Idle, TransactionStatus::Open | TransactionStatus::Failed) => {
                Err(Failure {
                    kind: FailureKind::Script,
                    text: "it ends inside a transaction that it began, so nothing of that would be kept; add COMMIT"
                        .to_owned(),
                    location: Some(Location::new(script.shown.clone(), 1, 1)),
                })
            }
            _ => Ok(()),
        });
        result.map_err(|failure| {
            Box::new(ScriptError {
                kind,
                script: script.shown.clone(),
                failure,
                error: witness.error.take(),
                statement: witness.statement.take(),
                row: None,
            })
        })
    }
}

/// The text of a script as it runs in the database that is connected to.
fn text_in(connection: &mut Connection, script: &MigrationScript) -> Result<Arc<str>, Failure> {
    if script.placeholders.is_empty() {
        return Ok(Arc::clone(&script.text));
    }
    let mut asked = |question: &str| {
        let answer = connection.value(question).map_err(|error| Failure {
            kind: FailureKind::Sql,
            text: format!("ask for what replaces its placeholders: {error}"),
            location: Some(Location::new(script.shown.clone(), 1, 1)),
        });
        Ok(answer?.unwrap_or_default())
    };
    let database = asked("SELECT pg_catalog.current_database()")?;
    let role = asked("SELECT CURRENT_USER")?;
    Ok(script.text_in(&database, &role))
}

/// Whether a migration is applied in one transaction: where its layout says so, and it does not begin or end one itself.
pub(super) fn is_one_transaction(migration: &Migration) -> bool {
    let is_bracket = |part: Part| match part {
        Part::Statement(text) => Control::of(&text) != Control::None,
        Part::Command(_) => false,
    };
    migration.transaction != Transaction::Apart
        && !Parts::of(&migration.script.text).any(is_bracket)
}

/// Whether a migration that is one transaction where possible cannot be one.
pub(super) fn stays_apart(migration: &Migration) -> bool {
    let is_outside = |part: Part| match part {
        Part::Statement(text) => needs_no_block(&text),
        Part::Command(_) => false,
    };
    migration.transaction == Transaction::WherePossible
        && Parts::of(&migration.script.text).any(is_outside)
}
