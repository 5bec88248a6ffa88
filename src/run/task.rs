//! A task: what one worker takes from the queue at a time.

use std::collections::HashMap;

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

    /// The tasks of a run in which files have databases of their own: those of a group one among them, in order, at the
    /// place of the first.
    pub fn of_files(files: Vec<TestFile>) -> Vec<Self> {
        let mut tasks: Vec<Self> = Vec::new();
        let mut groups: HashMap<String, usize> = HashMap::new();
        for file in files {
            let place = file.header.group.as_ref().map(|group| {
                let next = tasks.len();
                *groups.entry(group.clone()).or_insert(next)
            });
            match place.and_then(|place| tasks.get_mut(place)) {
                Some(task) => task.files.push(file),
                None => tasks.push(Self::alone(file)),
            }
        }
        tasks
    }

    /// All of these tasks as one, in order.
    pub fn joined(tasks: Vec<Self>) -> Self {
        Self {
            files: tasks.into_iter().flat_map(|task| task.files).collect(),
        }
    }

    /// Whether no other task may run meanwhile.
    pub(super) fn is_serial(&self) -> bool {
        self.files.iter().any(|file| file.header.serial)
    }
}

/// A file's place among those of its task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Turn {
    /// No file of its task has used its database.
    pub(super) is_first: bool,
    /// Nobody needs its database after it.
    pub(super) is_last: bool,
    /// Further tasks wait.
    pub(super) others_wait: bool,
}
