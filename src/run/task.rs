//! A task: what one worker takes from the queue at a time.

use crate::project::TestFile;

/// Test files that share one scratch database, in this order; mostly it is a single one.
#[derive(Debug, Clone)]
pub struct Task {
    /// The files; at least one.
    pub files: Vec<TestFile>,
}

impl Task {
    /// A file that has its database to itself.
    pub fn alone(file: TestFile) -> Self {
        Self { files: vec![file] }
    }

    /// Whether no other task may run meanwhile.
    pub(super) fn is_serial(&self) -> bool {
        self.files.iter().any(|file| file.header.serial)
    }
}

/// A file's place among those of its task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Turn {
    /// Its database is made for it.
    pub(super) is_first: bool,
    /// Nobody needs its database after it.
    pub(super) is_last: bool,
}
