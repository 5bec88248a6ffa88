use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::absolute::{absolute, shown};
use super::environment::{self, Environment};
use super::error::SettingsError;
use super::layer::Layer;
use super::nearest::nearest_path;
use super::origin::Said;
use super::{
    EnvironmentSettings, Functions, PgtapSettings, PgtapSource, ProjectPlaces, ServerSettings,
    Settings, Steps, Verbosity, file, typed as typed_layer,
};
use crate::cli::{GlobalArgs, ProjectArgs, TestArgs};
use crate::migration::Layout;
use crate::session::conninfo::Secret;

/// The defaults of the directories, below the project's directory.
const TESTS: &str = "sql-tests";
const MIGRATIONS: &str = "migrations";
const ROLES: &str = "roles";
const FIXTURES: &str = "fixtures";
const DATA: &str = ".pgassay";
const SNAPSHOTS: &str = "snapshots";

/// The defaults that are values.
const DATABASE_NAME: &str = "pgassay";
const PGTAP_SCHEMA: &str = "public";
const EXTENSIONS: [&str; 2] = ["sql", "pg"];
const TIMEOUT: Duration = Duration::from_mins(10);
const CACHE_MAX_SIZE: u64 = 2 << 30;
const CACHE_MAX_AGE: Duration = Duration::from_hours(14 * 24);

/// What settings are resolved for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    /// A test run, which needs tests.
    Tests,
    /// Any other command.
    Project,
}

impl Settings {
    /// Resolves the settings of a test run: the command line goes before the environment, that before the profile,
    /// that before the rest of the settings file, and that before the defaults.
    ///
    /// Asks the file system for the settings file and for what is named in it; asks the process nothing.
    ///
    /// # Errors
    ///
    /// [`SettingsError`], whose text says where the setting was said.
    pub fn resolve(
        global: &GlobalArgs,
        typed: &TestArgs,
        environment: &Environment,
    ) -> Result<Self, SettingsError> {
        let said = |directory: &Path| typed_layer::read_layer(global, typed, directory);
        Self::resolve_what(global, typed, Purpose::Tests, environment, &said)
    }

    /// Resolves the settings for a command that runs no tests, by the same rules: there may be none, and what is said of them
    /// is left out.
    ///
    /// # Errors
    ///
    /// [`SettingsError`], whose text says where the setting was said.
    pub fn of_project(
        global: &GlobalArgs,
        typed: &ProjectArgs,
        environment: &Environment,
    ) -> Result<Self, SettingsError> {
        let said = |directory: &Path| typed_layer::read_project_layer(global, typed, directory);
        let none = TestArgs::default();
        Self::resolve_what(global, &none, Purpose::Project, environment, &said)
    }

    fn resolve_what(
        global: &GlobalArgs,
        typed: &TestArgs,
        purpose: Purpose,
        environment: &Environment,
        said: &dyn Fn(&Path) -> Result<Layer, SettingsError>,
    ) -> Result<Self, SettingsError> {
        let working_dir = working_dir(global, environment)?;
        let file = file::read(global, environment, &working_dir)?;
        let FromFile {
            project_dir,
            profile,
            layer: file_layer,
            environments,
        } = of_file(file, &working_dir);
        let layer = said(&working_dir)?
            .over(environment::read_layer(environment, &working_dir)?)
            .over(file_layer);

        let typed_in = working_dir.clone();
        let functions = functions(typed);
        let matching = pattern(typed.matching.as_deref().filter(|_| functions.is_none()))?;
        let (tests, tests_named) = match purpose {
            Purpose::Tests if functions.is_none() && steps(typed).is_none() => {
                tests(layer.tests, &project_dir)?
            }
            _ => (Vec::new(), false),
        };
        let command = layer.migrate_command.as_ref();
        let migrations = migrations(layer.migrations, command, &project_dir)?;
        let migrate_inputs = migrate_inputs(layer.migrate_inputs, command)?;
        let roles = scripts(layer.roles, ROLES, &project_dir)?;
        let fixtures = scripts(layer.fixtures, FIXTURES, &project_dir)?;
        let server = server(
            layer.url,
            layer.roles_on_server,
            layer.pg_bin,
            layer.pg_version,
        )?;
        Ok(Self {
            tests,
            tests_named,
            migrations,
            layout: layer.layout,
            migrate_command: layer.migrate_command.map(|said| said.value),
            migrate_inputs,
            roles,
            fixtures,
            environments,
            extensions: layer.extensions.unwrap_or_else(default_extensions),
            server,
            pgtap: pgtap(layer.pgtap_source, layer.pgtap_schema),
            database_name: layer
                .database_name
                .unwrap_or_else(|| DATABASE_NAME.to_owned()),
            owner: layer.owner,
            search_path: layer.search_path,
            pgoptions: layer.pgoptions,
            variables: layer.variables.0,
            migration_variables: layer.migration_variables.0,
            printing: layer.printing.0,
            working_dir: match layer.working_dir {
                Some(said) => directory(said)?,
                None => working_dir,
            },
            jobs: layer.jobs,
            timeout: Some(layer.timeout.unwrap_or(TIMEOUT)).filter(|timeout| !timeout.is_zero()),
            fail_fast: layer.fail_fast.filter(|files| *files > 0),
            shuffle: layer
                .shuffle
                .and_then(|shuffle| shuffle.seed(environment.seed)),
            reverse: typed.reverse,
            isolation: layer.isolation.unwrap_or_default(),
            serial: layer.serial.unwrap_or_default(),
            state: layer.state.unwrap_or_default(),
            find_dependency: (typed.find_dependency.as_ref()).map(|file| absolute(&typed_in, file)),
            matching,
            functions,
            tags: typed.tags.clone(),
            steps: steps(typed),
            strict: layer.strict.unwrap_or(false),
            coverage: layer.coverage.resolve(),
            snapshot: layer.snapshot.resolve(environment)?,
            keep_failed: layer.keep_failed.unwrap_or(false),
            allow_shell: layer.allow_shell.unwrap_or(false),
            no_cache: typed.no_cache,
            cache_dir: layer
                .cache_dir
                .unwrap_or_else(|| environment.default_cache_dir()),
            data_dir: layer.data_dir.unwrap_or_else(|| project_dir.join(DATA)),
            seed: layer.seed.unwrap_or_default(),
            snapshots: (layer.snapshots).unwrap_or_else(|| project_dir.join(SNAPSHOTS)),
            cache_max_size: layer.cache_max_size.unwrap_or(CACHE_MAX_SIZE),
            cache_max_age: layer.cache_max_age.unwrap_or(CACHE_MAX_AGE),
            cache_time_dependent: layer.cache_time_dependent.unwrap_or_default(),
            junit: layer.junit,
            archive: layer.archive,
            format: layer.format.unwrap_or_default(),
            verbosity: verbosity(global),
            comments: typed.comments,
            directives: typed.directives,
            color: layer.color.unwrap_or_default(),
            remarks: environment::unknown_variables(environment),
            project_dir,
            profile,
        })
    }
}

/// The migrations; none where a command migrates.
fn migrations(
    said: Option<Vec<Said<PathBuf>>>,
    command: Option<&Said<String>>,
    project_dir: &Path,
) -> Result<Vec<PathBuf>, SettingsError> {
    match (said, command) {
        (Some(said), _) => said.into_iter().map(exists).collect(),
        (None, Some(_)) => Ok(Vec::new()),
        (None, None) => default_migrations(project_dir),
    }
}

/// Where the migrations are when nobody says so: in the usual directory, or where a tool usually has them.
fn default_migrations(project_dir: &Path) -> Result<Vec<PathBuf>, SettingsError> {
    let usual = project_dir.join(MIGRATIONS);
    if usual.is_dir() {
        return Ok(vec![usual]);
    }
    let places = Layout::all().flat_map(|layout| layout.usual_places);
    let mut found: Vec<PathBuf> = Vec::new();
    for place in places.map(|place| project_dir.join(place)) {
        if place.exists() && !found.contains(&place) {
            found.push(place);
        }
    }
    match &found[..] {
        [first, second, ..] => Err(SettingsError::SeveralMigrations {
            first: shown(project_dir, first),
            second: shown(project_dir, second),
        }),
        _ => Ok(found),
    }
}

fn default_extensions() -> Vec<String> {
    EXTENSIONS.map(str::to_owned).to_vec()
}

fn verbosity(global: &GlobalArgs) -> Verbosity {
    match global {
        GlobalArgs { quiet: true, .. } => Verbosity::Quiet,
        GlobalArgs { verbose: 0, .. } => Verbosity::Normal,
        GlobalArgs { .. } => Verbosity::Verbose,
    }
}

impl ProjectPlaces {
    /// Resolves them as for a test run, for commands that need no other setting.
    ///
    /// # Errors
    ///
    /// [`SettingsError`], whose text says where the setting was said.
    pub fn resolve(global: &GlobalArgs, environment: &Environment) -> Result<Self, SettingsError> {
        let working_dir = working_dir(global, environment)?;
        let file = file::read(global, environment, &working_dir)?;
        let FromFile {
            project_dir,
            profile,
            layer: file_layer,
            ..
        } = of_file(file, &working_dir);
        let layer = environment::read_layer(environment, &working_dir)?.over(file_layer);
        let cache_dir = layer.cache_dir;
        Ok(Self {
            working_dir,
            project_dir,
            profile,
            cache_dir: cache_dir.unwrap_or_else(|| environment.default_cache_dir()),
            coverage: layer.coverage.resolve(),
            color: global.color.or(layer.color).unwrap_or_default(),
        })
    }
}

/// The project's directory, and what the settings file says, where there is one.
struct FromFile {
    project_dir: PathBuf,
    /// The profile that was chosen.
    profile: Option<String>,
    layer: Layer,
    environments: Vec<EnvironmentSettings>,
}

fn of_file(file: Option<file::File>, working_dir: &Path) -> FromFile {
    match file {
        Some(file) => FromFile {
            project_dir: file.directory,
            profile: file.profile,
            layer: file.layer,
            environments: file.environments,
        },
        None => FromFile {
            project_dir: working_dir.to_owned(),
            profile: None,
            layer: Layer::default(),
            environments: Vec::new(),
        },
    }
}

/// The directory that the command works in: where it was started, changed by each `-C` in turn.
fn working_dir(global: &GlobalArgs, environment: &Environment) -> Result<PathBuf, SettingsError> {
    let mut directory = environment.current_dir.clone();
    for change in &global.directory {
        directory = absolute(&directory, change);
        let is_directory = match fs::metadata(&directory) {
            Ok(metadata) if metadata.is_dir() => Ok(()),
            Ok(_) => Err(io::Error::from(io::ErrorKind::NotADirectory)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(SettingsError::MissingPath {
                    suggestion: nearest_path(&directory).filter(|meant| meant.is_dir()),
                    origin: super::Origin::Flag("-C"),
                    expected: "directory",
                    path: directory,
                });
            }
            Err(error) => Err(error),
        };
        is_directory.map_err(|source| SettingsError::Directory {
            path: directory.clone(),
            source,
        })?;
    }
    Ok(directory)
}

/// Which server.
fn server(
    url: Option<Said<Secret>>,
    roles_on_server: Option<bool>,
    pg_bin: Option<Said<PathBuf>>,
    pg_version: Option<Said<u32>>,
) -> Result<ServerSettings, SettingsError> {
    Ok(match url {
        Some(url) => ServerSettings::Url {
            url: url.value,
            apply_roles: roles_on_server.unwrap_or(false),
        },
        None => ServerSettings::Throwaway {
            bin_dir: pg_bin.map(directory).transpose()?,
            version: pg_version.map(|said| said.value),
        },
    })
}

/// pgTAP.
fn pgtap(source: Option<Said<PgtapSource>>, schema: Option<String>) -> PgtapSettings {
    PgtapSettings {
        source: source.map_or(PgtapSource::Bundled, |said| said.value),
        schema: schema.unwrap_or_else(|| PGTAP_SCHEMA.to_owned()),
    }
}

/// The tests, and whether they were said. Paths that were typed are left to `project`, which searches them.
fn tests(
    said: Option<Vec<Said<PathBuf>>>,
    project_dir: &Path,
) -> Result<(Vec<PathBuf>, bool), SettingsError> {
    if let Some(said) = said {
        let check = |said: Said<PathBuf>| match said.origin {
            super::Origin::Flag(_) => Ok(said.value),
            _ => exists(said),
        };
        let paths = said.into_iter().map(check).collect::<Result<_, _>>()?;
        return Ok((paths, true));
    }
    let default = project_dir.join(TESTS);
    if default.exists() {
        Ok((vec![default], false))
    } else {
        Err(SettingsError::NoTests { default })
    }
}

/// Scripts of one kind: where they were said to be, or the directory of that name.
fn scripts(
    said: Option<Said<Option<PathBuf>>>,
    name: &str,
    project_dir: &Path,
) -> Result<Option<PathBuf>, SettingsError> {
    match said {
        Some(said) => checked(said, exists),
        None => Ok(Some(project_dir.join(name)).filter(|path| path.is_dir())),
    }
}

/// What is tried of each migration, where that was asked for.
fn steps(typed: &TestArgs) -> Option<Steps> {
    (typed.each_step || typed.round_trip).then_some(Steps {
        round_trip: typed.round_trip,
    })
}

/// What the command's outcome depends on.
fn migrate_inputs(
    said: Option<Vec<Said<PathBuf>>>,
    command: Option<&Said<String>>,
) -> Result<Vec<PathBuf>, SettingsError> {
    let said = said.unwrap_or_default();
    if let (Some(first), None) = (said.first(), command) {
        return Err(SettingsError::Alone {
            origin: first.origin.clone(),
            setting: "migrate_inputs",
            needed: "migrate_command",
        });
    }
    said.into_iter().map(exists).collect()
}

/// The functions to run instead of files.
fn functions(typed: &TestArgs) -> Option<Functions> {
    let schema = typed.runtests.as_ref()?;
    Some(Functions {
        schema: schema.clone(),
        matching: typed.matching.clone(),
        split: typed.split,
    })
}

/// What the paths of files match.
fn pattern(typed: Option<&str>) -> Result<Option<regex::Regex>, SettingsError> {
    let read = |text: &str| {
        regex::Regex::new(text).map_err(|error| SettingsError::Value {
            origin: super::Origin::Flag("--match"),
            subject: "it".to_owned(),
            value: text.to_owned(),
            reason: format!("it is no regular expression: {error}"),
        })
    };
    typed.map(read).transpose()
}

fn checked(
    said: Said<Option<PathBuf>>,
    check: fn(Said<PathBuf>) -> Result<PathBuf, SettingsError>,
) -> Result<Option<PathBuf>, SettingsError> {
    let origin = said.origin;
    said.value
        .map(|value| check(Said { value, origin }))
        .transpose()
}

/// The path, which must exist.
fn exists(said: Said<PathBuf>) -> Result<PathBuf, SettingsError> {
    let there = said.value.exists();
    present(said, there, "file or directory")
}

/// The path, which must be a directory.
fn directory(said: Said<PathBuf>) -> Result<PathBuf, SettingsError> {
    let there = said.value.is_dir();
    present(said, there, "directory")
}

fn present(
    said: Said<PathBuf>,
    there: bool,
    expected: &'static str,
) -> Result<PathBuf, SettingsError> {
    if there {
        return Ok(said.value);
    }
    Err(SettingsError::MissingPath {
        suggestion: nearest_path(&said.value).filter(|meant| *meant != said.value),
        origin: said.origin,
        expected,
        path: said.value,
    })
}
