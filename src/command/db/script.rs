//! One roles or fixtures script, run once on a database that lives on.

use std::sync::Arc;

use super::super::Error;
use super::records;
use crate::database::{DatabaseError, ScriptError, Witness};
use crate::event::Notice;
use crate::project::ScriptFile;
use crate::script::{Location, quote_identifier};
use crate::session::conninfo::ConnInfo;
use crate::session::{
    Connection, Failure, FailureKind, Interpreter, ScriptText, Surroundings, TransactionStatus,
    Watch,
};

/// SQLSTATE: a statement cannot run in a transaction.
const NOT_IN_ONE: &str = "25001";

/// How scripts run.
pub(super) struct Runner<'a> {
    pub(super) way: &'a ConnInfo,
    pub(super) watch: &'a Watch,
    pub(super) variables: &'a [(String, String)],
    pub(super) surroundings: &'a Surroundings,
    /// Whom they run as, by `SET ROLE`; none means who connects.
    pub(super) owner: Option<&'a str>,
}

impl Runner<'_> {
    /// Opens a session of its own, since what a script sets is not for the next one; runs it in a transaction with `record`,
    /// so that it has run and is noted, or neither. One that cannot be in a transaction runs without, and is noted behind.
    pub(super) fn run(
        &self,
        kind: &'static str,
        script: &ScriptFile,
        record: Option<&str>,
        hears: &mut dyn FnMut(Notice),
    ) -> Result<(), Error> {
        let text = ScriptText::read_for(&script.path, Arc::clone(&script.shown), None);
        let mut session = self.open(kind)?;
        session
            .execute("BEGIN")
            .map_err(DatabaseError::query("begin a transaction"))?;
        if let Err(error) = self.play(&mut session, kind, script, text.clone(), hears) {
            let code = error.error.as_ref().map(|it| it.message.code.as_str());
            if code != Some(NOT_IN_ONE) {
                return Err(DatabaseError::Script(error).into());
            }
            // Nothing of it is there: it begins anew.
            session = self.open(kind)?;
            self.play(&mut session, kind, script, text, hears)
                .map_err(DatabaseError::Script)?;
        }
        let noting = || records::failed(format!("note that {} has run", script.shown));
        if let Some(record) = record {
            session
                .execute("SET SESSION AUTHORIZATION DEFAULT")
                .and_then(|()| session.execute("RESET ROLE"))
                .and_then(|()| session.execute(record))
                .map_err(noting())?;
        }
        // A script may have ended the transaction itself.
        if session.status() != TransactionStatus::Idle {
            session.execute("COMMIT").map_err(noting())?;
        }
        Ok(())
    }

    fn open(&self, kind: &str) -> Result<Connection, Error> {
        let opened = Connection::open(self.way, self.watch.clone());
        let mut session = opened.map_err(|source| DatabaseError::Connect {
            doing: format!("run a {kind}"),
            source: Box::new(source),
        })?;
        if let Some(owner) = self.owner {
            let doing = format!("act as role \"{owner}\" (setting `owner`)");
            session
                .execute(&format!("SET ROLE {}", quote_identifier(owner)))
                .map_err(DatabaseError::query(doing))?;
        }
        Ok(session)
    }

    fn play(
        &self,
        session: &mut Connection,
        kind: &'static str,
        script: &ScriptFile,
        text: Result<ScriptText, Failure>,
        hears: &mut dyn FnMut(Notice),
    ) -> Result<(), Box<ScriptError>> {
        let was = session.status();
        let mut witness = Witness::hearing(hears);
        let result = text.and_then(|text| {
            let mut interpreter = Interpreter::new(session, &mut witness, self.surroundings);
            for (name, value) in self.variables {
                let set = interpreter.variables.set(name, value);
                set.map_err(|text| Failure {
                    kind: FailureKind::Command,
                    text,
                    location: None,
                })?;
            }
            interpreter.run(&text)
        });
        let result = result.and_then(|()| match (was, session.status()) {
            (_, TransactionStatus::Failed) => Err(witness.broken_transaction(&script.shown)),
            (TransactionStatus::Idle, TransactionStatus::Open) => Err(Failure {
                kind: FailureKind::Script,
                text: "it ends inside a transaction that it began, so nothing of it would be kept; add COMMIT".into(),
                location: Some(Location::new(Arc::clone(&script.shown), 1, 1)),
            }),
            _ => Ok(()),
        });
        result.map_err(|failure| {
            Box::new(ScriptError {
                kind,
                script: Arc::clone(&script.shown),
                failure,
                error: witness.error.take(),
                statement: witness.statement.take(),
                row: None,
            })
        })
    }
}
