//! The seed of a database: the snapshot whose rows it begins with, before the migrations that came later.

use std::path::PathBuf;

use super::DatabaseError;
use crate::session::Connection;
use crate::snapshot::{self, SnapshotFile};

/// A snapshot that fits a version of the schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seed {
    /// Behind how many migrations it was saved.
    pub place: usize,
    /// Its file.
    pub path: PathBuf,
    /// How its file is shown.
    pub shown: String,
    /// The SHA-256 that its seal says, in hexadecimal: what it is known by.
    pub hash: String,
}

impl Seed {
    /// Puts its rows in the place of those that are there. `session` is one of an admin's, in the database, and in no transaction.
    ///
    /// # Errors
    /// The file is not what it was, or does not fit the tables; then nothing was done.
    pub fn load(&self, session: &mut Connection) -> Result<(), DatabaseError> {
        let doing = || DatabaseError::query(format!("load {}", self.shown));
        session.execute("BEGIN").map_err(doing())?;
        let loaded = self.put(session);
        let end = if loaded.is_ok() { "COMMIT" } else { "ROLLBACK" };
        if !session.is_lost() {
            session.execute(end).map_err(doing())?;
        }
        loaded
    }

    /// The same in a transaction that is the caller's, which is not to be committed where this fails.
    ///
    /// # Errors
    /// The file is not what it was, or does not fit the tables.
    pub fn put(&self, session: &mut Connection) -> Result<(), DatabaseError> {
        let of_seed = |source| DatabaseError::Seed {
            seed: self.shown.clone(),
            source: Box::new(source),
        };
        let mut file = SnapshotFile::open(&self.path).map_err(of_seed)?;
        if file.hash() != self.hash {
            return Err(DatabaseError::Unreadable {
                what: format!(
                    "{}: it was replaced by another since this run began",
                    self.shown
                ),
            });
        }
        snapshot::load(session, &mut file).map_err(of_seed)
    }
}
