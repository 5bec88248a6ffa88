//! What test files need that run at an earlier version of the schema.

use std::path::Path;
use std::time::Duration;

use crate::cluster::DataDirectory;
use crate::database::Versions;

/// Migrations that took at least so long are kept by themselves: stopping the server, copying its data directory and
/// starting it again takes about as long.
pub const WORTH_KEEPING: Duration = Duration::from_millis(300);

/// What test files need that run at an earlier version of the schema.
#[derive(Clone, Copy)]
pub struct Earlier<'a> {
    /// What makes databases at such a version.
    pub versions: &'a Versions,
    /// Where their clusters come from; none on a server that exists already.
    pub bases: Option<&'a dyn Bases>,
    /// The same without the rows of snapshots, for migration tests; none where there are no snapshots.
    pub without_rows: Option<&'a Earlier<'a>>,
}

/// Data directories with the roles and a database that the first so many migrations have made, and in which no server runs.
pub trait Bases: Sync {
    /// How many migrations there are in the one that comes nearest to the first `most` ones, and has no more than these.
    fn nearest(&self, most: usize) -> usize;

    /// Copies the nearest one to `path`, which must not exist and must lie in the run directory. Returns how many migrations
    /// it has.
    ///
    /// # Errors
    /// It cannot be made, or copied: the error in words.
    fn copy_to(&self, most: usize, path: &Path) -> Result<(DataDirectory, usize), String>;

    /// Keeps one for further runs.
    fn keep(&self, applied: usize, data: &DataDirectory);
}
