//! The proof that a scratch database is pristine: that nothing outlived the test file that ran in it.
//!
//! Whatever changes rows or catalogs for good is a transaction with an id that commits, and the server knows the last
//! one (`track_commit_timestamp`). What changes without one is looked at by itself: sequences, which are put back;
//! prepared transactions, replication slots, the server's configuration, and other sessions, which are not.

use super::DatabaseError;
use crate::script::quote_literal;
use crate::session::{Connection, QueryError, Row};

/// What a scratch database and its cluster are like while nothing has run in it.
#[derive(Debug, Clone)]
pub struct Pristine {
    state: State,
    sequences: Vec<Sequence>,
}

/// What of a cluster changes when anything in it does.
#[derive(Debug, Clone, PartialEq, Eq)]
struct State {
    last_commit: Option<String>,
    others: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Sequence {
    /// Quoted, with its schema.
    name: String,
    last_value: String,
    is_called: bool,
}

/// Two columns of text: the last transaction that committed, and all that changes without one.
const STATE: &str = "
    SELECT (SELECT xid::text FROM pg_catalog.pg_last_committed_xact()),
           pg_catalog.concat_ws(' ', pg_catalog.pg_conf_load_time(), pg_catalog.pg_postmaster_start_time(),
               (SELECT pg_catalog.count(*) FROM pg_catalog.pg_prepared_xact()),
               (SELECT pg_catalog.count(*) FROM pg_catalog.pg_get_replication_slots()),
               (SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_get_activity(NULL) a
                 WHERE a.backend_type IN ('client backend', 'background worker', 'walsender')
                   AND a.pid <> pg_catalog.pg_backend_pid()))";

impl Pristine {
    /// Looks at a scratch database that was just copied, by a superuser's session in it.
    ///
    /// # Errors
    /// The server's error.
    pub fn observe(session: &mut Connection) -> Result<Self, DatabaseError> {
        let doing = || DatabaseError::query("look at a fresh scratch database");
        let names = session
            .rows(
                "SELECT pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname)
                   FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
                  WHERE c.relkind = 'S' AND c.relpersistence <> 't' ORDER BY c.oid",
            )
            .map_err(doing())?;
        let names: Vec<String> = names.into_iter().flatten().flatten().collect();
        let mut sequences = Vec::with_capacity(names.len());
        if !names.is_empty() {
            let question: Vec<String> = names
                .iter()
                .map(|name| format!("SELECT last_value::text, is_called::text FROM {name}"))
                .collect();
            let rows = session
                .rows(&question.join(" UNION ALL "))
                .map_err(doing())?;
            for (name, row) in names.into_iter().zip(rows) {
                let mut row = row.into_iter().flatten();
                sequences.push(Sequence {
                    name,
                    last_value: row.next().unwrap_or_default(),
                    is_called: row.next().is_some_and(|text| text.starts_with('t')),
                });
            }
        }
        Ok(Self {
            state: State::of(session.rows(STATE).map_err(doing())?.into_iter().next()),
            sequences,
        })
    }

    /// Whether the database is what it was, after sequences were put back. The session may be the test's own, if a
    /// superuser logged in; it is in no transaction.
    ///
    /// # Errors
    /// The server's error; it proves nothing, so the database is not what it was.
    pub fn prove(&mut self, session: &mut Connection) -> Result<bool, QueryError> {
        // One message for both questions. Where a sequence is gone, all of it is an error.
        let mut rows = session.rows(&self.question())?.into_iter();
        if State::of(rows.next()) != self.state {
            return Ok(false);
        }
        let indices: Vec<usize> = rows
            .flatten()
            .flatten()
            .filter_map(|text| text.parse().ok())
            .collect();
        if indices.is_empty() {
            return Ok(true);
        }
        let put_back: Vec<String> = indices
            .iter()
            .filter_map(|index| self.sequences.get(*index))
            .map(|it| {
                format!(
                    "pg_catalog.setval({}, {}, {})",
                    quote_literal(&it.name),
                    it.last_value,
                    it.is_called
                )
            })
            .collect();
        session.execute(&format!("SELECT {}", put_back.join(", ")))?;
        // Putting back is a transaction too.
        self.state = State::of(session.rows(STATE)?.into_iter().next());
        Ok(true)
    }

    /// Asks for the state, and for the indices of the sequences that are not what they were.
    fn question(&self) -> String {
        let advanced: Vec<String> = self
            .sequences
            .iter()
            .enumerate()
            .map(|(index, it)| {
                format!(
                    "SELECT {index} FROM {} WHERE last_value <> {} OR is_called <> {}",
                    it.name, it.last_value, it.is_called
                )
            })
            .collect();
        if advanced.is_empty() {
            STATE.to_owned()
        } else {
            format!("{STATE};{}", advanced.join(" UNION ALL "))
        }
    }
}

impl State {
    fn of(row: Option<Row>) -> Self {
        let mut row = row.unwrap_or_default().into_iter();
        Self {
            last_commit: row.next().flatten(),
            others: row.next().flatten(),
        }
    }
}
