//! Test files that are pinned to a version of the schema: which version that is, by the project's migrations.

use super::Error;
use super::groundwork::migrations;
use crate::migration::MigrationSet;
use crate::project::Pin;
use crate::run::{SchemaVersion, Task};
use crate::settings::Settings;

/// Says of each task at which version it runs.
///
/// # Errors
/// The migrations cannot be read.
pub(super) fn resolve(settings: &Settings, tasks: &mut [Task]) -> Result<(), Error> {
    if !tasks.iter().any(Task::is_pinned) {
        return Ok(());
    }
    let set = match &settings.migrate_command {
        Some(_) => None,
        None => migrations(settings)?,
    };
    for task in tasks {
        let Some(pin) = task.files.iter().find_map(|file| file.pin.as_ref()) else {
            continue;
        };
        task.version = match &set {
            Some(set) => version(set, pin),
            None => SchemaVersion::Unknown(why_none(settings, pin), line(pin)),
        };
    }
    Ok(())
}

fn version(set: &MigrationSet, pin: &Pin) -> SchemaVersion {
    match (set.named(pin.migration()), pin) {
        (Ok(place), Pin::Behind { .. }) => SchemaVersion::Behind(place + 1),
        (Ok(place), Pin::Before(_) | Pin::After(_)) => SchemaVersion::Across(place),
        (Err(error), Pin::Behind { .. }) => SchemaVersion::Unknown(error.to_string(), line(pin)),
        (Err(error), Pin::Before(_) | Pin::After(_)) => SchemaVersion::Unknown(
            format!(
                "{error}; a directory in `migrations/` bears the name of the migration that its files are about"
            ),
            line(pin),
        ),
    }
}

fn line(pin: &Pin) -> u32 {
    match pin {
        Pin::Behind { line, .. } => *line,
        Pin::Before(_) | Pin::After(_) => 1,
    }
}

/// Why there are no versions to choose from.
fn why_none(settings: &Settings, pin: &Pin) -> String {
    let wanted = pin.migration();
    if settings.migrate_command.is_some() {
        format!(
            "it is pinned to the migration `{wanted}`, but this project is migrated by its `migrate_command`, which cannot stop there"
        )
    } else {
        format!("it is pinned to the migration `{wanted}`, but the project has no migrations")
    }
}
