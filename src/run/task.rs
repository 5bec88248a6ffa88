//! A task: what one worker takes from the queue at a time.

use std::collections::HashMap;
use std::path::Path;

use crate::project::{Pin, TestFile};

/// Test files that share one scratch database, in this order; mostly it is a single one.
#[derive(Debug, Clone)]
pub struct Task {
    /// The files; at least one.
    pub files: Vec<TestFile>,
    /// The version of the schema that they run at.
    pub version: SchemaVersion,
}

/// The version of the schema that the files of a task run at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum SchemaVersion {
    /// The newest.
    #[default]
    Newest,
    /// That behind so many of the first migrations.
    Behind(usize),
    /// They are a migration test: the one before the migration at this place, which is applied on the way.
    Across(usize),
    /// There is none that they can run at: why not, in words, and the line of the first file that asks for it.
    Unknown(String, u32),
}

impl SchemaVersion {
    /// Whether it is that of a migration test.
    pub(super) fn is_across(&self) -> bool {
        matches!(self, Self::Across(_))
    }

    /// Behind how many migrations the first file runs; none for the newest version.
    pub(super) fn place(&self) -> Option<usize> {
        match self {
            Self::Behind(place) | Self::Across(place) => Some(*place),
            Self::Newest | Self::Unknown(..) => None,
        }
    }
}

/// What files have in common that share a database.
#[derive(Debug, PartialEq, Eq, Hash)]
enum Company {
    /// A group, and the migration that its files are pinned to.
    Group(String, Option<String>),
    /// The directory of a migration test.
    MigrationTest(std::path::PathBuf),
}

impl Company {
    fn of(file: &TestFile) -> Option<Self> {
        let pin = file.pin.as_ref();
        if pin.is_some_and(Pin::is_of_migration_test) {
            return file
                .path
                .parent()
                .map(Path::to_owned)
                .map(Self::MigrationTest);
        }
        let group = file.header.group.clone()?;
        Some(Self::Group(
            group,
            pin.map(|pin| pin.migration().to_owned()),
        ))
    }
}

impl Task {
    /// A file that has its database to itself.
    pub fn alone(file: TestFile) -> Self {
        Self {
            files: vec![file],
            version: SchemaVersion::Newest,
        }
    }

    /// The tasks of a run in which files have databases of their own: those of a group or a migration test one among them, in
    /// order, at the place of the first.
    pub fn of_files(files: Vec<TestFile>) -> Vec<Self> {
        let mut tasks: Vec<Self> = Vec::new();
        let mut companies: HashMap<Company, usize> = HashMap::new();
        for file in files {
            let place = Company::of(&file).map(|company| {
                let next = tasks.len();
                *companies.entry(company).or_insert(next)
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
            version: SchemaVersion::Newest,
        }
    }

    /// Whether its files run at another version of the schema than the newest.
    pub fn is_pinned(&self) -> bool {
        self.files.iter().any(|file| file.pin.is_some())
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
