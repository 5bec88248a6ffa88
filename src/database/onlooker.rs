//! An onlooker: a session that looks at a database between the steps of others, and tries there what is rolled back.

use std::time::Instant;

use super::round_trip::{Ends, Ran, RoundTrip, Traveller};
use super::{Applying, DatabaseError, Likeness, Sequence};
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

    /// Whether its session has ended.
    pub fn is_lost(&self) -> bool {
        self.session.is_lost()
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
        // Values are compared as they are written.
        self.session
            .execute(WRITING)
            .map_err(DatabaseError::query("look at the database"))?;
        Likeness::take(&mut self.session, &mut self.reader, pgtap)
    }

    /// Makes a round trip in one transaction that is rolled back, by a superuser's session. None where a script fails,
    /// or cannot be tried so: only a round trip with a transaction for each script tells what comes of it then. This session is
    /// not to be used again in that case.
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
        let committed = self.last_commit()?;
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
        if self.last_commit()? != committed {
            return Err(DatabaseError::Unreadable {
                what: format!(
                    "the database after a trial of {}, which committed something",
                    rehearsal.down.shown
                ),
            });
        }
        // What they give out is not rolled back.
        Sequence::put_back(&sequences, &mut self.session, true)
            .map_err(DatabaseError::query("put the sequences back"))?;
        Ok(trip.ok())
    }

    /// The last transaction that was committed on the server.
    fn last_commit(&mut self) -> Result<Option<String>, DatabaseError> {
        self.session
            .value("SELECT xid FROM pg_catalog.pg_last_committed_xact()")
            .map_err(DatabaseError::query("look what was committed last"))
    }

    fn roll_back(&mut self) -> Result<(), DatabaseError> {
        self.session
            .execute(&format!("ROLLBACK; {EMPTY}"))
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
                 AND setrole IN (SELECT 0 UNION ALL SELECT oid FROM pg_catalog.pg_roles WHERE rolname IN ({whose}, SESSION_USER)))"
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
    fn run(&mut self, script: &MigrationScript) -> Result<Ran, Undecided> {
        let Rehearsal {
            role,
            applying,
            migration,
            ..
        } = self.rehearsal;
        let session = &mut self.onlooker.session;
        let act =
            role.map(|role| format!("; SET SESSION AUTHORIZATION {}", quote_identifier(role)));
        // What looking has set is not for scripts, and what a script sets is not for those behind it.
        let as_new = format!("RESET ALL; {UNCOUNTED}");
        session
            .execute(&format!("{as_new}{}", act.unwrap_or_default()))
            .map_err(|_| Undecided)?;
        let begin = Instant::now();
        let result = applying.rehearse(script, migration.transaction, session);
        let elapsed = begin.elapsed();
        if result.is_err() || session.status() != TransactionStatus::Open {
            return Err(Undecided);
        }
        session
            .execute(&format!(
                "SET CONSTRAINTS ALL IMMEDIATE; RESET SESSION AUTHORIZATION; {as_new}"
            ))
            .map_err(|_| Undecided)?;
        Ok(Ok(elapsed))
    }
}

impl Traveller for Rehearsing<'_> {
    type Error = Undecided;

    fn back(&mut self) -> Result<Ran, Undecided> {
        self.run(self.rehearsal.down)
    }

    fn forth(&mut self) -> Result<Ran, Undecided> {
        self.run(&self.rehearsal.migration.script)
    }

    fn likeness(&mut self) -> Result<Likeness, Undecided> {
        let likeness = self.onlooker.likeness(self.rehearsal.pgtap);
        likeness.map_err(|_| Undecided)
    }
}

/// The rows of a migration that is rolled back are no rows that it changed.
const UNCOUNTED: &str = "SET LOCAL track_counts = off";

/// What is left of a script in its session, though all else is rolled back.
const EMPTY: &str = "CLOSE ALL; UNLISTEN *; SELECT pg_catalog.pg_advisory_unlock_all(); DISCARD TEMP; DISCARD SEQUENCES";

/// So that values are written in one way, whatever the database or the role has set.
const WRITING: &str = "SET timezone = 'UTC'; SET datestyle = 'ISO, YMD'; SET intervalstyle = 'postgres'; SET extra_float_digits = 1;
    SET bytea_output = 'hex'; SET xmlbinary = 'base64'; SET lc_monetary = 'C'; SET quote_all_identifiers = off";
