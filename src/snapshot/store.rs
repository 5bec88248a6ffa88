//! The store: a directory of snapshots, and which of them fits.

use std::fs;
use std::path::{Path, PathBuf};

use time::UtcDateTime;

use super::error::SnapshotError;
use super::file::SnapshotFile;
use super::head::Head;
use super::lineage::Fit;
use crate::migration::MigrationSet;

/// What the name of a snapshot ends with.
const ENDING: &str = ".snapshot";
/// How long the time in a name is: `20261122T210814Z`.
const TIME: usize = 16;
/// The longest beginning of a name, in characters.
const LONGEST: usize = 80;

/// A directory of snapshots, which need not be there yet.
#[derive(Debug, Clone)]
pub struct Store {
    directory: PathBuf,
}

/// A file of a store.
#[derive(Debug)]
pub struct StoredSnapshot {
    /// Its path.
    pub path: PathBuf,
    /// Its name.
    pub name: String,
    /// When it was saved, by its name: `20261122T210814Z`.
    pub time: Option<String>,
    /// The snapshot, or why it is none.
    pub opened: Result<SnapshotFile, SnapshotError>,
}

/// Which snapshot was chosen, and why not the others.
#[derive(Debug)]
pub struct Choice {
    /// The one that was chosen, and behind how many of the set's first migrations it is to be loaded.
    pub chosen: Option<(SnapshotFile, usize)>,
    /// The files that are no choice, each with the reason.
    pub refused: Vec<(String, Refusal)>,
}

/// Why a snapshot is no choice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// It is no whole snapshot.
    Broken(String),
    /// It fits no migrations: a command migrates.
    NoLineage,
    /// It fits behind more migrations than are wanted.
    Later,
    /// It fits nowhere.
    Unfit(Fit),
}

impl std::fmt::Display for Refusal {
    /// Behind the name of the file.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Broken(why) => write!(out, "{why}"),
            Self::NoLineage => write!(
                out,
                "knows no migrations: it was saved where a command migrates"
            ),
            Self::Later => write!(out, "is of a later version"),
            Self::Unfit(fit) => write!(out, "{fit}"),
        }
    }
}

impl Store {
    /// In a directory.
    pub fn new(directory: &Path) -> Self {
        Self {
            directory: directory.to_owned(),
        }
    }

    /// The directory.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Where a snapshot is to be saved at a time.
    pub fn place(&self, head: &Head, time: UtcDateTime) -> PathBuf {
        self.directory.join(file_name(head, time))
    }

    /// All files of snapshots, by name.
    ///
    /// # Errors
    /// When the directory cannot be read. One that is not there has none.
    pub fn list(&self) -> Result<Vec<StoredSnapshot>, SnapshotError> {
        let unreadable = || SnapshotError::file("read the directory of snapshots", &self.directory);
        let entries = match fs::read_dir(&self.directory) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(unreadable())?,
        };
        let mut found = Vec::new();
        for entry in entries {
            let entry = entry.map_err(unreadable())?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if !name.ends_with(ENDING) || name.starts_with('.') {
                continue;
            }
            let path = entry.path();
            found.push(StoredSnapshot {
                time: time_in(&name),
                opened: SnapshotFile::open(&path),
                name,
                path,
            });
        }
        found.sort_by(|left, right| left.name.cmp(&right.name));
        Ok(found)
    }

    /// The newest that fits behind `up_to` of the set's first migrations, or behind fewer: the one behind most of them, and of
    /// several the one that was saved last.
    ///
    /// # Errors
    /// When the directory cannot be read.
    pub fn newest(&self, set: &MigrationSet, up_to: usize) -> Result<Choice, SnapshotError> {
        let mut fitting: Vec<(usize, Option<String>, String, SnapshotFile)> = Vec::new();
        let mut refused = Vec::new();
        for stored in self.list()? {
            let name = stored.name;
            let snapshot = match stored.opened {
                Ok(snapshot) => snapshot,
                Err(SnapshotError::Broken { damage, .. }) => {
                    refused.push((name, Refusal::Broken(damage.to_string())));
                    continue;
                }
                Err(error) => {
                    refused.push((name, Refusal::Broken(error.to_string())));
                    continue;
                }
            };
            match snapshot.head.lineage.as_ref().map(|it| it.fit(set)) {
                None => refused.push((name, Refusal::NoLineage)),
                Some(Fit::At(count)) if count > up_to => refused.push((name, Refusal::Later)),
                Some(Fit::At(count)) => fitting.push((count, stored.time, name, snapshot)),
                Some(fit) => refused.push((name, Refusal::Unfit(fit))),
            }
        }
        let last = fitting
            .into_iter()
            .max_by(|left, right| (left.0, &left.1, &left.2).cmp(&(right.0, &right.1, &right.2)));
        Ok(Choice {
            chosen: last.map(|(count, _, _, snapshot)| (snapshot, count)),
            refused,
        })
    }
}

/// The name of a file: `V005_20261122T210814Z.snapshot`.
fn file_name(head: &Head, time: UtcDateTime) -> String {
    let version = match &head.lineage {
        Some(lineage) => lineage.version().unwrap_or_default(),
        None => "",
    };
    let safe = |character: char| match character {
        '.' | '-' => character,
        _ if character.is_alphanumeric() => character,
        _ => '_',
    };
    let version: String = version.chars().map(safe).take(LONGEST).collect();
    let version = version.trim_start_matches('.');
    let version = if version.is_empty() { "rows" } else { version };
    let (year, month, day) = (time.year(), u8::from(time.month()), time.day());
    let (hour, minute, second) = (time.hour(), time.minute(), time.second());
    format!("{version}_{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z{ENDING}")
}

/// The time in the name of a file.
fn time_in(name: &str) -> Option<String> {
    let (_, time) = name.strip_suffix(ENDING)?.rsplit_once('_')?;
    let is_time = time.len() == TIME
        && time.char_indices().all(|(at, character)| match at {
            8 => character == 'T',
            15 => character == 'Z',
            _ => character.is_ascii_digit(),
        });
    is_time.then(|| time.to_owned())
}

#[cfg(test)]
mod tests;
