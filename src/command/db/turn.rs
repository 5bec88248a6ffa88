//! The turn of a `pgassay db up`: at one time, one of them makes a database, and one sets it up. It is an advisory lock of the
//! session, which the server gives back when that ends. Migrations have a lock of their own besides.

use std::thread;
use std::time::{Duration, Instant};

use super::super::{Error, remark};
use crate::database::DatabaseError;
use crate::deployment::{self, Options};
use crate::session::Connection;

/// The number of the lock: the letters of `pgassayu`.
const TURN: i64 = 0x7067_6173_7361_7975;
/// How often it is looked whether the lock is free.
const POLL: Duration = Duration::from_millis(100);

/// Waits for the turn in the database of a session, as long as for another that migrates, and says so.
pub(super) fn wait(session: &mut Connection, what: &str) -> Result<(), Error> {
    let patience = Options::default().wait;
    let deadline = Instant::now() + patience;
    let mut told = None;
    loop {
        let taken = session
            .value(&format!("SELECT pg_catalog.pg_try_advisory_lock({TURN})"))
            .map_err(DatabaseError::query(format!("wait for the turn to {what}")))?;
        if taken.as_deref() == Some("t") {
            return Ok(());
        }
        if told.is_none() {
            told = deployment::holder(session, TURN)?.map(|holder| holder.in_words());
            if let Some(holder) = &told {
                remark(&format!("waiting for {holder}, which is at work to {what}"));
            }
        }
        if session.ended().is_some() {
            return Err(format!("interrupted while it waited to {what}").into());
        }
        if Instant::now() >= deadline {
            let holder = told.as_deref().unwrap_or("another session");
            return Err(format!(
                "{holder} is at work to {what}, and did not end within {} minutes; try again, or end it",
                patience.as_secs() / 60
            )
            .into());
        }
        thread::sleep(POLL);
    }
}
