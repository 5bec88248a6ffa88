//! Supabase's migrations: `supabase/migrations/20240101120000_name.sql`.

use std::fs;
use std::path::{Path, PathBuf};

use super::Migration;
use super::directory::{Directory, File};
use super::error::MigrationError;
use super::history::{History, Lock, VersionOrder};
use super::layout::{Layout, LayoutName, Signs};
use super::text::as_one_request;

/// The layout.
pub(super) const LAYOUT: Layout = Layout {
    name: LayoutName {
        word: "supabase",
        shown: "Supabase",
    },
    usual_places: &["supabase/migrations"],
    signs: Signs::Names,
    recognise: |directory| {
        let places = directory.roots.iter().filter_map(|root| place(root));
        let places: Vec<_> = places.collect();
        directory.find(|file| name(file).is_some() && is_in(file, &places))
    },
    read,
    history: Some(&HISTORY),
};

/// `supabase_migrations.schema_migrations`, as `pkg/migration/history.go` of Supabase's command-line tool makes it; a
/// migration and its row are one transaction.
const HISTORY: History = History {
    table: "supabase_migrations.schema_migrations",
    columns: &["version", "statements", "name"],
    other_columns: &[],
    beside: None,
    query: "SELECT version, name, NULL, NULL, NULL FROM {table} ORDER BY version",
    is_single: false,
    lock: Lock::None,
    order: VersionOrder::Texts,
};

/// The directory where Supabase's tool looks for migrations: `migrations` in `supabase`, or beside its settings.
fn place(root: &Path) -> Option<PathBuf> {
    let is_home = |place: &Path| {
        let settings = fs::read_to_string(place.join("config.toml"));
        let is_setting = |line: &str| line.trim_start().starts_with("project_id");
        place.file_name().is_some_and(|name| name == "supabase")
            || settings.is_ok_and(|text| text.lines().any(is_setting))
    };
    let is_place = root.file_name().is_some_and(|name| name == MIGRATIONS);
    match root.parent() {
        Some(parent) if is_place && is_home(parent) => Some(root.to_owned()),
        _ => is_home(root).then(|| root.join(MIGRATIONS)),
    }
}

const MIGRATIONS: &str = "migrations";

/// Whether a file lies directly in one of these directories.
fn is_in(file: &File, places: &[PathBuf]) -> bool {
    file.path
        .parent()
        .is_some_and(|parent| places.iter().any(|place| place == parent))
}

/// The version and the name of a file that is a migration.
fn name(file: &File) -> Option<(&str, &str)> {
    let (version, name) = file.stem().split_once('_')?;
    let is_version = !version.is_empty() && version.bytes().all(|c| c.is_ascii_digit());
    is_version.then_some((version, name))
}

fn read(directory: &Directory, _: &str) -> Result<Vec<Migration>, MigrationError> {
    let places = directory
        .roots
        .iter()
        .map(|root| place(root).unwrap_or_else(|| root.clone()));
    let places: Vec<_> = places.collect();
    let files = directory.sql.iter().filter(|file| is_in(file, &places));
    let mut files: Vec<&File> = files.collect();
    // As the tool reads them: by bytes, not by numbers.
    files.sort_by(|left, right| left.file_name().cmp(right.file_name()));
    // The tool passes over what old versions of it made for a start of their own.
    let is_old_start = |file: &&File| {
        name(file).is_some_and(|(version, name)| {
            version.len() == 14 && version < "20211209000000" && name.starts_with("init")
        }) && file.stem().ends_with("_init")
    };
    if files.first().is_some_and(is_old_start) {
        files.remove(0);
    }
    let mut migrations: Vec<Migration> = Vec::with_capacity(files.len());
    for file in files {
        let Some((version, name)) = name(file) else {
            continue;
        };
        let first = migrations
            .iter()
            .find(|it| it.version.as_deref() == Some(version));
        if let Some(first) = first {
            return Err(MigrationError::Duplicate {
                what: format!("version {version}"),
                first: first.script.shown.to_string(),
                second: file.shown.to_string(),
            });
        }
        migrations.push(Migration {
            transaction: as_one_request(file.text()?),
            ..Migration::of(
                Some(version.to_owned()),
                name.replace('_', " "),
                file.script()?,
            )
        });
    }
    Ok(migrations)
}
