use std::path::PathBuf;

use clap::Args;

use crate::migration::LayoutName;
use crate::settings::parse_variable;

/// The heading of the options that say what a database holds.
const HOLDS: &str = "What the database holds";

/// Which migrations, and with which variables.
#[derive(Debug, Clone, Default, Args)]
pub struct MigrationArgs {
    /// Take the migrations in DIR [default: migrations, where there is one]; may be given several times.
    ///
    /// How they are laid out is recognised; docs/migrations.md tells which layouts are. Several directories make one history.
    #[arg(long, value_name = "DIR", help_heading = HOLDS)]
    pub migrations: Vec<PathBuf>,

    /// The migrations are laid out as this tool has them, where it is not recognised.
    #[arg(long, value_name = "NAME", value_parser = super::test::layout(), help_heading = HOLDS)]
    pub layout: Option<LayoutName>,

    /// Set a psql variable for roles scripts, migrations and fixtures; may be given several times.
    ///
    /// One of the same name in `migration_set` of pgassay.toml is replaced.
    #[arg(
        short = 'S',
        long = "set",
        value_name = "NAME=VALUE",
        value_parser = parse_variable,
        help_heading = HOLDS
    )]
    pub variables: Vec<(String, String)>,
}

/// What a database of the project holds.
#[derive(Debug, Clone, Default, Args)]
pub struct ProjectArgs {
    /// Its migrations.
    #[command(flatten)]
    pub migrating: MigrationArgs,

    /// Run the roles scripts in PATH before the migrations [default: roles, where there is one].
    ///
    /// PATH is a script, or a directory whose .sql files run in the order of their names.
    #[arg(long, value_name = "PATH", help_heading = HOLDS)]
    pub roles: Option<PathBuf>,

    /// Run the fixtures scripts in PATH after the migrations [default: fixtures, where there is one].
    ///
    /// PATH is a script, or a directory whose .sql files run in the order of their names.
    #[arg(long, value_name = "PATH", help_heading = HOLDS)]
    pub fixtures: Option<PathBuf>,

    /// Begin with the rows of SNAPSHOT: `newest`, `none`, or a file [default: newest].
    ///
    /// They are loaded behind the migrations that they were saved behind; the others are applied to them. `newest` is the one in the
    /// directory of snapshots that fits behind most migrations.
    #[arg(long, value_name = "SNAPSHOT", help_heading = HOLDS)]
    pub seed: Option<String>,

    /// The directory of snapshots, for commands that have an option for it.
    #[arg(skip)]
    pub snapshots: Option<PathBuf>,
}

impl From<MigrationArgs> for ProjectArgs {
    fn from(migrating: MigrationArgs) -> Self {
        Self {
            migrating,
            ..Self::default()
        }
    }
}
