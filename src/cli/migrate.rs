use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};

use super::{MigrationArgs, TargetArgs};
use crate::script::parse_duration;

/// The heading of the options that say how migrations are applied.
const HOW: &str = "How they are applied";
/// The heading of the options that say what is repaired.
const WHAT: &str = "What is so";

/// Arguments of `pgassay migrate`.
#[derive(Debug, Clone, Args)]
pub struct MigrateArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: MigrateCommand,
}

/// What to do with the migrations of a database.
#[expect(
    clippy::doc_markdown,
    reason = "the comments are the help, which is no Markdown"
)]
#[derive(Debug, Clone, Subcommand)]
pub enum MigrateCommand {
    /// Apply what is not applied yet.
    ///
    /// One session at a time migrates a database; another one waits. Each migration and its entry in the history
    /// (public.pgassay_migrations) are one transaction, unless the migration's layout says that it is none: then each of its
    /// statements is noted as it is done, so that after a crash `up` goes on behind the last one.
    ///
    /// A migration that waits for a lock for too long gives way, so that it does not hold up everybody who comes behind it in
    /// the queue, and is tried again a little later.
    Up(UpArgs),
    /// Show what is applied, and what is not.
    ///
    /// It only reads. Where another tool migrates the database, its own history is shown.
    Status(StatusArgs),
    /// Check that the history and the files fit one another.
    ///
    /// A file that changed after it was applied, one that is gone, one that was left out, and a migration that is not done:
    /// each is told, and the exit code is 1.
    Validate(ReadArgs),
    /// Say what became of a migration that failed or was interrupted, or that a changed file is what was applied.
    ///
    /// Without an option, it tells what there is to repair. It runs no migration and changes nothing but the history.
    Repair(RepairArgs),
    /// Begin the history of a database that holds the schema already.
    ///
    /// All migrations up to VERSION count as applied; none is run.
    Baseline(BaselineArgs),
}

/// Arguments of `pgassay migrate up`.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch that is independent of the others"
)]
#[derive(Debug, Clone, Default, Args)]
pub struct UpArgs {
    /// Which database.
    #[command(flatten)]
    pub target: TargetArgs,

    /// Which migrations.
    #[command(flatten)]
    pub migrating: MigrationArgs,

    /// Stop behind VERSION; repeatable migrations wait then.
    #[arg(long, value_name = "VERSION", help_heading = HOW)]
    pub to: Option<String>,

    /// Print the SQL instead of running it.
    #[arg(long, help_heading = HOW)]
    pub dry_run: bool,

    /// Apply migrations too that come before one that is applied.
    #[arg(long, help_heading = HOW)]
    pub out_of_order: bool,

    /// Do not mind applied migrations whose files are gone.
    #[arg(long, help_heading = HOW)]
    pub ignore_missing: bool,

    /// Begin a history in a database that holds other tables.
    #[arg(long, help_heading = HOW)]
    pub not_empty: bool,

    /// Let a statement wait for a lock no longer than DURATION; 0 waits as long as it takes.
    ///
    /// It does not hold for statements that work concurrently, which are in nobody's way while they wait.
    #[arg(long, value_name = "DURATION", value_parser = parse_duration, default_value = "5s", help_heading = HOW)]
    pub lock_timeout: Duration,

    /// Try a migration so often again that waited too long for a lock.
    #[arg(long, value_name = "N", default_value_t = 10, help_heading = HOW)]
    pub lock_retries: u32,

    /// Wait no longer than DURATION for another session that migrates.
    #[arg(long, value_name = "DURATION", value_parser = parse_duration, default_value = "10m", help_heading = HOW)]
    pub wait: Duration,
}

/// Arguments of commands that only read.
#[derive(Debug, Clone, Default, Args)]
pub struct ReadArgs {
    /// Which database.
    #[command(flatten)]
    pub target: TargetArgs,

    /// Which migrations.
    #[command(flatten)]
    pub migrating: MigrationArgs,
}

/// Arguments of `pgassay migrate status`.
#[derive(Debug, Clone, Default, Args)]
pub struct StatusArgs {
    /// Which database and migrations.
    #[command(flatten)]
    pub read: ReadArgs,

    /// In which form.
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    pub format: DataFormat,
}

/// In which form something is told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum DataFormat {
    /// For people.
    #[default]
    Text,
    /// For other programs.
    Json,
}

/// Arguments of `pgassay migrate repair`.
#[derive(Debug, Clone, Default, Args)]
pub struct RepairArgs {
    /// Which database and migrations.
    #[command(flatten)]
    pub read: ReadArgs,

    /// What was applied is what the changed files say now.
    #[arg(long, help_heading = WHAT)]
    pub checksums: bool,

    /// The migration VERSION, which was begun, is done as a whole; may be given several times.
    #[arg(long, value_name = "VERSION", help_heading = WHAT)]
    pub applied: Vec<String>,

    /// Nothing is left of the migration VERSION, which was begun; may be given several times.
    #[arg(long, value_name = "VERSION", help_heading = WHAT)]
    pub pending: Vec<String>,

    /// The statement of VERSION that was under way is done; may be given several times.
    #[arg(long, value_name = "VERSION", help_heading = WHAT)]
    pub skip: Vec<String>,

    /// The statement of VERSION that was under way is to run again; may be given several times.
    #[arg(long, value_name = "VERSION", help_heading = WHAT)]
    pub redo: Vec<String>,
}

/// Arguments of `pgassay migrate baseline`.
#[derive(Debug, Clone, Default, Args)]
pub struct BaselineArgs {
    /// The last version that the database has.
    #[arg(value_name = "VERSION")]
    pub version: Option<String>,

    /// Which database and migrations.
    #[command(flatten)]
    pub read: ReadArgs,

    /// Go over to pgassay from the tool that migrated the database until now: what its history says was applied counts.
    #[arg(long)]
    pub take_over: bool,
}
