use std::time::Duration;

use super::lock::Holder;
use crate::event::Notice;
use crate::migration::Migration;

/// How a database is migrated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The version to stop behind; none means all. Then repeatable migrations wait.
    pub to: Option<String>,
    /// Of the migrations of a new database, the number of the first ones to stop behind, repeatable ones among them; none means all.
    pub first: Option<usize>,
    /// Whether a migration may be applied though one that comes behind it was.
    pub out_of_order: bool,
    /// Whether it does not matter that files of applied migrations are gone.
    pub ignore_missing: bool,
    /// Whether the database may hold tables though it has no history.
    pub not_empty: bool,
    /// How long a statement may wait for a lock; zero for as long as it takes.
    pub lock_timeout: Duration,
    /// How often a migration that waited too long for a lock is tried again.
    pub lock_retries: u32,
    /// How long it is waited for another session that migrates.
    pub wait: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            to: None,
            first: None,
            out_of_order: false,
            ignore_missing: false,
            not_empty: false,
            lock_timeout: Duration::from_secs(5),
            lock_retries: 10,
            wait: Duration::from_mins(10),
        }
    }
}

/// What happens while a database is migrated.
#[derive(Debug)]
pub enum Happening<'a> {
    /// Another session migrates, and it is waited for.
    Waits(&'a Holder),
    /// A migration is begun.
    Begins(&'a Migration),
    /// It goes on behind so many statements that were done before.
    GoesOn(&'a Migration, u32),
    /// It could not get a lock, gave way, and is tried again after this pause; why, and how often it was tried.
    GivesWay(&'a Migration, &'a str, u32, Duration),
    /// It is applied, in this time.
    Applied(&'a Migration, Duration),
    /// The server remarks something.
    Remarks(&'a Notice),
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    /// How many migrations were applied.
    pub applied: usize,
    /// How many were there already.
    pub there: usize,
}
