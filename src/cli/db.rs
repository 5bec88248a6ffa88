use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{ProjectArgs, TargetArgs};

/// The heading of the options that say which server.
const SERVER: &str = "Which server";
/// The heading of the options that say how.
const HOW: &str = "How";

/// Arguments of `pgassay db`.
#[derive(Debug, Clone, Args)]
pub struct DbArgs {
    /// What to do with it.
    #[command(subcommand)]
    pub command: DbCommand,
}

/// What to do with the developer's database.
#[derive(Debug, Clone, Subcommand)]
pub enum DbCommand {
    /// Start a server for this project, which runs until `pgassay db stop` ends it.
    ///
    /// Its files are in `.pgassay` in the project's directory (`data_dir` in pgassay.toml). It listens on 127.0.0.1, always on
    /// the same port, and on a socket beside its data. What is written there is as safe as on any server.
    Start(DbStartArgs),
    /// Stop the server of this project. Its data stay.
    Stop,
    /// Tell whether the server of this project runs, and where: exit code 0 where it does, and 1 where not.
    Status,
    /// Make the database, or bring it up to date: roles, migrations, fixtures.
    ///
    /// It is made where there is none. Roles scripts run where they are new or have changed, migrations that are due are applied,
    /// and each fixtures script runs once. A new database begins with the rows of the newest snapshot that fits. A line tells each thing that is done.
    Up(DbUpArgs),
    /// Drop the database with all that is in it, and make it again.
    ///
    /// It asks first, and refuses an environment that is `protected`.
    Reset(DbResetArgs),
    /// Print the database's URL, with its password, for `DATABASE_URL`.
    Url(DbUrlArgs),
}

/// Which programs to start a server from.
#[derive(Debug, Clone, Default, Args)]
pub struct ServerArgs {
    /// Make the server from the programs in DIR.
    ///
    /// DIR is the one with `initdb` and `postgres`. Without it, the newest that is found on this machine is used.
    /// [env: `PGASSAY_PG_BIN`]
    #[arg(long, value_name = "DIR", help_heading = SERVER)]
    pub pg_bin: Option<PathBuf>,

    /// Make the server of this major version of PostgreSQL.
    ///
    /// [env: `PGASSAY_PG_VERSION`]
    #[arg(long, value_name = "N", value_parser = super::test::whole_number::<u32>, help_heading = SERVER)]
    pub pg_version: Option<u32>,
}

/// Arguments of `pgassay db start`.
#[derive(Debug, Clone, Args)]
pub struct DbStartArgs {
    /// Listen on this port of 127.0.0.1 [default: the one before, else a free one].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..), help_heading = SERVER)]
    pub port: Option<u16>,

    /// Which programs.
    #[command(flatten)]
    pub server: ServerArgs,
}

/// Arguments of `pgassay db up`.
#[derive(Debug, Clone, Args)]
pub struct DbUpArgs {
    /// Which database.
    #[command(flatten)]
    pub target: TargetArgs,

    /// What it holds.
    #[command(flatten)]
    pub project: ProjectArgs,

    /// Run the fixtures scripts again that have changed since they ran.
    #[arg(long, help_heading = HOW)]
    pub fixtures_again: bool,

    /// Do not ask.
    #[arg(short, long, help_heading = HOW)]
    pub yes: bool,
}

/// Arguments of `pgassay db reset`.
#[derive(Debug, Clone, Args)]
pub struct DbResetArgs {
    /// Which database.
    #[command(flatten)]
    pub target: TargetArgs,

    /// What it holds.
    #[command(flatten)]
    pub project: ProjectArgs,

    /// Do not ask.
    #[arg(short, long, help_heading = HOW)]
    pub yes: bool,

    /// End the sessions that others have there.
    #[arg(long, help_heading = HOW)]
    pub force: bool,
}

/// Arguments of `pgassay db url`.
#[derive(Debug, Clone, Args)]
pub struct DbUrlArgs {
    /// Which database.
    #[command(flatten)]
    pub target: TargetArgs,
}
