//! What one source (the command line, the environment, a profile, the file) says of the settings, and how one
//! source goes before another. Fills in no default.

use std::path::PathBuf;
use std::time::Duration;

use super::coverage::CoverageLayer;
use super::error::SettingsError;
use super::origin::Said;
use super::snapshot::SnapshotLayer;
use crate::migration::LayoutName;
use crate::session::conninfo::Secret;

use super::{Color, Format, Glob, Isolation, PgtapSource, SeedChoice, StateOptions, TimeDependent};

/// What one source says. Paths are absolute; nothing is checked to exist.
#[derive(Debug, Default)]
pub(super) struct Layer {
    pub(super) tests: Option<Vec<Said<PathBuf>>>,
    /// Empty where it is said that there are none.
    pub(super) migrations: Option<Vec<Said<PathBuf>>>,
    pub(super) layout: Option<LayoutName>,
    pub(super) migrate_command: Option<Said<String>>,
    pub(super) migrate_inputs: Option<Vec<Said<PathBuf>>>,
    pub(super) roles: Option<Said<Option<PathBuf>>>,
    pub(super) fixtures: Option<Said<Option<PathBuf>>>,
    pub(super) extensions: Option<Vec<String>>,
    pub(super) url: Option<Said<Secret>>,
    pub(super) roles_on_server: Option<bool>,
    pub(super) pg_bin: Option<Said<PathBuf>>,
    pub(super) pg_version: Option<Said<u32>>,
    pub(super) pgtap_source: Option<Said<PgtapSource>>,
    pub(super) pgtap_schema: Option<String>,
    pub(super) database_name: Option<String>,
    pub(super) owner: Option<String>,
    pub(super) search_path: Option<String>,
    pub(super) pgoptions: Option<String>,
    pub(super) variables: Variables,
    pub(super) migration_variables: Variables,
    /// psql's printing options; as variables are, each is a name and a value.
    pub(super) printing: Variables,
    pub(super) working_dir: Option<Said<PathBuf>>,
    pub(super) jobs: Option<usize>,
    /// Zero for none.
    pub(super) timeout: Option<Duration>,
    /// Zero for never.
    pub(super) fail_fast: Option<usize>,
    pub(super) shuffle: Option<Shuffle>,
    pub(super) isolation: Option<Isolation>,
    pub(super) serial: Option<Vec<Glob>>,
    pub(super) state: Option<StateOptions>,
    pub(super) strict: Option<bool>,
    pub(super) coverage: CoverageLayer,
    pub(super) snapshot: SnapshotLayer,
    pub(super) keep_failed: Option<bool>,
    pub(super) allow_shell: Option<bool>,
    pub(super) cache_dir: Option<PathBuf>,
    pub(super) data_dir: Option<PathBuf>,
    pub(super) seed: Option<SeedChoice>,
    pub(super) snapshots: Option<PathBuf>,
    pub(super) cache_max_size: Option<u64>,
    pub(super) cache_max_age: Option<Duration>,
    pub(super) cache_time_dependent: Option<TimeDependent>,
    pub(super) junit: Option<PathBuf>,
    pub(super) archive: Option<PathBuf>,
    pub(super) format: Option<Format>,
    pub(super) color: Option<Color>,
}

/// Whether and how the order is shuffled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shuffle {
    /// Not at all.
    No,
    /// With a seed that is drawn.
    Drawn,
    /// With this seed.
    Seed(u64),
}

impl Shuffle {
    /// The seed, where there is to be one.
    pub(super) fn seed(self, drawn: u64) -> Option<u64> {
        match self {
            Self::No => None,
            Self::Drawn => Some(drawn),
            Self::Seed(seed) => Some(seed),
        }
    }
}

/// psql variables, in order, each name once.
#[derive(Debug, Clone, Default)]
pub(super) struct Variables(pub(super) Vec<(String, String)>);

impl Variables {
    /// Sets a variable; one that is there keeps its place.
    pub(super) fn set(&mut self, name: String, value: String) {
        match self.0.iter_mut().find(|(existing, _)| *existing == name) {
            Some((_, existing)) => *existing = value,
            None => self.0.push((name, value)),
        }
    }

    fn over(self, mut lower: Self) -> Self {
        for (name, value) in self.0 {
            lower.set(name, value);
        }
        lower
    }
}

impl Layer {
    /// Both layers in one; what this one says goes before what `lower` says. Settings that exclude one another
    /// are one choice: who says one of them silences the others below.
    pub(super) fn over(self, mut lower: Self) -> Self {
        if self.migrations.is_some() || self.migrate_command.is_some() {
            lower.migrations = None;
            lower.layout = None;
            lower.migrate_command = None;
            lower.migrate_inputs = None;
        }
        if self.url.is_some() || self.pg_bin.is_some() || self.pg_version.is_some() {
            lower.url = None;
            lower.pg_bin = None;
            lower.pg_version = None;
        }
        Self {
            tests: self.tests.or(lower.tests),
            migrations: self.migrations.or(lower.migrations),
            layout: self.layout.or(lower.layout),
            migrate_command: self.migrate_command.or(lower.migrate_command),
            migrate_inputs: self.migrate_inputs.or(lower.migrate_inputs),
            roles: self.roles.or(lower.roles),
            fixtures: self.fixtures.or(lower.fixtures),
            extensions: self.extensions.or(lower.extensions),
            url: self.url.or(lower.url),
            roles_on_server: self.roles_on_server.or(lower.roles_on_server),
            pg_bin: self.pg_bin.or(lower.pg_bin),
            pg_version: self.pg_version.or(lower.pg_version),
            pgtap_source: self.pgtap_source.or(lower.pgtap_source),
            pgtap_schema: self.pgtap_schema.or(lower.pgtap_schema),
            database_name: self.database_name.or(lower.database_name),
            owner: self.owner.or(lower.owner),
            search_path: self.search_path.or(lower.search_path),
            pgoptions: self.pgoptions.or(lower.pgoptions),
            variables: self.variables.over(lower.variables),
            migration_variables: self.migration_variables.over(lower.migration_variables),
            printing: self.printing.over(lower.printing),
            working_dir: self.working_dir.or(lower.working_dir),
            jobs: self.jobs.or(lower.jobs),
            timeout: self.timeout.or(lower.timeout),
            fail_fast: self.fail_fast.or(lower.fail_fast),
            shuffle: self.shuffle.or(lower.shuffle),
            isolation: self.isolation.or(lower.isolation),
            serial: self.serial.or(lower.serial),
            state: self.state.or(lower.state),
            strict: self.strict.or(lower.strict),
            coverage: self.coverage.over(lower.coverage),
            snapshot: self.snapshot.over(lower.snapshot),
            keep_failed: self.keep_failed.or(lower.keep_failed),
            allow_shell: self.allow_shell.or(lower.allow_shell),
            cache_dir: self.cache_dir.or(lower.cache_dir),
            data_dir: self.data_dir.or(lower.data_dir),
            seed: self.seed.or(lower.seed),
            snapshots: self.snapshots.or(lower.snapshots),
            cache_max_size: self.cache_max_size.or(lower.cache_max_size),
            cache_max_age: self.cache_max_age.or(lower.cache_max_age),
            cache_time_dependent: self.cache_time_dependent.or(lower.cache_time_dependent),
            junit: self.junit.or(lower.junit),
            archive: self.archive.or(lower.archive),
            format: self.format.or(lower.format),
            color: self.color.or(lower.color),
        }
    }

    /// Refuses settings of one source that exclude one another.
    pub(super) fn check(self) -> Result<Self, SettingsError> {
        if let (Some(migrations), Some(command)) = (&self.migrations, &self.migrate_command)
            && !migrations.is_empty()
        {
            return Err(SettingsError::Conflict {
                origin: command.origin.clone(),
                first: "migrations",
                second: "migrate_command",
                reason: "the database is migrated either by pgassay or by the command",
            });
        }
        if self.url.is_some() {
            let second = match (&self.pg_bin, &self.pg_version) {
                (Some(bin), _) => Some(("pg_bin", &bin.origin)),
                (None, Some(version)) => Some(("pg_version", &version.origin)),
                (None, None) => None,
            };
            if let Some((second, origin)) = second {
                return Err(SettingsError::Conflict {
                    origin: origin.clone(),
                    first: "url",
                    second,
                    reason: "the tests run either on that server or on a throwaway one",
                });
            }
        }
        Ok(self)
    }
}
