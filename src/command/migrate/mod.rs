//! `pgassay migrate`: the migrations of databases that live on.

mod status;
mod up;

use std::sync::Arc;

use super::groundwork::migrations;
use super::shell::SystemShell;
use super::target::Way;
use super::{Error, Exit};
use crate::cli::{
    BaselineArgs, GlobalArgs, MigrateArgs, MigrateCommand, MigrationArgs, ReadArgs, RepairArgs,
    TargetArgs,
};
use crate::deployment::{Deployment, Happening, HistoryTable, Options, Repair, Standing, troubles};
use crate::migration::MigrationSet;
use crate::run;
use crate::session::{Connection, Interruption, Shell, Surroundings, Watch};
use crate::settings::{Environment, Settings};

pub(super) fn run(
    global: &GlobalArgs,
    arguments: &MigrateArgs,
    environment: &Environment,
) -> Result<Exit, Error> {
    match &arguments.command {
        MigrateCommand::Up(arguments) => up::run(global, arguments, environment),
        MigrateCommand::Status(arguments) => status::run(global, arguments, environment),
        MigrateCommand::Validate(arguments) => status::validate(global, arguments, environment),
        MigrateCommand::Repair(arguments) => repair(global, arguments, environment),
        MigrateCommand::Baseline(arguments) => baseline(global, arguments, environment),
    }
}

/// What every one of these commands works with.
pub(super) struct Work {
    settings: Settings,
    way: Way,
    set: MigrationSet,
    interruption: Interruption,
    surroundings: Surroundings,
}

impl Work {
    /// From what was typed.
    pub(super) fn of(
        global: &GlobalArgs,
        target: &TargetArgs,
        migrating: &MigrationArgs,
        environment: &Environment,
    ) -> Result<Self, Error> {
        let settings = Settings::of_project(global, &migrating.clone().into(), environment)?;
        let way = Way::of(&settings, target, environment)?;
        Self::with(settings, way)
    }

    /// On a database that was chosen already.
    pub(super) fn with(settings: Settings, way: Way) -> Result<Self, Error> {
        if let Some(command) = &settings.migrate_command {
            return Err(format!(
                "this project's databases are migrated by its `migrate_command` (`{command}`), and not by pgassay; run that"
            )
            .into());
        }
        let set = migrations(&settings)?.unwrap_or_else(MigrationSet::empty);
        Ok(Self {
            surroundings: surroundings(&settings),
            interruption: run::listen_for_interruption()?,
            settings,
            way,
            set,
        })
    }

    pub(super) fn watch(&self) -> Watch {
        Watch {
            deadline: None,
            interruption: Some(self.interruption.clone()),
        }
    }

    pub(super) fn connect(&self, doing: &str) -> Result<Connection, Error> {
        let opened = Connection::open(&self.way.info, self.watch());
        opened.map_err(|error| format!("cannot {doing} ({}): {error}", self.way.in_words()).into())
    }

    pub(super) fn deployment<'a>(
        &'a self,
        options: Options,
        happens: &'a mut dyn FnMut(Happening<'_>),
    ) -> Deployment<'a> {
        let owner = self.settings.owner.as_deref();
        Deployment {
            info: &self.way.info,
            watch: self.watch(),
            set: &self.set,
            variables: &self.settings.migration_variables,
            surroundings: &self.surroundings,
            owner: owner.filter(|owner| *owner != self.way.info.user),
            options,
            happens,
        }
    }
}

/// What scripts may use on a database that lives on.
pub(in crate::command) fn surroundings(settings: &Settings) -> Surroundings {
    Surroundings {
        working_dir: settings.working_dir.clone(),
        writable: run::writable_directories(&settings.project_dir),
        project_dir: settings.project_dir.clone(),
        // A migration that wants pgTAP gets the server's.
        pgtap: None,
        inputs: None,
        shell: settings
            .allow_shell
            .then(|| Arc::new(SystemShell) as Arc<dyn Shell>),
    }
}

fn work_of(global: &GlobalArgs, read: &ReadArgs, environment: &Environment) -> Result<Work, Error> {
    Work::of(global, &read.target, &read.migrating, environment)
}

fn repair(
    global: &GlobalArgs,
    arguments: &RepairArgs,
    environment: &Environment,
) -> Result<Exit, Error> {
    let work = work_of(global, &arguments.read, environment)?;
    let repair = Repair {
        checksums: arguments.checksums,
        applied: arguments.applied.clone(),
        pending: arguments.pending.clone(),
        skip: arguments.skip.clone(),
        redo: arguments.redo.clone(),
    };
    if repair.is_empty() {
        return told(&work);
    }
    let mut waits = |happening: Happening<'_>| up::tell_of_waiting(&happening);
    let lines = work
        .deployment(Options::default(), &mut waits)
        .repair(&repair)
        .map_err(|error| work.way.in_hints(&error.to_string()))?;
    if lines.is_empty() {
        return super::print(b"no applied migration has changed\n");
    }
    super::print(format!("{}\n", lines.join("\n")).as_bytes())
}

/// Tells what there is to repair.
fn told(work: &Work) -> Result<Exit, Error> {
    let mut connection = work.connect("look what there is to repair")?;
    if !HistoryTable::exists(&mut connection)? {
        return super::print(b"the database has no history of pgassay's: nothing to repair\n");
    }
    let entries = HistoryTable::read(&mut connection)?;
    let standing = Standing::new(&work.set, &entries)?;
    let troubles = troubles(&mut connection, &standing)?;
    if troubles.is_empty() {
        return super::print(b"nothing to repair\n");
    }
    let text = work.way.in_hints(&troubles.join("\n\n"));
    super::print(format!("{text}\n").as_bytes())?;
    Ok(Exit::Failure)
}

fn baseline(
    global: &GlobalArgs,
    arguments: &BaselineArgs,
    environment: &Environment,
) -> Result<Exit, Error> {
    let work = work_of(global, &arguments.read, environment)?;
    let mut waits = |happening: Happening<'_>| up::tell_of_waiting(&happening);
    let lines = work
        .deployment(Options::default(), &mut waits)
        .baseline(arguments.version.as_deref(), arguments.take_over)
        .map_err(|error| work.way.in_hints(&error.to_string()))?;
    super::print(format!("{}\n", lines.join("\n")).as_bytes())
}
