//! The proof that a scratch database is pristine: that nothing outlived the test file that ran in it.
//!
//! Whatever changes rows or catalogs by a transaction that commits has an id, and the server knows the last one that did
//! (`track_commit_timestamp`). What changes without one is looked at by itself: sequences, which are put back; prepared
//! transactions, replication slots, the time of the last reload, other sessions; and what a table is to the planner,
//! which changes in place.

use crate::session::{Connection, QueryError};

/// What of a cluster changes when anything in it does, apart from what [`Storage`](super::Storage) and sequences show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClusterState {
    last_commit: Option<String>,
    others: Option<String>,
    /// The processes of sessions.
    sessions: Vec<i32>,
}

/// The question under the name that a session has it prepared by, since it is asked after every file.
const PREPARED: &str = "pgassay_look";
const QUESTION: &str = "
    SELECT (SELECT xid::text FROM pg_catalog.pg_last_committed_xact()),
           pg_catalog.concat_ws(' ', pg_catalog.pg_conf_load_time(), pg_catalog.pg_postmaster_start_time(),
               (SELECT pg_catalog.string_agg(p.gid, ',' ORDER BY p.gid) FROM pg_catalog.pg_prepared_xact() p),
               (SELECT pg_catalog.string_agg(s.slot_name::text, ',' ORDER BY s.slot_name)
                  FROM pg_catalog.pg_get_replication_slots() s)),
           (SELECT pg_catalog.string_agg(a.pid::text, ',' ORDER BY a.pid)
              FROM pg_catalog.pg_stat_get_activity(NULL) a
             WHERE a.backend_type IN ('client backend', 'background worker', 'walsender')
               AND a.pid <> pg_catalog.pg_backend_pid())";

impl ClusterState {
    /// Prepares the query of [`look`](Self::look), in a superuser's session in any database.
    ///
    /// # Errors
    /// The server's error.
    pub fn prepare(session: &mut Connection) -> Result<(), QueryError> {
        session.execute(&format!("PREPARE {PREPARED} AS {QUESTION}"))
    }

    /// Looks, by a session in which the query is [prepared](Self::prepare). `but` are the processes of sessions that do not count,
    /// as that of its own.
    ///
    /// # Errors
    /// The server's error.
    pub fn look(session: &mut Connection, but: &[i32]) -> Result<Self, QueryError> {
        let row = session.rows(&format!("EXECUTE {PREPARED}"))?;
        let mut row = row.into_iter().next().unwrap_or_default().into_iter();
        let last_commit = row.next().flatten();
        let others = row.next().flatten();
        let sessions = row.next().flatten().unwrap_or_default();
        let sessions = sessions.split(',').filter_map(|pid| pid.parse().ok());
        Ok(Self {
            last_commit,
            others,
            sessions: sessions.filter(|pid| !but.contains(pid)).collect(),
        })
    }
}
