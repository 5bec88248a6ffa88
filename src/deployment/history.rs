//! The history: the tables in which the tool notes what it applied. Every statement names its schemas, since a migration
//! may have set any `search_path`.

use std::time::Duration;

use super::entry::{Entry, EntryState};
use super::error::DeploymentError;
use super::lock::LOCK;
use crate::migration::{History, Lock, Migration, VersionOrder};
use crate::script::quote_literal;
use crate::session::{Connection, QueryError};

/// The history table of a database: it makes the statements, and reads what they made.
#[derive(Debug, Clone, Copy)]
pub struct HistoryTable;

/// Goes back from whatever role a migration has taken.
const AS_ONESELF: &str = "SET SESSION AUTHORIZATION DEFAULT; RESET ROLE; ";

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
                       CASE state WHEN 'running' THEN 'begun' WHEN 'failed' THEN 'failed' ELSE 'applied' END,
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
                 error pg_catalog.text
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
                    statements_done, statement_at, error
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
            "SELECT body FROM {} WHERE checksum = {}",
            Self::TEXTS,
            quote_literal(checksum)
        );
        let text = connection.value(&query);
        text.map_err(DeploymentError::asking("read the text of a migration"))
    }

    /// Statements that add an entry behind all others.
    pub(super) fn insert(
        migration: &Migration,
        state: EntryState,
        took: Option<Duration>,
    ) -> String {
        let took = took.map_or_else(
            || "NULL".to_owned(),
            |took| format!("pg_catalog.make_interval(secs => {})", took.as_secs_f64()),
        );
        let checksum = quote_literal(&migration.script.checksum());
        format!(
            "{AS_ONESELF}INSERT INTO {texts} (checksum, body) VALUES ({checksum}, {body}) ON CONFLICT (checksum) DO NOTHING;
             INSERT INTO {name} (rank, version, description, script, checksum, state, took)
             SELECT COALESCE(pg_catalog.max(rank), 0) OPERATOR(pg_catalog.+) 1,
                    {version}, {description}, {script}, {checksum}, '{state}', {took}
               FROM {name}",
            texts = Self::TEXTS,
            name = Self::NAME,
            body = quote_literal(&migration.script.text),
            version = migration.version.as_deref().map_or_else(|| "NULL".to_owned(), quote_literal),
            description = quote_literal(&migration.description),
            script = quote_literal(&migration.script.name),
            state = state.word(),
        )
    }

    /// A statement that sets columns of the newest entry of a migration, in SQL.
    pub(super) fn update(rank: i64, set: &str) -> String {
        format!(
            "{AS_ONESELF}UPDATE {} SET {set} WHERE rank OPERATOR(pg_catalog.=) {rank}",
            Self::NAME
        )
    }

    /// The rank of the entry that was added last.
    pub(super) fn last_rank(connection: &mut Connection) -> Result<i64, DeploymentError> {
        let query = format!("SELECT pg_catalog.max(rank) FROM {}", Self::NAME);
        let found = connection.value(&query);
        let found = found.map_err(DeploymentError::asking("read the history"))?;
        found
            .and_then(|rank| rank.parse().ok())
            .ok_or(DeploymentError::Unreadable {
                what: UNKNOWN.to_owned(),
            })
    }

    /// Removes an entry.
    pub(super) fn delete(connection: &mut Connection, rank: i64) -> Result<(), DeploymentError> {
        let statement = format!(
            "DELETE FROM {} WHERE rank OPERATOR(pg_catalog.=) {rank}",
            Self::NAME
        );
        write(connection, &statement)
    }
}

/// Writes into the history.
pub(super) fn write(connection: &mut Connection, statements: &str) -> Result<(), DeploymentError> {
    let result: Result<(), QueryError> = connection.execute(statements);
    result.map_err(DeploymentError::asking("write into the history"))
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
    })
}
