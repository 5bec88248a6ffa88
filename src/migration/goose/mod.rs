//! goose's migrations: `00001_desc.sql`, with annotations `-- +goose Up`, `-- +goose Down` and others in it.

mod annotation;
mod file;
mod variables;

use super::directory::{Directory, File};
use super::error::MigrationError;
use super::history::{History, Lock, VersionOrder};
use super::layout::{Layout, LayoutName, Signs};
use super::version::refuse_duplicates;
use super::{Migration, Transaction};

/// The layout.
pub(super) const LAYOUT: Layout = Layout {
    name: LayoutName {
        word: "goose",
        shown: "goose",
    },
    usual_places: &["db/migrations"],
    signs: Signs::Marks,
    recognise: |directory| {
        directory.find(|file| {
            file.is_at_top()
                && file.has_comment(|comment| {
                    let mut words = comment.split_whitespace();
                    words.next() == Some("+goose")
                        && words
                            .next()
                            .is_some_and(|word| word.eq_ignore_ascii_case("up"))
                })
        })
    },
    read,
    history: Some(&HISTORY),
};

/// `goose_db_version`, as `CreateTable` of its `internal/dialects/postgres.go` makes it: of the rows of a version the last
/// counts (`EnsureDBVersionContext`), and version 0 stands for the table itself. What failed leaves no row. Programs that ask
/// for a lock get the advisory lock of `DefaultLockID` in `lock/session_locker_options.go`; its command takes none.
const HISTORY: History = History {
    table: "goose_db_version",
    columns: &["id", "version_id", "is_applied", "tstamp"],
    other_columns: &[],
    beside: None,
    query: "SELECT version_id::pg_catalog.text, NULL, CASE WHEN is_applied THEN 'applied' ELSE 'undone' END,
                   tstamp::pg_catalog.text, NULL
              FROM (SELECT DISTINCT ON (version_id) * FROM {table} WHERE version_id > 0 ORDER BY version_id, id DESC) last
              ORDER BY id",
    is_single: false,
    lock: Lock::Advisory(|_| vec![4_097_083_626]),
    order: VersionOrder::Numbers,
};

fn read(directory: &Directory, _: &str) -> Result<Vec<Migration>, MigrationError> {
    let misnamed = |file: &File| MigrationError::Misnamed {
        file: file.shown.to_string(),
        layout: LAYOUT.name.shown,
        wanted: "<number>_<description>.sql, with a number above 0",
    };
    if let Some(file) = directory.others.iter().find(|file| is_in_go(file)) {
        return Err(MigrationError::NotSql {
            file: file.shown.to_string(),
            layout: LAYOUT.name.shown,
        });
    }
    let mut migrations = Vec::new();
    for file in directory.sql.iter().filter(|file| file.is_at_top()) {
        let (version, description) = parse(file.stem()).ok_or_else(|| misnamed(file))?;
        migrations.push((version, migration(version, description, file)?));
    }
    if let ([], Some(file)) = (&migrations[..], directory.sql.first()) {
        return Err(misnamed(file));
    }
    migrations.sort_by_key(|(version, _)| *version);
    let migrations: Vec<Migration> = migrations.into_iter().map(|(_, it)| it).collect();
    refuse_duplicates(&migrations)?;
    Ok(migrations)
}

/// The version and the description of a name without its ending.
fn parse(stem: &str) -> Option<(i64, &str)> {
    let (number, description) = stem.split_once('_')?;
    let version = number.parse().ok()?;
    let is_number = number.bytes().all(|c| c.is_ascii_digit());
    (is_number && version > 0).then_some((version, description))
}

/// Whether it is a migration in Go: a file of tests, or without a number, is none.
fn is_in_go(file: &File) -> bool {
    let stem = file.file_name().strip_suffix(".go");
    let stem = stem.filter(|stem| file.is_at_top() && !stem.ends_with("_test"));
    stem.is_some_and(|stem| parse(stem).is_some())
}

fn migration(version: i64, description: &str, file: &File) -> Result<Migration, MigrationError> {
    let environment = |name: &str| std::env::var(name).ok();
    let parts = self::file::parse(file.text()?, &environment)
        .map_err(|(at, reason)| file.wrong(at, reason))?;
    let script = |text: file::Text| {
        let script = file.with_text(text.run.into())?;
        Ok::<_, MigrationError>(script.with_written(&text.written))
    };
    Ok(Migration {
        down: Some(script(parts.down)?),
        transaction: if parts.in_transaction {
            Transaction::Whole
        } else {
            Transaction::Apart
        },
        ..Migration::of(
            Some(version.to_string()),
            description.replace('_', " "),
            script(parts.up)?,
        )
    })
}
