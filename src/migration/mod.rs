//! Migrations: which there are and in which order they apply, by the layout of the tool that they were made for.
//! Nothing here runs one or looks into its SQL, markers of other tools apart.

mod directory;
mod error;
mod flyway;
mod flyway_conf;
mod flyway_name;
mod layout;
mod plain;
mod unsupported;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest, Sha256};

pub use error::MigrationError;

use directory::Directory;
use layout::LAYOUTS;

/// Everything that migrates an empty database, in the order in which it applies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigrationSet {
    /// The layout that was recognised, as people are shown it: `Flyway`, `plain`.
    pub layout: &'static str,
    /// The migrations, in order.
    pub migrations: Vec<Migration>,
    /// SHA-256, in hexadecimal, over the order, names, flags and bytes of the migrations. Where the project lies
    /// does not change it.
    pub hash: String,
}

/// One migration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migration {
    /// The version that its name bears, with `.` between its parts; none when it bears none.
    pub version: Option<String>,
    /// What its name says that it does; may be empty.
    pub description: String,
    /// Its file; absolute.
    pub path: PathBuf,
    /// Its file as people are shown it: relative to the project with `/` between the parts, or absolute when it
    /// lies outside.
    pub shown: Arc<str>,
    /// Whether its tool would run it again whenever it changes.
    pub repeatable: bool,
    /// Whether its tool puts it into one transaction. If not, it runs as `psql --file` would run it: each
    /// statement by itself, unless it begins a transaction.
    pub transactional: bool,
}

impl MigrationSet {
    /// Reads a directory of migrations, or a single file that is the only one. `path` and `project_dir` are
    /// absolute; paths are shown relative to `project_dir`.
    ///
    /// # Errors
    ///
    /// [`MigrationError`]: what cannot be read, what is not one layout, and layouts that are known but not
    /// supported. An empty directory is no error: it is a set of no migrations.
    pub fn load(path: &Path, project_dir: &Path) -> Result<Self, MigrationError> {
        let directory = Directory::read(path, project_dir)?;
        let chosen = LAYOUTS
            .iter()
            .find_map(|layout| Some((layout, (layout.recognise)(&directory)?)));
        let (layout, migrations) = match chosen {
            Some((layout, sign)) => (layout.name, (layout.read)(&directory, &sign)?),
            None if directory.is_empty() => (plain::LAYOUT.name, Vec::new()),
            None => return Err(directory.without_sql()),
        };
        Ok(Self {
            layout,
            hash: hash(&directory, &migrations),
            migrations,
        })
    }
}

/// The hash of [`MigrationSet::hash`].
fn hash(directory: &Directory, migrations: &[Migration]) -> String {
    let mut hash = Sha256::new();
    let mut add = |part: &[u8]| {
        // The length goes first, so that no two different sequences of parts are the same bytes.
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    };
    for migration in migrations {
        if let Some(file) = directory
            .sql
            .iter()
            .find(|file| file.path == migration.path)
        {
            add(file.name.as_bytes());
            add(&[
                u8::from(migration.repeatable),
                u8::from(migration.transactional),
            ]);
            add(&file.bytes);
        }
    }
    let mut hexadecimal = String::new();
    for byte in hash.finalize() {
        for half in [byte >> 4, byte & 0xf] {
            hexadecimal.push(char::from(b"0123456789abcdef"[usize::from(half)]));
        }
    }
    hexadecimal
}

#[cfg(test)]
mod tests;
