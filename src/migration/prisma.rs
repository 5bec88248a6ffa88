//! Prisma's migrations: `20240101120000_name/migration.sql`, and `migration_lock.toml`, which says for which database.

use super::Migration;
use super::directory::{Directory, File};
use super::error::MigrationError;
use super::history::{History, Lock, VersionOrder};
use super::layout::{Layout, LayoutName, Signs};
use super::text::{as_one_request, lines};

/// The layout.
pub(super) const LAYOUT: Layout = Layout {
    name: LayoutName {
        word: "prisma",
        shown: "Prisma",
    },
    usual_places: &["prisma/migrations"],
    signs: Signs::Names,
    recognise: |directory| {
        let lock = directory.file(LOCK).map(|file| file.shown.to_string());
        lock.or_else(|| directory.find(|file| directory_of(file).is_some()))
    },
    read,
    history: Some(&HISTORY),
};

/// `_prisma_migrations`, as `migration_persistence.rs` of Prisma's engines makes it: a row is written before the script runs,
/// `logs` when it fails, `finished_at` when it ends well, and `rolled_back_at` by `prisma migrate resolve`. The lock is that
/// of its PostgreSQL connector.
const HISTORY: History = History {
    table: "_prisma_migrations",
    columns: &["id", "checksum", "finished_at", "migration_name", "logs", "rolled_back_at", "started_at", "applied_steps_count"],
    other_columns: &[],
    beside: None,
    query: "SELECT migration_name, NULL,
                   CASE WHEN rolled_back_at IS NOT NULL THEN 'undone' WHEN finished_at IS NOT NULL THEN 'applied'
                        WHEN logs IS NOT NULL AND logs <> '' THEN 'failed' ELSE 'begun' END,
                   coalesce(finished_at, started_at)::pg_catalog.text, NULL
              FROM {table} ORDER BY started_at, migration_name",
    is_single: false,
    lock: Lock::Advisory(|_| vec![72_707_369]),
    order: VersionOrder::Texts,
};

const LOCK: &str = "migration_lock.toml";
const SCRIPT: &str = "migration.sql";

/// The directory of a file that is a migration's script.
fn directory_of(file: &File) -> Option<&str> {
    let (directory, name) = file.name.split_once('/')?;
    (name == SCRIPT).then_some(directory)
}

fn read(directory: &Directory, _: &str) -> Result<Vec<Migration>, MigrationError> {
    for file in directory.others.iter().filter(|file| file.name == LOCK) {
        check_provider(file)?;
    }
    let mut all: Vec<(&str, &File)> = Vec::new();
    for file in &directory.sql {
        all.extend(directory_of(file).map(|directory| (directory, file)));
    }
    all.sort_by(|left, right| left.0.cmp(right.0));
    refuse_empty(directory, &all)?;
    let mut migrations = Vec::with_capacity(all.len());
    let mut before: Option<(&str, &File)> = None;
    for (name, file) in all {
        if let Some((_, first)) = before.filter(|(other, _)| *other == name) {
            return Err(MigrationError::Duplicate {
                what: format!("name {name}"),
                first: first.shown.to_string(),
                second: file.shown.to_string(),
            });
        }
        before = Some((name, file));
        let root = file.path.parent();
        let down = directory
            .sql
            .iter()
            .find(|other| other.file_name() == "down.sql" && other.path.parent() == root);
        migrations.push(Migration {
            down: down.map(File::script).transpose()?,
            transaction: as_one_request(file.text()?),
            ..Migration::of(Some(name.to_owned()), String::new(), file.script()?)
        });
    }
    Ok(migrations)
}

/// Refuses a directory that has files but no script, as Prisma does.
fn refuse_empty(directory: &Directory, all: &[(&str, &File)]) -> Result<(), MigrationError> {
    for file in directory.sql.iter().chain(&directory.others) {
        let Some((name, _)) = file.name.split_once('/') else {
            continue;
        };
        if all.iter().all(|(other, _)| *other != name) {
            return Err(file.wrong(
                0,
                format!(
                    "`{name}` has no `{SCRIPT}`, as each directory of Prisma's migrations must"
                ),
            ));
        }
    }
    Ok(())
}

/// Refuses migrations for another database.
fn check_provider(file: &File) -> Result<(), MigrationError> {
    for (range, line) in lines(file.text()?) {
        let Some((key, value)) = line.split_once('=') else {
            continue;
        };
        let value = value
            .split('#')
            .next()
            .unwrap_or_default()
            .trim()
            .trim_matches('"');
        if key.trim() == "provider" && !["postgresql", "postgres"].contains(&value) {
            return Err(file.wrong(
                range.start,
                format!("these migrations are for `{value}`, not for `postgresql`"),
            ));
        }
    }
    Ok(())
}
