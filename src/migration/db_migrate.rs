//! db-migrate's migrations: `20240101120000-name.js`, each of which does nothing but to run `sqls/<same>-up.sql`.

use std::sync::LazyLock;

use regex::Regex;

use super::directory::{Directory, File};
use super::error::MigrationError;
use super::history::{History, Lock, VersionOrder};
use super::layout::{Layout, LayoutName, Signs};
use super::{Migration, Transaction};

/// The layout.
pub(super) const LAYOUT: Layout = Layout {
    name: LayoutName {
        word: "db-migrate",
        shown: "db-migrate",
    },
    usual_places: &[],
    signs: Signs::Marks,
    recognise: |directory| {
        directory.find(|file| {
            let name = file
                .name
                .strip_prefix("sqls/")
                .and_then(|name| name.strip_suffix("-up.sql"));
            name.is_some_and(|name| parts(name).is_some())
        })
    },
    read,
    history: Some(&HISTORY),
};

/// `migrations`, as `createMigrationsTable` of db-migrate-pg makes it; its names begin with the scope and `/`. A migration
/// and its row are one transaction.
const HISTORY: History = History {
    table: "migrations",
    columns: &["id", "name", "run_on"],
    other_columns: &[],
    beside: None,
    query: "SELECT coalesce(pg_catalog.substring(name, '^/?([0-9]+)-'), name), pg_catalog.substring(name, '^/?[0-9]+-(.*)$'), NULL,
                   run_on::pg_catalog.text, NULL
              FROM {table} ORDER BY run_on, name",
    is_single: false,
    lock: Lock::None,
    order: VersionOrder::Numbers,
};

/// What a migration does with the database.
static CALL: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\bdb\s*\.\s*(\w+)").ok());

/// The version and the name of a migration's file, its ending apart.
fn parts(stem: &str) -> Option<(&str, &str)> {
    let (version, name) = stem.split_once('-').unwrap_or((stem, ""));
    let is_version = !version.is_empty() && version.bytes().all(|c| c.is_ascii_digit());
    is_version.then_some((version, name))
}

fn read(directory: &Directory, _: &str) -> Result<Vec<Migration>, MigrationError> {
    // Directories below are scopes, which run only when they are named.
    let mut scripts: Vec<(&str, &File)> = (directory.others.iter())
        .filter_map(|file| Some((file.name.strip_suffix(".js")?, file)))
        .filter(|(name, _)| !name.contains('/'))
        .collect();
    scripts.sort_by(|left, right| left.0.cmp(right.0));
    let mut migrations: Vec<Migration> = Vec::with_capacity(scripts.len());
    let mut before: Option<(&str, &File)> = None;
    for (stem, script) in scripts {
        let Some((version, name)) = parts(stem) else {
            return Err(script.wrong(0, "db-migrate's migrations are named <14 digits>-<name>.js; move what is none elsewhere"));
        };
        if let Some((_, first)) = before.filter(|(other, _)| *other == version) {
            return Err(MigrationError::Duplicate {
                what: format!("version {version}"),
                first: first.shown.to_string(),
                second: script.shown.to_string(),
            });
        }
        before = Some((version, script));
        let up = sql(directory, script, stem)?;
        let down = format!("sqls/{stem}-down.sql");
        let down = directory
            .sql
            .iter()
            .find(|file| file.name == down && same_root(file, script));
        migrations.push(Migration {
            down: down.map(File::script).transpose()?,
            transaction: Transaction::Whole,
            ..Migration::of(
                Some(version.to_owned()),
                name.replace(['-', '_'], " "),
                up.script()?,
            )
        });
    }
    refuse_lone(directory)?;
    Ok(migrations)
}

/// Whether a file of `sqls/` and a script lie in one directory of migrations.
fn same_root(sql: &File, script: &File) -> bool {
    sql.path.parent().and_then(|sqls| sqls.parent()) == script.path.parent()
}

/// The file that a migration runs.
fn sql<'d>(
    directory: &'d Directory,
    script: &File,
    stem: &str,
) -> Result<&'d File, MigrationError> {
    const ADVICE: &str = "pgassay runs only the SQL files beside: let db-migrate itself migrate: `migrate_command = \"…\"`";
    let name = format!("{stem}-up.sql");
    let text = script.text()?;
    if !text.contains(&name) {
        return Err(script.wrong(
            0,
            format!("it does not run `sqls/{name}`, but something of its own; {ADVICE}"),
        ));
    }
    let calls = CALL
        .as_ref()
        .into_iter()
        .flat_map(|call| call.captures_iter(text));
    for call in calls {
        if let (Some(whole), Some(called)) = (call.get(0), call.get(1))
            && called.as_str() != "runSql"
        {
            return Err(script.wrong(
                whole.start(),
                format!("it calls `db.{}`; {ADVICE}", called.as_str()),
            ));
        }
    }
    let mut files = directory.sql.iter();
    let file = files.find(|file| file.name == format!("sqls/{name}") && same_root(file, script));
    file.ok_or_else(|| {
        script.wrong(
            text.find(&name).unwrap_or(0),
            format!("it runs `sqls/{name}`, which is not there"),
        )
    })
}

/// Refuses a script of SQL that no migration runs.
fn refuse_lone(directory: &Directory) -> Result<(), MigrationError> {
    for file in &directory.sql {
        let Some(stem) = file
            .name
            .strip_prefix("sqls/")
            .and_then(|name| name.strip_suffix("-up.sql"))
        else {
            continue;
        };
        let script = format!("{stem}.js");
        if !directory
            .others
            .iter()
            .any(|other| other.name == script && same_root(file, other))
        {
            return Err(file.wrong(
                0,
                format!(
                    "there is no `{script}` that runs it, so that db-migrate would pass it over"
                ),
            ));
        }
    }
    Ok(())
}
