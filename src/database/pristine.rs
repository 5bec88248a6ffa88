//! The proof that a scratch database is pristine: that nothing outlived the test file that ran in it.
//!
//! Whatever changes rows or catalogs for good is a transaction with an id that commits, and the server knows the last
//! one (`track_commit_timestamp`). What changes without one is looked at by itself: sequences, which are put back;
//! prepared transactions, replication slots, the time of the last reload, and other sessions, which are not.

use serde::{Deserialize, Serialize};

use super::DatabaseError;
use crate::script::quote_literal;
use crate::session::{Connection, QueryError};

/// A sequence as the template has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sequence {
    /// Quoted, with its schema.
    name: String,
    last_value: String,
    is_called: bool,
}

impl Sequence {
    /// Reads all of a database, by a superuser's session in it.
    ///
    /// # Errors
    /// The server's error.
    pub fn read_all(session: &mut Connection) -> Result<Vec<Self>, DatabaseError> {
        let doing = || DatabaseError::query("read the sequences");
        let names = session
            .rows(
                "SELECT pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname)
                   FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
                  WHERE c.relkind = 'S' AND c.relpersistence <> 't' ORDER BY c.oid",
            )
            .map_err(doing())?;
        let names: Vec<String> = names.into_iter().flatten().flatten().collect();
        let questions: Vec<String> = names
            .iter()
            .enumerate()
            .map(|(index, name)| {
                format!("SELECT {index}, last_value::text, is_called::text FROM {name}")
            })
            .collect();
        if questions.is_empty() {
            return Ok(Vec::new());
        }
        let rows = session
            .rows(&questions.join(" UNION ALL "))
            .map_err(doing())?;
        let sequence = |row: Vec<Option<String>>| {
            let [index, last_value, is_called] = <[_; 3]>::try_from(row).ok()?;
            Some(Self {
                name: names.get(index?.parse::<usize>().ok()?)?.clone(),
                last_value: last_value?,
                is_called: is_called?.starts_with('t'),
            })
        };
        Ok(rows.into_iter().filter_map(sequence).collect())
    }

    /// Puts those back that are not as the template has them, by a superuser's session in the scratch database.
    /// Returns whether there were any.
    ///
    /// # Errors
    /// The server's error; also where one is gone.
    pub fn put_back(all: &[Self], session: &mut Connection) -> Result<bool, QueryError> {
        if all.is_empty() {
            return Ok(false);
        }
        let questions: Vec<String> = all
            .iter()
            .enumerate()
            .map(|(index, it)| {
                format!(
                    "SELECT {index} FROM {} WHERE last_value <> {} OR is_called <> {}",
                    it.name, it.last_value, it.is_called
                )
            })
            .collect();
        let rows = session.rows(&questions.join(" UNION ALL "))?;
        let calls: Vec<String> = rows
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|text| all.get(text.parse::<usize>().ok()?))
            .map(|it| {
                let name = quote_literal(&it.name);
                format!(
                    "pg_catalog.setval({name}, {}, {})",
                    it.last_value, it.is_called
                )
            })
            .collect();
        if calls.is_empty() {
            return Ok(false);
        }
        session.execute(&format!("SELECT {}", calls.join(", ")))?;
        Ok(true)
    }
}

/// What of a cluster changes when anything in it does, sequences apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClusterState {
    last_commit: Option<String>,
    others: Option<String>,
}

impl ClusterState {
    /// Looks, by a superuser's session in any database. `but` is the process of a session that does not count.
    ///
    /// # Errors
    /// The server's error.
    pub fn look(session: &mut Connection, but: Option<i32>) -> Result<Self, QueryError> {
        let question = format!(
            "SELECT (SELECT xid::text FROM pg_catalog.pg_last_committed_xact()),
                    pg_catalog.concat_ws(' ', pg_catalog.pg_conf_load_time(), pg_catalog.pg_postmaster_start_time(),
                        (SELECT pg_catalog.count(*) FROM pg_catalog.pg_prepared_xact()),
                        (SELECT pg_catalog.count(*) FROM pg_catalog.pg_get_replication_slots()),
                        (SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_get_activity(NULL) a
                          WHERE a.backend_type IN ('client backend', 'background worker', 'walsender')
                            AND a.pid NOT IN (pg_catalog.pg_backend_pid(), {})))",
            but.unwrap_or(0)
        );
        let row = session.rows(&question)?.into_iter().next();
        let mut row = row.unwrap_or_default().into_iter();
        Ok(Self {
            last_commit: row.next().flatten(),
            others: row.next().flatten(),
        })
    }
}
