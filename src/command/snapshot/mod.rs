//! `pgassay snapshot`: rows of a database in files that know the version of their schema.

mod forward;
mod history;
mod list;
mod load;
mod save;
mod treatment;

use super::target::Way;
use super::{Error, Exit, complain, groundwork};
use crate::cli::{
    GlobalArgs, MigrationArgs, ProjectArgs, SnapshotArgs, SnapshotCommand, StoreArgs,
};
use crate::migration::MigrationSet;
use crate::session::{Connection, Interruption, Watch};
use crate::settings::{Environment, Settings};

pub(super) fn run(
    global: &GlobalArgs,
    arguments: &SnapshotArgs,
    environment: &Environment,
) -> Result<Exit, Error> {
    match &arguments.command {
        SnapshotCommand::Save(typed) => save::run(global, typed, environment),
        SnapshotCommand::List(typed) => list::run(global, typed, environment),
        SnapshotCommand::Load(typed) => load::run(global, typed, environment),
    }
}

/// The settings of one of these commands.
fn settings(
    global: &GlobalArgs,
    migrating: &MigrationArgs,
    store: &StoreArgs,
    environment: &Environment,
) -> Result<Settings, Error> {
    let typed = ProjectArgs {
        snapshots: store.snapshots.clone(),
        ..migrating.clone().into()
    };
    Ok(Settings::of_project(global, &typed, environment)?)
}

/// The project's migrations; none where a command migrates.
fn migrations(settings: &Settings) -> Result<Option<MigrationSet>, Error> {
    if settings.migrate_command.is_some() {
        return Ok(None);
    }
    let set = groundwork::migrations(settings)?;
    Ok(Some(set.unwrap_or_else(MigrationSet::empty)))
}

fn connect(way: &Way, interruption: &Interruption, doing: &str) -> Result<Connection, Error> {
    let watch = Watch {
        deadline: None,
        interruption: Some(interruption.clone()),
    };
    let opened = Connection::open(&way.info, watch);
    opened.map_err(|error| format!("cannot {doing} ({}): {error}", way.in_words()).into())
}

/// The exit code: what a signal broke is the signal's doing.
fn ended(interruption: &Interruption, result: Result<Exit, Error>) -> Result<Exit, Error> {
    match result {
        Err(error) if interruption.is_set() => {
            complain(&error.to_string());
            Ok(Exit::Interrupted)
        }
        result => result,
    }
}

/// A number with the word for what it counts.
fn counted(count: u64, one: &str, several: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { several })
}

/// A size as people read it.
fn size(bytes: u64) -> String {
    bytesize::ByteSize(bytes).display().iec().to_string()
}
