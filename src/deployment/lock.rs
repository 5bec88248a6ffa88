//! The lock by which one session at a time migrates a database: an advisory lock that the session holds, and that the
//! server gives back when the session ends, however it ends.

use std::thread;
use std::time::{Duration, Instant};

use super::error::DeploymentError;
use crate::session::Connection;

/// The number of the lock: the letters of `pgassay`.
pub const LOCK: i64 = 0x0070_6761_7373_6179;
/// How often it is looked whether the lock is free.
const POLL: Duration = Duration::from_millis(100);

/// A session that holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// The process ID of its server process.
    pub pid: i32,
    /// What it calls itself, which says what it applies.
    pub application_name: String,
    /// Its role.
    pub role: String,
}

impl Holder {
    /// In words.
    pub fn in_words(&self) -> String {
        let Self {
            pid,
            application_name,
            role,
        } = self;
        format!("another session (process {pid}, role \"{role}\", \"{application_name}\")")
    }
}

/// The condition on `pg_locks` for an advisory lock of a number (`pg_locks` in PostgreSQL's documentation: the high half
/// is `classid`, the low half `objid`).
pub(super) fn condition(number: i64) -> String {
    let bits = number.cast_unsigned();
    format!(
        "l.locktype = 'advisory' AND l.objsubid = 1 AND l.classid = {} AND l.objid = {} AND l.granted
         AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())",
        bits >> 32,
        bits & 0xffff_ffff
    )
}

/// Who holds an advisory lock of this database; none where nobody does.
///
/// # Errors
/// When the server cannot be asked.
pub fn holder(connection: &mut Connection, number: i64) -> Result<Option<Holder>, DeploymentError> {
    let query = format!(
        "SELECT l.pid, COALESCE(a.application_name, ''), COALESCE(a.usename, '')
           FROM pg_catalog.pg_locks l LEFT JOIN pg_catalog.pg_stat_activity a USING (pid)
          WHERE {} ORDER BY l.pid LIMIT 1",
        condition(number)
    );
    let rows = connection.rows(&query);
    let rows = rows.map_err(DeploymentError::asking("see who migrates"))?;
    Ok(rows.into_iter().next().and_then(|row| {
        let mut values = row.into_iter().flatten();
        Some(Holder {
            pid: values.next()?.parse().ok()?,
            application_name: values.next()?,
            role: values.next()?,
        })
    }))
}

/// Takes the lock, waiting so long for whoever has it; `waits` is told once of whom that is.
pub(super) fn take(
    connection: &mut Connection,
    patience: Duration,
    waits: &mut dyn FnMut(&Holder),
) -> Result<(), DeploymentError> {
    let deadline = Instant::now() + patience;
    let mut told = None;
    loop {
        let taken = connection.value(&format!("SELECT pg_catalog.pg_try_advisory_lock({LOCK})"));
        if taken
            .map_err(DeploymentError::asking("take the lock"))?
            .as_deref()
            == Some("t")
        {
            return Ok(());
        }
        if told.is_none() {
            told = holder(connection, LOCK)?;
            if let Some(holder) = &told {
                waits(holder);
            }
        }
        if connection.ended().is_some() {
            return Err(DeploymentError::Interrupted);
        }
        if Instant::now() >= deadline {
            return Err(DeploymentError::Locked {
                holder: told.map_or_else(|| "another session".to_owned(), |it| it.in_words()),
                waited: format!("{patience:?}"),
            });
        }
        thread::sleep(POLL);
    }
}

/// Whether this session has it.
pub(super) fn is_mine(connection: &mut Connection) -> Result<bool, DeploymentError> {
    let query = format!(
        "SELECT EXISTS (SELECT FROM pg_catalog.pg_locks l WHERE {} AND l.pid = pg_catalog.pg_backend_pid())",
        condition(LOCK)
    );
    let mine = connection.value(&query);
    Ok(mine
        .map_err(DeploymentError::asking("look at the lock"))?
        .as_deref()
        == Some("t"))
}
