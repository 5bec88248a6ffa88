//! The history: the tables in which the tool notes what it applied. A migration may have set any `search_path`: every
//! statement names its schemas, or sets another one for the rest of its transaction.

use std::time::Duration;

use super::entry::{Entry, EntryState};
use super::error::DeploymentError;
use super::lock::LOCK;
use super::session_state::{CAPTURE, CAPTURED};
use crate::migration::{History, Lock, Migration, VersionOrder};
use crate::script::quote_literal;
use crate::session::{Connection, Row, TransactionStatus};

/// The history table of a database: it makes the statements, and reads what they made.
#[derive(Debug, Clone, Copy)]
pub struct HistoryTable;

/// Goes back, for the rest of a transaction, from whatever role and `search_path` a script has taken; what stands behind it
/// is at the end of that transaction.
const LOCALLY: &str = "SET LOCAL SESSION AUTHORIZATION DEFAULT; SET LOCAL ROLE NONE; SET LOCAL search_path = pg_catalog";

/// The beginning of a query that fails, and says why, where it finds no row. The text is no number, and the server shows it; it
/// hangs on the count, so that it is not looked at before.
const FENCED: &str = "SELECT CASE count(*) WHEN 1 THEN 1
      ELSE ('another session goes on with this migration: this one gave up the lock' || left('', count(*)::int4))::int4 END";

/// What an entry must still be when something is noted in it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fence<'a> {
    /// The entry.
    pub(super) rank: i64,
    /// The run that it belongs to.
    pub(super) run: &'a str,
    /// How many statements are noted as done.
    pub(super) done: u32,
}

impl Fence<'_> {
    fn condition(&self) -> String {
        format!(
            "rank = {} AND run = {} AND statements_done = {}",
            self.rank,
            quote_literal(self.run),
            self.done
        )
    }
}

/// What is wrong with rows that this version never writes.
const UNKNOWN: &str =
    "the history (public.pgassay_migrations): another version of pgassay may have made it";

impl HistoryTable {
    /// How others read it: the gate.
    pub const HISTORY: History = History {
        table: "public.pgassay_migrations",
        columns: &["rank", "version", "checksum", "state", "statements_done"],
        other_columns: &[],
        beside: None,
        query: "SELECT version, description,
                       CASE WHEN state = 'running' THEN 'begun' WHEN state = 'failed' OR NOT verified THEN 'failed' ELSE 'applied' END,
                       started_at::pg_catalog.text, applied_by
                  FROM {table} ORDER BY rank",
        lock: Lock::Advisory(|_| vec![LOCK]),
        order: VersionOrder::Numbers,
        is_single: false,
    };
    /// The table.
    pub const NAME: &str = "public.pgassay_migrations";
    /// The table with the texts that were applied, so that it can be shown what has changed.
    pub const TEXTS: &str = "public.pgassay_migration_texts";

    /// Whether there is one, that may be read.
    ///
    /// # Errors
    /// When the server cannot be asked.
    pub fn exists(connection: &mut Connection) -> Result<bool, DeploymentError> {
        let question = format!(
            "SELECT pg_catalog.to_regclass({}) IS NOT NULL",
            quote_literal(Self::NAME)
        );
        let found = connection.value(&question);
        Ok(found.map_err(DeploymentError::asking("look for the history"))? == Some("t".into()))
    }

    /// Makes the tables where they are missing.
    ///
    /// # Errors
    /// When the role may not.
    pub fn create(connection: &mut Connection) -> Result<(), DeploymentError> {
        if Self::exists(connection)? {
            return Ok(());
        }
        let (name, texts) = (Self::NAME, Self::TEXTS);
        let statements = format!(
            "BEGIN;
             CREATE TABLE {texts} (
                 checksum pg_catalog.text PRIMARY KEY,
                 body pg_catalog.text NOT NULL
             );
             CREATE TABLE {name} (
                 rank pg_catalog.int8 PRIMARY KEY,
                 version pg_catalog.text,
                 description pg_catalog.text NOT NULL,
                 script pg_catalog.text NOT NULL,
                 checksum pg_catalog.text NOT NULL,
                 state pg_catalog.text NOT NULL CHECK (state IN ('running', 'applied', 'failed', 'baseline')),
                 applied_by pg_catalog.text NOT NULL DEFAULT session_user,
                 started_at pg_catalog.timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
                 took pg_catalog.interval,
                 statements_done pg_catalog.int4 NOT NULL DEFAULT 0,
                 statement_at pg_catalog.text,
                 error pg_catalog.text,
                 part pg_catalog.int4 NOT NULL DEFAULT 1,
                 run pg_catalog.text NOT NULL,
                 session_state pg_catalog.text,
                 verified pg_catalog.bool
             );
             COMMENT ON TABLE {name} IS 'The migrations that pgassay applied. Do not write into it; see: pgassay migrate status, repair.';
             COMMENT ON TABLE {texts} IS 'The texts of the migrations that pgassay applied, by their checksums.';
             COMMIT"
        );
        let created = connection.execute(&statements);
        if created.is_err() {
            // The error itself says more than one of the rollback.
            let _ = connection.execute("ROLLBACK");
        }
        created.map_err(DeploymentError::asking(
            "make the history (public.pgassay_migrations)",
        ))
    }

    /// All entries, in the order in which their migrations were begun.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn read(connection: &mut Connection) -> Result<Vec<Entry>, DeploymentError> {
        let query = format!(
            "SELECT rank, version, description, script, checksum, state, applied_by,
                    pg_catalog.to_char(pg_catalog.timezone('UTC', started_at), 'YYYY-MM-DD HH24:MI:SS\"Z\"'),
                    (1000 * EXTRACT(epoch FROM took))::pg_catalog.int8,
                    statements_done, statement_at, error, part, session_state, verified
               FROM {} ORDER BY rank",
            Self::NAME
        );
        let rows = connection.rows(&query);
        let rows = rows.map_err(DeploymentError::asking("read the history"))?;
        let entries = rows.into_iter().map(entry);
        entries
            .collect::<Option<_>>()
            .ok_or(DeploymentError::Unreadable {
                what: UNKNOWN.to_owned(),
            })
    }

    /// The text of a checksum, where it was kept.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn text(
        connection: &mut Connection,
        checksum: &str,
    ) -> Result<Option<String>, DeploymentError> {
        let query = format!(
            "SELECT body FROM {} WHERE checksum OPERATOR(pg_catalog.=) {}",
            Self::TEXTS,
            quote_literal(checksum)
        );
        let text = connection.value(&query);
        text.map_err(DeploymentError::asking("read the text of a migration"))
    }

    /// Statements that add an entry behind all others, for the end of a transaction.
    pub(super) fn insert(new: &NewEntry<'_>) -> String {
        let migration = new.migration;
        let took = new.took.map_or_else(
            || "NULL".to_owned(),
            |took| format!("make_interval(secs => {})", took.as_secs_f64()),
        );
        let verified = match &migration.verify {
            Some(_) if new.state == EntryState::Applied => "false",
            _ => "NULL",
        };
        format!(
            "{LOCALLY}; {}; INSERT INTO {name} (rank, version, description, script, checksum, state, took, part, run, verified)
             SELECT COALESCE(max(rank), 0) + 1, {version}, {description}, {script}, {checksum}, '{state}', {took}, {part}, {run}, {verified}
               FROM {name} RETURNING rank",
            Self::keep_text(migration),
            name = Self::NAME,
            checksum = quote_literal(&migration.script.checksum()),
            version = migration
                .version
                .as_deref()
                .map_or_else(|| "NULL".to_owned(), quote_literal),
            description = quote_literal(&migration.description),
            script = quote_literal(&migration.script.name),
            state = new.state.word(),
            part = new.part,
            run = quote_literal(new.run),
        )
    }

    /// A statement that keeps the text of a migration.
    pub(super) fn keep_text(migration: &Migration) -> String {
        format!(
            "INSERT INTO {} (checksum, body) VALUES ({}, {}) ON CONFLICT (checksum) DO NOTHING",
            Self::TEXTS,
            quote_literal(&migration.script.checksum()),
            quote_literal(migration.script.shown_text())
        )
    }

    /// Statements for the end of a transaction: so many statements of a migration are done, and the one at this place is under
    /// way. They fail where the entry is not what it must be.
    pub(super) fn note(fence: &Fence<'_>, done: u32, at: Option<&str>) -> String {
        let at = at.map_or_else(|| "NULL".to_owned(), quote_literal);
        format!(
            "SET CONSTRAINTS ALL IMMEDIATE; {CAPTURE}; {LOCALLY};
             WITH noted AS (
                 UPDATE {} SET statements_done = {done}, statement_at = {at}, session_state = current_setting('{CAPTURED}')
                  WHERE {} RETURNING 1
             ) {FENCED} FROM noted",
            Self::NAME,
            fence.condition()
        )
    }

    /// Statements for the end of a transaction that set columns of an entry, in SQL, where it still is what it must be.
    pub(super) fn settle(fence: &Fence<'_>, set: &str) -> String {
        format!(
            "{LOCALLY}; WITH settled AS (UPDATE {} SET {set} WHERE {} RETURNING 1) {FENCED} FROM settled",
            Self::NAME,
            fence.condition()
        )
    }

    /// Statements for the end of a transaction that fail where this session does not hold the lock.
    pub(super) fn guard() -> String {
        format!(
            "{LOCALLY}; {FENCED} FROM pg_locks l WHERE {} AND l.pid = pg_backend_pid()",
            super::lock::condition(LOCK)
        )
    }

    /// Statements for the end of a transaction that set columns of an entry, in SQL, whatever it is.
    pub(super) fn update(rank: i64, set: &str) -> String {
        format!(
            "{LOCALLY}; UPDATE {} SET {set} WHERE rank = {rank}",
            Self::NAME
        )
    }

    /// Removes an entry, where nothing of its migration is done.
    pub(super) fn forget(
        connection: &mut Connection,
        fence: &Fence<'_>,
    ) -> Result<(), DeploymentError> {
        let statement = format!(
            "{LOCALLY}; DELETE FROM {} WHERE {} AND statement_at IS NULL",
            Self::NAME,
            fence.condition()
        );
        write(connection, &statement).map(drop)
    }
}

/// An entry that is to be added.
#[derive(Debug, Clone, Copy)]
pub(super) struct NewEntry<'a> {
    pub(super) migration: &'a Migration,
    /// Of migrations that one file holds under one version, the how-manieth it is; from 1.
    pub(super) part: u32,
    pub(super) state: EntryState,
    pub(super) took: Option<Duration>,
    /// The run that adds it.
    pub(super) run: &'a str,
}

/// The rank of an entry that was added, from the rows that statements with [`HistoryTable::insert`] brought.
pub(super) fn rank_of(rows: &[Row]) -> Result<i64, DeploymentError> {
    let value = rows.first().and_then(|row| row.first()?.as_deref());
    value
        .and_then(|rank| rank.parse().ok())
        .ok_or(DeploymentError::Unreadable {
            what: UNKNOWN.to_owned(),
        })
}

/// Writes into the history, in a transaction of its own. Returns the rows of all results.
pub(super) fn write(
    connection: &mut Connection,
    statements: &str,
) -> Result<Vec<Row>, DeploymentError> {
    let doing = || DeploymentError::asking("write into the history");
    // Before the text itself, which the server reads as the encoding says that holds when it comes.
    connection
        .execute("SET client_encoding = 'UTF8'")
        .map_err(doing())?;
    let result = connection.rows(&format!("BEGIN; {statements}; COMMIT"));
    if result.is_err() && connection.status() != TransactionStatus::Idle {
        // The error itself says more than one of the rollback.
        let _ = connection.execute("ROLLBACK");
    }
    result.map_err(doing())
}

fn entry(row: Vec<Option<String>>) -> Option<Entry> {
    let mut values = row.into_iter();
    let mut next = || values.next();
    Some(Entry {
        rank: next()??.parse().ok()?,
        version: next()?,
        description: next()??,
        script: next()??,
        checksum: next()??,
        state: EntryState::of(&next()??)?,
        by: next()??,
        when: next()??,
        took: match next()? {
            Some(milliseconds) => Some(Duration::from_millis(milliseconds.parse().ok()?)),
            None => None,
        },
        done: next()??.parse().ok()?,
        at: next()?,
        error: next()?,
        part: next()??.parse().ok()?,
        session: next()?,
        verified: next()?.map(|it| it == "t"),
    })
}
