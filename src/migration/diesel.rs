//! Diesel's migrations: a directory `2024-01-01-120000_desc` each, with `up.sql` and mostly `down.sql`, and
//! `metadata.toml`, which says whether they run in a transaction.

use std::collections::BTreeMap;

use super::directory::{Directory, File};
use super::error::MigrationError;
use super::history::{History, Lock, VersionOrder};
use super::layout::{Layout, LayoutName, Signs};
use super::text::as_one_request;
use super::{Migration, Transaction};

/// The layout.
pub(super) const LAYOUT: Layout = Layout {
    name: LayoutName {
        word: "diesel",
        shown: "Diesel",
    },
    usual_places: &[],
    signs: Signs::Names,
    recognise: |directory| {
        directory.find(|file| within(file).is_some_and(|(_, name)| matches!(name, UP | DOWN)))
    },
    read,
    history: Some(&HISTORY),
};

/// `__diesel_schema_migrations`, as `diesel/src/migration/setup_migration_table.sql` makes it. What failed in a transaction
/// leaves no row, nor does what failed without, and it takes no lock.
const HISTORY: History = History {
    table: "__diesel_schema_migrations",
    columns: &["version", "run_on"],
    other_columns: &["id", "name"],
    beside: None,
    query: "SELECT version, NULL, NULL, run_on::pg_catalog.text, NULL FROM {table} h ORDER BY h.version COLLATE \"C\"",
    is_single: false,
    lock: Lock::None,
    order: VersionOrder::Texts,
};

const UP: &str = "up.sql";
const DOWN: &str = "down.sql";
const METADATA: &str = "metadata.toml";

/// The directory that a file lies in, which lies in that of the migrations, and its name there.
fn within(file: &File) -> Option<(&str, &str)> {
    (file.name.split_once('/')).filter(|(_, name)| !name.contains('/'))
}

/// The files of one migration.
#[derive(Default)]
struct Parts<'f> {
    up: Option<&'f File>,
    down: Option<&'f File>,
    metadata: Option<&'f File>,
}

fn read(directory: &Directory, _: &str) -> Result<Vec<Migration>, MigrationError> {
    // Of several directories, each can have one of the same name.
    let mut all: BTreeMap<(String, &std::path::Path), Parts<'_>> = BTreeMap::new();
    for file in directory.sql.iter().chain(&directory.others) {
        let Some((name, _)) = file.name.split_once('/') else {
            continue;
        };
        let depth = file.name.matches('/').count();
        let Some(place) = file.path.ancestors().nth(depth) else {
            continue;
        };
        let parts = all.entry((version(name), place)).or_default();
        match within(file) {
            Some((_, UP)) => parts.up = Some(file),
            Some((_, DOWN)) => parts.down = Some(file),
            Some((_, METADATA)) => parts.metadata = Some(file),
            _ => {}
        }
    }
    let mut migrations: Vec<Migration> = Vec::new();
    for ((version, place), parts) in all {
        let Some(up) = parts.up else {
            return Err(MigrationError::NoUp {
                directory: crate::settings::shown(&directory.project_dir, place),
            });
        };
        let migration = migration(version, up, &parts)?;
        if let Some(last) = migrations.last()
            && last.version == migration.version
        {
            return Err(MigrationError::Duplicate {
                what: format!("version {}", last.version.as_deref().unwrap_or_default()),
                first: last.script.shown.to_string(),
                second: migration.script.shown.to_string(),
            });
        }
        migrations.push(migration);
    }
    match (&migrations[..], directory.sql.first()) {
        ([], Some(file)) => Err(MigrationError::Misnamed {
            file: file.shown.to_string(),
            layout: LAYOUT.name.shown,
            wanted: "<version>_<name>/up.sql",
        }),
        _ => Ok(migrations),
    }
}

/// The version that a directory is named for: what comes before its first `_`, without `-`.
fn version(name: &str) -> String {
    let (version, _) = name.split_once('_').unwrap_or((name, ""));
    version.replace('-', "")
}

fn migration(version: String, up: &File, parts: &Parts<'_>) -> Result<Migration, MigrationError> {
    if up.text()?.is_empty() {
        let reason = "it is empty, which Diesel refuses; write a statement, or a comment";
        return Err(up.wrong(0, reason));
    }
    let in_transaction = match parts.metadata {
        None => true,
        Some(file) => in_transaction(file)?,
    };
    let name = within(up).map_or("", |(name, _)| name);
    let (_, description) = name.split_once('_').unwrap_or_default();
    Ok(Migration {
        down: parts.down.map(File::script).transpose()?,
        transaction: if in_transaction {
            Transaction::Whole
        } else {
            as_one_request(up.text()?)
        },
        ..Migration::of(Some(version), description.replace('_', " "), up.script()?)
    })
}

/// What `metadata.toml` says; where it is silent, that there is no transaction, as Diesel reads it.
fn in_transaction(file: &File) -> Result<bool, MigrationError> {
    const KEY: &str = "run_in_transaction";
    let text = file.text()?;
    let wrong = |at: usize, reason: String| {
        let reason = format!("{reason}; Diesel would pass over this file, so mend it or remove it");
        Err(file.wrong(at, reason))
    };
    match text.parse::<toml::Table>() {
        Err(error) => {
            let at = error.span().map_or(0, |span| span.start);
            wrong(at, format!("it cannot be read: {}", error.message()))
        }
        Ok(table) => match table.get(KEY) {
            None => Ok(false),
            Some(toml::Value::Boolean(value)) => Ok(*value),
            Some(_) => wrong(0, format!("`{KEY}` must be true or false")),
        },
    }
}
