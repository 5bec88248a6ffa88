//! An onlooker: a session that looks at a database between the steps of others, and tries there what is rolled back.

use std::time::Instant;

use super::round_trip::{Ends, Ran, RoundTrip, Traveller};
use super::{Applying, DatabaseError, Likeness, ScriptError, Sequence};
use crate::catalog::Reader;
use crate::migration::{Migration, MigrationScript};
use crate::script::{quote_identifier, quote_literal};
use crate::session::conninfo::ConnInfo;
use crate::session::{Connection, Pgtap, TransactionStatus, Watch};

/// A session that leaves its database as it is.
#[derive(Debug)]
pub struct Onlooker {
    session: Connection,
    reader: Reader,
}

/// A round trip to be tried, in one transaction that is rolled back.
pub struct Rehearsal<'a> {
    /// The migration.
    pub migration: &'a Migration,
    /// What takes it back.
    pub down: &'a MigrationScript,
    /// How scripts run.
    pub applying: Applying<'a>,
    /// The role that runs them, where it is not the one who looks.
    pub role: Option<&'a str>,
    /// Between what it leads.
    pub ends: Ends<'a>,
    /// What is not the project's.
    pub pgtap: &'a Pgtap,
}

/// One transaction does not tell what would come of it without.
struct Undecided;

impl Onlooker {
    /// Enters a database.
    ///
    /// # Errors
    /// It cannot be entered.
    pub fn enter(info: &ConnInfo, watch: Watch) -> Result<Self, DatabaseError> {
        let opened = Connection::open(info, watch);
        let session = opened.map_err(|source| DatabaseError::Connect {
            doing: "look at the database".into(),
            source: Box::new(source),
        })?;
        Ok(Self {
            session,
            reader: Reader::default(),
        })
    }

    /// Leaves it; nobody could copy or rename it otherwise.
    pub fn leave(mut self) {
        self.session.end();
    }

    /// The session, to ask it something.
    pub fn session(&mut self) -> &mut Connection {
        &mut self.session
    }

    /// What the database is like.
    ///
    /// # Errors
    /// The server's error.
    pub fn likeness(&mut self, pgtap: &Pgtap) -> Result<Likeness, DatabaseError> {
        Likeness::take(&mut self.session, &mut self.reader, pgtap)
    }

    /// Makes a round trip in one transaction that is rolled back, by a superuser's session. None where that cannot tell what
    /// would come of it in several: a statement that stands in no transaction, a value of an enum that is too new for it, rows
    /// that a constraint refuses. This session is not to be used again then.
    ///
    /// # Errors
    /// The database could not be left as it was.
    pub fn rehearse(
        &mut self,
        rehearsal: &Rehearsal<'_>,
    ) -> Result<Option<RoundTrip>, DatabaseError> {
        if self.session.status() != TransactionStatus::Idle {
            return Ok(None);
        }
        let Some(sequences) = self.begin(rehearsal.role) else {
            self.roll_back()?;
            return Ok(None);
        };
        let mut rehearsing = Rehearsing {
            onlooker: self,
            rehearsal,
        };
        let trip = RoundTrip::make(&mut rehearsing, &rehearsal.ends);
        self.roll_back()?;
        // What they give out is not rolled back.
        Sequence::put_back(&sequences, &mut self.session, true)
            .map_err(DatabaseError::query("put the sequences back"))?;
        Ok(trip.ok())
    }

    fn roll_back(&mut self) -> Result<(), DatabaseError> {
        self.session
            .execute("ROLLBACK")
            .map_err(DatabaseError::query("roll a trial back"))
    }

    /// Begins the transaction, for a role without settings of its own, which nobody gets without logging in. Returns the
    /// sequences as they are.
    fn begin(&mut self, role: Option<&str>) -> Option<Vec<Sequence>> {
        let whose = role.map_or_else(|| "CURRENT_USER".to_owned(), quote_literal);
        let session = &mut self.session;
        session.execute(&format!("BEGIN; {UNCOUNTED}")).ok()?;
        let has_settings = session.value(&format!(
            "SELECT EXISTS (SELECT FROM pg_catalog.pg_db_role_setting
               WHERE setdatabase IN (0, (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()))
                 AND (setrole = 0 OR setrole = (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = {whose})))"
        ));
        if has_settings.ok()?.as_deref() != Some("f") {
            return None;
        }
        Sequence::read_all(session).ok()
    }
}

/// Who goes there and back in one transaction.
struct Rehearsing<'r> {
    onlooker: &'r mut Onlooker,
    rehearsal: &'r Rehearsal<'r>,
}

impl Rehearsing<'_> {
    /// Runs a script, with what is checked at the end of its transaction.
    fn run(&mut self, script: &MigrationScript, kind: &'static str) -> Result<Ran, Undecided> {
        let session = &mut self.onlooker.session;
        if let Some(role) = self.rehearsal.role {
            let act = format!("SET SESSION AUTHORIZATION {}", quote_identifier(role));
            session.execute(&act).map_err(|_| Undecided)?;
        }
        let begin = Instant::now();
        let result = self.rehearsal.applying.rehearse((kind, script), session);
        let elapsed = begin.elapsed();
        match result {
            Err(error) if fails_anywhere(&error) => {
                return Ok(Err(DatabaseError::Script(error)));
            }
            Ok(()) if session.status() == TransactionStatus::Open => {}
            _ => return Err(Undecided),
        }
        // What a script sets is not for those behind it.
        session
            .execute(&format!(
                "SET CONSTRAINTS ALL IMMEDIATE; RESET SESSION AUTHORIZATION; RESET ALL; {UNCOUNTED}"
            ))
            .map_err(|_| Undecided)?;
        Ok(Ok(elapsed))
    }
}

impl Traveller for Rehearsing<'_> {
    type Error = Undecided;

    fn back(&mut self) -> Result<Ran, Undecided> {
        self.run(self.rehearsal.down, "down script")
    }

    fn forth(&mut self) -> Result<Ran, Undecided> {
        self.run(&self.rehearsal.migration.script, "migration")
    }

    fn likeness(&mut self) -> Result<Likeness, Undecided> {
        let likeness = self.onlooker.likeness(self.rehearsal.pgtap);
        likeness.map_err(|_| Undecided)
    }
}

/// Whether a script fails whatever the transaction: by its syntax, by what is not there or already there (class 42), by what
/// depends on it (2BP01).
fn fails_anywhere(error: &ScriptError) -> bool {
    let code = error.error.as_ref().map(|it| it.message.code.as_str());
    code.is_some_and(|code| code.starts_with("42") || code == "2BP01")
}

/// The rows of a migration that is rolled back are no rows that it changed.
const UNCOUNTED: &str = "SET LOCAL track_counts = off";
