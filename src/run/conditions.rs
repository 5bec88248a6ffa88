//! What holds for all test files of a run.

use std::time::Duration;

use crate::coverage::Gathered;
use crate::database::Template;
use crate::session::{Interruption, Surroundings};

/// What holds for all test files of a run.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is independent of the others"
)]
#[derive(Debug)]
pub struct Conditions {
    /// What each scratch database is a copy of.
    pub template: Template,
    /// The name of scratch databases on the tool's own clusters.
    pub database_name: String,
    /// The role that tests, where a file names no other.
    pub role: Option<String>,
    /// `search_path` for the sessions, where it was said.
    pub search_path: Option<String>,
    /// Further options for the sessions, as in `PGOPTIONS`.
    pub options: Option<String>,
    /// psql variables, in order.
    pub variables: Vec<(String, String)>,
    /// psql's printing options, in order.
    pub printing: Vec<(String, String)>,
    /// How long a file may run, where it does not say itself.
    pub timeout: Option<Duration>,
    /// Whether a file may have the database, and the session, that one before it has provably left as they were.
    pub reuse: bool,
    /// What files touch is gathered there, where coverage is measured.
    pub touched: Option<Gathered>,
    /// Whether warnings break a file.
    pub strict: bool,
    /// Whether the database of a file that does not pass is left.
    pub keep_failed: bool,
    /// Whether all that a file prints is kept, for an archive.
    pub keep_output: bool,
    /// What scripts may use.
    pub surroundings: Surroundings,
    /// What interrupts the run.
    pub interruption: Interruption,
}
