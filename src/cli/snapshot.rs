use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{DataFormat, MigrationArgs, TargetArgs};

/// The heading of the options that say where snapshots are.
const WHERE: &str = "Where snapshots are";
/// The heading of the options that say what is saved.
const WHAT: &str = "What is saved";
/// The heading of the options that say how.
const HOW: &str = "How";

/// Arguments of `pgassay snapshot`.
#[derive(Debug, Clone, Args)]
pub struct SnapshotArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: SnapshotCommand,
}

/// What to do with snapshots.
#[derive(Debug, Clone, Subcommand)]
pub enum SnapshotCommand {
    /// Save the rows of a database.
    ///
    /// The file's name begins with the version of the schema and ends with the time. It is written whole or not at all. Rows are
    /// saved as they are at one moment, in an order of their own, so that the same rows are the same bytes.
    Save(SnapshotSaveArgs),
    /// List the snapshots, and how each stands to the project's migrations.
    List(SnapshotListArgs),
    /// Replace the rows of a database by those of a snapshot.
    ///
    /// In a database at a later version, the rows become what the migrations between would have made of them. Tables that the snapshot does not list stay as they are. All is
    /// one transaction. It asks first where the tables hold rows, and refuses an environment that is `protected`.
    Load(SnapshotLoadArgs),
}

/// Where snapshots are.
#[derive(Debug, Clone, Default, Args)]
pub struct StoreArgs {
    /// Keep snapshots in DIR [default: snapshots].
    ///
    /// [env: `PGASSAY_SNAPSHOTS`]
    #[arg(long, value_name = "DIR", help_heading = WHERE)]
    pub snapshots: Option<PathBuf>,
}

/// Arguments of `pgassay snapshot save`.
#[derive(Debug, Clone, Default, Args)]
pub struct SnapshotSaveArgs {
    /// Which database.
    #[command(flatten)]
    pub target: TargetArgs,

    /// Which migrations.
    #[command(flatten)]
    pub migrating: MigrationArgs,

    /// Where to.
    #[command(flatten)]
    pub store: StoreArgs,

    /// Write to FILE instead, and replace it where it is there.
    #[arg(short, long, value_name = "FILE", help_heading = WHERE)]
    pub output: Option<PathBuf>,

    /// Save only tables that PATTERN means; may be given several times.
    ///
    /// PATTERN is `schema.table`, in which `*` stands for any text and `{a,b}` for one of several.
    #[arg(long = "table", value_name = "PATTERN", help_heading = WHAT)]
    pub tables: Vec<String>,

    /// Save no table that PATTERN means; may be given several times.
    #[arg(long = "exclude", value_name = "PATTERN", help_heading = WHAT)]
    pub exclude: Vec<String>,

    /// The database, which has no history, is at VERSION.
    #[arg(long, value_name = "VERSION", help_heading = WHAT)]
    pub at: Option<String>,

    /// Save nothing where a column looks personal and `[snapshot.mask]` has no rule for it.
    #[arg(long, help_heading = WHAT)]
    pub strict: bool,
}

/// Arguments of `pgassay snapshot list`.
#[derive(Debug, Clone, Default, Args)]
pub struct SnapshotListArgs {
    /// Which migrations.
    #[command(flatten)]
    pub migrating: MigrationArgs,

    /// Where they are.
    #[command(flatten)]
    pub store: StoreArgs,

    /// In which form.
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t, help_heading = HOW)]
    pub format: DataFormat,
}

/// Arguments of `pgassay snapshot load`.
#[derive(Debug, Clone, Default, Args)]
pub struct SnapshotLoadArgs {
    /// The snapshot [default: the newest that fits].
    #[arg(value_name = "FILE")]
    pub file: Option<PathBuf>,

    /// Which database.
    #[command(flatten)]
    pub target: TargetArgs,

    /// Which migrations.
    #[command(flatten)]
    pub migrating: MigrationArgs,

    /// Where snapshots are.
    #[command(flatten)]
    pub store: StoreArgs,

    /// Do not ask.
    #[arg(short, long, help_heading = HOW)]
    pub yes: bool,
}
