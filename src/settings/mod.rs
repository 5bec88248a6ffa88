//! Settings: what was typed, the environment and `pgassay.toml`, resolved into one value. Nothing here asks the
//! process for its environment but [`Environment::of_process`], and nothing runs or writes.

mod absolute;
mod coverage;
mod document;
mod environment;
mod error;
mod file;
mod glob;
mod key;
mod layer;
mod name;
mod nearest;
mod origin;
mod resolve;
mod seed;
mod snapshot;
mod state;
mod target;
mod template;
mod typed;
mod whereabouts;

use std::path::PathBuf;
use std::time::Duration;

use clap::ValueEnum;

use crate::migration::LayoutName;

pub(crate) use absolute::{absolute, shown};
pub use coverage::CoverageSettings;
pub use environment::Environment;
pub use error::SettingsError;
pub use glob::Glob;
pub use name::{parse_ending, parse_printing, parse_variable};
pub(crate) use nearest::{nearest, nearest_path};
pub use origin::{Origin, Place};
pub use seed::SeedChoice;
pub use snapshot::SnapshotSettings;
pub use state::{Choice, ChoiceKind, StateOptions};
pub use target::{EnvironmentSettings, Target, TargetName};
pub use template::UrlTemplate;
pub use whereabouts::{KnownServer, Whereabouts};

pub use crate::report::Verbosity;
pub use crate::session::conninfo::Secret;
pub(crate) use crate::session::conninfo::{Reach, without_passwords};

/// Everything that a test run needs to know, resolved: paths are absolute, defaults are filled in.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch that is independent of the others"
)]
#[derive(Debug, Clone)]
pub struct Settings {
    /// The project: where `pgassay.toml` lies, else the working directory. Absolute.
    pub project_dir: PathBuf,
    /// The profile of the settings file that was chosen.
    pub profile: Option<String>,
    /// Test files and directories to run, in the order given.
    pub tests: Vec<PathBuf>,
    /// Whether `tests` was said (by argument or file) rather than being the default `sql-tests`.
    pub tests_named: bool,
    /// The directories of migrations, which make one history; or a single file. None where the project has no migrations.
    pub migrations: Vec<PathBuf>,
    /// How they are laid out, where it was said.
    pub layout: Option<LayoutName>,
    /// A command that migrates the template database instead of `migrations`, run by `sh -c` in `project_dir`.
    pub migrate_command: Option<String>,
    /// The files and directories that are all the command's outcome depends on; none where nobody said so.
    pub migrate_inputs: Vec<PathBuf>,
    /// The directory (or file) with roles scripts.
    pub roles: Option<PathBuf>,
    /// The directory (or file) with fixtures scripts.
    pub fixtures: Option<PathBuf>,
    /// The endings of test files, without the dot.
    pub extensions: Vec<String>,
    /// The databases with a name that commands work on, other than `test`.
    pub environments: Vec<EnvironmentSettings>,
    /// Which server.
    pub server: ServerSettings,
    /// Where the server of `pgassay db start` has its files.
    pub data_dir: PathBuf,
    /// The rows that databases begin with.
    pub seed: SeedChoice,
    /// The directory of snapshots, which need not be there.
    pub snapshots: PathBuf,
    /// pgTAP: from where and into which schema.
    pub pgtap: PgtapSettings,
    /// The name that the template database bears while it is built, and the scratch databases on the
    /// tool's own clusters.
    pub database_name: String,
    /// The role that migrates and tests; none means the cluster's superuser.
    pub owner: Option<String>,
    /// `search_path` for test sessions.
    pub search_path: Option<String>,
    /// `PGOPTIONS`-style options for test sessions (`-c name=value …`).
    pub pgoptions: Option<String>,
    /// psql variables for test files, in order.
    pub variables: Vec<(String, String)>,
    /// psql variables for roles, migrations and fixtures, in order.
    pub migration_variables: Vec<(String, String)>,
    /// psql's printing options (`\pset`) for test files, in order.
    pub printing: Vec<(String, String)>,
    /// Where `\i` starts from.
    pub working_dir: PathBuf,
    /// Whether scripts may run shell commands.
    pub allow_shell: bool,
    /// How many files run side by side; none means as many as there are processors.
    pub jobs: Option<usize>,
    /// How long a test file may run; none means for ever.
    pub timeout: Option<Duration>,
    /// Stop after so many files that failed or are broken.
    pub fail_fast: Option<usize>,
    /// Run in random order with this seed.
    pub shuffle: Option<u64>,
    /// Run in the reverse of the order that would be.
    pub reverse: bool,
    /// What files share a database.
    pub isolation: Isolation,
    /// Files whose path (as shown) matches one of these run alone, after all others.
    pub serial: Vec<Glob>,
    /// Which files by their earlier runs, and whether this run is saved.
    pub state: StateOptions,
    /// The file of which is wanted on which earlier ones it lives.
    pub find_dependency: Option<PathBuf>,
    /// Run only files whose path (as shown) matches.
    pub matching: Option<regex::Regex>,
    /// Run functions of the database instead of files.
    pub functions: Option<Functions>,
    /// Only files with one of these tags; empty means all.
    pub tags: Vec<String>,
    /// What is tried of each migration, in the place of test files.
    pub steps: Option<Steps>,
    /// Warnings that mean a green by accident make the file broken.
    pub strict: bool,
    /// What is measured of the schema.
    pub coverage: CoverageSettings,
    /// What is masked in snapshots, and which part of the rows they hold.
    pub snapshot: SnapshotSettings,
    /// Leave the cluster of a failing file running.
    pub keep_failed: bool,
    /// Do not read or write the cache.
    pub no_cache: bool,
    /// The cache directory.
    pub cache_dir: PathBuf,
    /// How many bytes the cache may take.
    pub cache_max_size: u64,
    /// How long something stays in the cache that nobody uses.
    pub cache_max_age: Duration,
    /// What becomes of a template whose scripts ask for the time.
    pub cache_time_dependent: TimeDependent,
    /// Where to write `JUnit`'s XML.
    pub junit: Option<PathBuf>,
    /// Where to write what the tests printed.
    pub archive: Option<PathBuf>,
    /// What to print on standard output.
    pub format: Format,
    /// How much to print.
    pub verbosity: Verbosity,
    /// Whether the console shows the comments of files that passed.
    pub comments: bool,
    /// Whether the console shows the assertions with a directive of files that passed.
    pub directives: bool,
    /// Whether to colour.
    pub color: Color,
    /// What is odd about the settings and changes nothing.
    pub remarks: Vec<String>,
}

/// Where a project lies, and what is kept of it.
#[derive(Debug, Clone, PartialEq)]
pub struct ProjectPlaces {
    /// Where the command works: paths that were typed are relative to it. Absolute.
    pub working_dir: PathBuf,
    /// The project: where `pgassay.toml` lies, else the working directory. Absolute.
    pub project_dir: PathBuf,
    /// The profile of the settings file that was chosen.
    pub profile: Option<String>,
    /// The cache directory.
    pub cache_dir: PathBuf,
    /// What holds for coverage.
    pub coverage: CoverageSettings,
    /// Whether to colour.
    pub color: Color,
}

/// Which test functions of the database run, as pgTAP's `runtests()` takes them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Functions {
    /// The schema; none means all that the `search_path` reaches.
    pub schema: Option<String>,
    /// What their names match, as the server understands it; none means `^test`.
    pub matching: Option<String>,
    /// Each in a scratch database of its own.
    pub split: bool,
}

/// What is tried of each migration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Steps {
    /// Whether it is taken back and applied again, where it has a down script.
    pub round_trip: bool,
}

/// Which server runs the tests.
#[derive(Debug, Clone)]
pub enum ServerSettings {
    /// A throwaway cluster of the tool's own.
    Throwaway {
        /// The directory with `initdb` and `postgres`, where it was said.
        bin_dir: Option<PathBuf>,
        /// The major version wanted, where it was said.
        version: Option<u32>,
    },
    /// A server that exists already: a libpq connection string or URL.
    Url {
        /// The connection string.
        url: Secret,
        /// Whether roles scripts run there (what they create stays behind).
        apply_roles: bool,
    },
}

/// Where pgTAP comes from and goes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PgtapSettings {
    /// Where its SQL comes from.
    pub source: PgtapSource,
    /// The schema that it goes into; created when missing.
    pub schema: String,
}

/// Where pgTAP's SQL comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PgtapSource {
    /// The version that the tool carries.
    Bundled,
    /// The server's own extension files.
    Server,
    /// A file with pgTAP's SQL.
    File(PathBuf),
    /// None: the tests or the migrations bring it.
    None,
}

/// What files share a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Isolation {
    /// Every file gets a database that is provably as good as a fresh copy; those of a group share one.
    #[default]
    Pristine,
    /// Every file gets a fresh copy; those of a group share one.
    Copy,
    /// All files run in one, in order, as with `pg_prove`.
    Shared,
}

/// What becomes of a template whose data scripts made by asking for the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum TimeDependent {
    /// It is built anew in each run.
    #[default]
    Rebuild,
    /// It is kept for the day.
    Day,
}

/// What goes to standard output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Console,
    /// One JSON event a line.
    Json,
    /// TAP version 14.
    Tap,
}

/// Whether to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl Color {
    /// Whether to colour what goes to a terminal, or to something else.
    pub fn is_on(self, is_terminal: bool) -> bool {
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto => is_terminal,
        }
    }
}

/// Every key of the settings file, with its table, in the order of the documentation. Profiles, as
/// `profile.NAME`, have the same keys.
pub fn keys() -> impl Iterator<Item = &'static str> {
    key::KEYS.iter().map(|key| key.name)
}

/// Every key of an environment, `[environment.NAME]`, in the order of the documentation.
pub fn environment_keys() -> impl Iterator<Item = &'static str> {
    target::KEYS.into_iter()
}

/// Every variable of the tool's own that the environment may hold.
pub fn environment_variables() -> impl Iterator<Item = &'static str> {
    environment::names()
}
