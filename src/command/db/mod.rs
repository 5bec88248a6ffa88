//! `pgassay db`: the developer's database, and the server that a project keeps for it.

mod asking;
mod migrating;
mod records;
mod reset;
mod script;
mod seeding;
mod server;
mod telling;
mod turn;
mod up;

pub(super) use records::{Kind, Records, TABLE as SCRIPTS, failed};

use super::target::Way;
use super::{Error, Exit, print};
use crate::cli::{DbArgs, DbCommand, DbUrlArgs, GlobalArgs, ProjectArgs};
use crate::settings::{Environment, Settings};

pub(super) fn run(
    global: &GlobalArgs,
    arguments: &DbArgs,
    environment: &Environment,
) -> Result<Exit, Error> {
    match &arguments.command {
        DbCommand::Start(start) => server::start(global, start, environment),
        DbCommand::Stop => server::stop(global, environment),
        DbCommand::Status => server::status(global, environment),
        DbCommand::Up(up) => up::run(global, up, environment),
        DbCommand::Reset(reset) => reset::run(global, reset, environment),
        DbCommand::Url(arguments) => url(global, arguments, environment),
    }
}

/// Prints the URL with the password: it was asked for.
fn url(
    global: &GlobalArgs,
    arguments: &DbUrlArgs,
    environment: &Environment,
) -> Result<Exit, Error> {
    let settings = Settings::of_project(global, &ProjectArgs::default(), environment)?;
    let way = Way::of(&settings, &arguments.target, environment)?;
    print(format!("{}\n", way.info.url().expose()).as_bytes())
}
