//! The groundwork of a run: from the settings to a template database on a ground where workers can be. Then the work
//! is done, and what was made is tidied up.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::thread;
use std::time::{Duration, Instant};

use super::golden::{Golden, Makings, Prefixes};
use super::seeds::Seeds;
use super::shell::SystemShell;
use super::{Error, migrate_command};
use crate::catalog::History;
use crate::cluster::{
    self, Binaries, Cache, CacheLimits, RunDirectory, RunPlaces, Search, ServiceUser,
};
use crate::coverage::Gathered;
use crate::database::{
    Migrating, Preparation, Seed, Template, Versions, bundled_pgtap, drop_database, pgtap_from_file,
};
use crate::event::{Event, Stop};
use crate::migration::MigrationSet;
use crate::project::{Pin, Project, TestFile};
use crate::run::{self, Conditions, Earlier, Ground, OwnClusters};
use crate::session::conninfo::{self, ConnInfo};
use crate::session::{Connection, Inputs, Interruption, Pgtap, Shell, Surroundings, Watch};
use crate::settings::{Isolation, PgtapSource, SeedChoice, ServerSettings, Settings, shown};

/// How long tidying up on a server that is not the tool's own may take: dropping a database waits for a checkpoint.
const TIDYING: Duration = Duration::from_mins(1);
/// Room that each server is taken to need in memory, in bytes.
pub(super) const ROOM_PER_SERVER: u64 = 128 << 20;

/// What is done on the ground: why it ended early, if it did. It is told what makes databases at earlier versions of the
/// schema, where the project's migrations are files.
pub(super) type Work<'w> = &'w dyn Fn(&Ground, &Conditions, Option<&Earlier<'_>>) -> Option<Stop>;

/// What is done where nothing is migrated yet, with what migrates: why it ended early, if it did.
pub(super) type BareWork<'w> = &'w dyn Fn(&Ground, &Versions) -> Option<Stop>;

/// What the ground is made from.
pub(super) struct Groundwork<'a> {
    pub(super) settings: &'a Settings,
    pub(super) project: &'a Project,
    pub(super) interruption: &'a Interruption,
    pub(super) events: &'a SyncSender<Event>,
    /// How many workers there will be.
    pub(super) workers: usize,
}

/// What goes into databases, besides the project's scripts.
pub(super) struct Material {
    pub(super) migrations: Option<MigrationSet>,
    /// The snapshot that a database of the newest version begins with, where there is one.
    pub(super) newest: Vec<Seed>,
    /// Those that databases of earlier versions begin with too.
    pub(super) all: Vec<Seed>,
    pub(super) surroundings: Surroundings,
}

/// The project's migrations, where it has some.
pub(super) fn migrations(settings: &Settings) -> Result<Option<MigrationSet>, Error> {
    if settings.migrations.is_empty() {
        return Ok(None);
    }
    let set = MigrationSet::load(&settings.migrations, settings.layout, &settings.project_dir)?;
    Ok(Some(set))
}

/// An error of a server of the tool's own, with what to do where its file system is full.
fn with_advice(text: String, run_directory: &RunDirectory) -> String {
    match run_directory.advice_on(&text) {
        Some(advice) => format!("{text}\n{advice}"),
        None => text,
    }
}

impl Groundwork<'_> {
    /// Prepares, does the work, and tidies up.
    pub(super) fn run(&self, work: Work<'_>) -> Result<Option<Stop>, Error> {
        let migrations = migrations(self.settings)?;
        let seeds = match (self.by_files(migrations.as_ref()), &self.settings.seed) {
            (Some(set), _) => Seeds::of(self.settings, set)?,
            (None, SeedChoice::File(path)) => {
                let why = if self.settings.migrate_command.is_some() {
                    "the project is migrated by its `migrate_command`, which does not stop at a version"
                } else {
                    "the project has no migrations"
                };
                let seed = shown(&self.settings.project_dir, path);
                return Err(format!("tests cannot begin with the rows of {seed}: {why}").into());
            }
            (None, _) => Seeds::default(),
        };
        let (fixtures, changed) = seeds.other_fixtures(&self.project.fixtures);
        let remarks = seeds.remarks.iter().chain(&changed).cloned();
        let is_pinned = |test: &TestFile| matches!(test.pin, Some(Pin::Behind { .. }));
        let earlier = seeds.earlier_choices();
        let earlier = earlier.filter(|_| self.project.tests.iter().any(is_pinned));
        for remark in remarks.chain(seeds.choice()).chain(earlier) {
            let _ = self.events.send(Event::Remark(remark));
        }
        let project = Project {
            fixtures,
            ..self.project.clone()
        };
        let seeded = Groundwork {
            project: &project,
            ..*self
        };
        let material = Material {
            migrations,
            newest: seeds.newest().into_iter().cloned().collect(),
            all: seeds.all(),
            surroundings: self.surroundings()?,
        };
        seeded.run_with(&material, work)
    }

    /// Prepares a ground that has the project's roles and a database without migrations, does the work, and tidies up. All
    /// snapshots that fit are seeds.
    pub(super) fn run_bare(&self, work: BareWork<'_>) -> Result<Option<Stop>, Error> {
        let Some(migrations) = migrations(self.settings)? else {
            return Ok(Some(Stop::NothingFound(
                "the project has no migrations".into(),
            )));
        };
        let seeds = match self.settings.seed {
            SeedChoice::Newest => Seeds::in_store(self.settings, &migrations)?,
            SeedChoice::None | SeedChoice::File(_) => Seeds::of(self.settings, &migrations)?,
        };
        for remark in &seeds.remarks {
            let _ = self.events.send(Event::Remark(remark.clone()));
        }
        let material = Material {
            migrations: Some(migrations.clone()),
            newest: Vec::new(),
            all: Vec::new(),
            surroundings: self.surroundings()?,
        };
        let versions = |owner_login| {
            let surroundings = material.surroundings.clone();
            self.versions(&migrations, seeds.all(), surroundings, owner_login)
        };
        match &self.settings.server {
            ServerSettings::Throwaway { bin_dir, version } => {
                let search = Search::here(bin_dir.clone(), *version);
                let places = RunPlaces::of_process(Some(ROOM_PER_SERVER));
                let user = ServiceUser::choose(places.server_user.as_deref())?;
                let binaries = cluster::find(&search, &user)?;
                let run_directory = RunDirectory::create(&places)?;
                let cache = self.cache();
                let bare = Prefixes::new(self.makings(
                    &material,
                    &material.all,
                    &binaries,
                    &run_directory,
                    cache.as_ref(),
                ))
                .and_then(|prefixes| prefixes.bare())
                .map_err(|error| with_advice(error.to_string(), &run_directory))?;
                let ground = Ground::Own(Box::new(OwnClusters::new(binaries, bare, run_directory)));
                let stopped = work(&ground, &versions(true));
                if let Ground::Own(clusters) = ground {
                    clusters.run_directory.remove()?;
                }
                Ok(stopped)
            }
            ServerSettings::Url { url, apply_roles } => {
                let admin = ConnInfo::resolve(url.expose(), &conninfo::Environment::of_process())?;
                let roles = self.enter_server(&admin, *apply_roles)?;
                let versions = versions(false);
                versions.run_roles(&admin, self.watch(), roles, &mut |stage| {
                    drop(self.events.send(Event::Prepared(stage)));
                })?;
                let prefix = format!("pgassay_{}_{:08x}", std::process::id(), fastrand::u32(..));
                Ok(work(&Ground::shared(admin, prefix), &versions))
            }
        }
    }

    fn run_with(&self, material: &Material, work: Work<'_>) -> Result<Option<Stop>, Error> {
        match &self.settings.server {
            ServerSettings::Throwaway { bin_dir, version } => {
                let search = Search::here(bin_dir.clone(), *version);
                self.on_own_clusters(&search, material, work)
            }
            ServerSettings::Url { url, apply_roles } => {
                let admin = ConnInfo::resolve(url.expose(), &conninfo::Environment::of_process())?;
                self.on_server(&admin, *apply_roles, material, work)
            }
        }
    }

    pub(super) fn surroundings(&self) -> Result<Surroundings, Error> {
        let pgtap: Option<Pgtap> = match &self.settings.pgtap.source {
            PgtapSource::Bundled | PgtapSource::None => Some(bundled_pgtap()),
            PgtapSource::File(path) => Some(pgtap_from_file(path)?),
            PgtapSource::Server => None,
        };
        Ok(Surroundings {
            working_dir: self.settings.working_dir.clone(),
            writable: run::writable_directories(&self.settings.project_dir),
            project_dir: self.settings.project_dir.clone(),
            pgtap: pgtap.map(Arc::new),
            inputs: None,
            shell: self
                .settings
                .allow_shell
                .then(|| Arc::new(SystemShell) as Arc<dyn Shell>),
        })
    }

    fn on_own_clusters(
        &self,
        search: &Search,
        material: &Material,
        work: Work<'_>,
    ) -> Result<Option<Stop>, Error> {
        let workers = self.workers;
        let places = RunPlaces::of_process(Some(ROOM_PER_SERVER * (workers as u64 + 1)));
        let user = ServiceUser::choose(places.server_user.as_deref())?;
        let binaries = cluster::find(search, &user)?;
        let run_directory = RunDirectory::create(&places)?;
        let cache = self.cache();
        let golden = self
            .makings(
                material,
                &material.newest,
                &binaries,
                &run_directory,
                cache.as_ref(),
            )
            .golden()
            .map_err(|error| with_advice(error.to_string(), &run_directory))?;
        let Golden {
            data,
            template,
            unsaved,
        } = golden;
        let clusters = OwnClusters::new(binaries, data, run_directory);
        let clusters = if self.settings.coverage.measure {
            clusters.counting()
        } else {
            clusters
        };
        let ground = Ground::Own(Box::new(clusters));
        let mut stopped = thread::scope(|scope| {
            if let (Some(cache), Some((key, about)), Ground::Own(clusters)) =
                (&cache, &unsaved, &ground)
                && let Some(data) = clusters.golden.as_made()
            {
                // Kept while the tests run; nothing writes into the golden data directory.
                scope.spawn(move || {
                    if let Err(error) = cache.store(key, data, about) {
                        let text = format!("the template is not kept in the cache: {error}");
                        let _ = self.events.send(Event::Remark(text));
                    }
                });
            }
            let conditions = self.conditions(template, material.surroundings.clone());
            let migrations = self.by_files(material.migrations.as_ref());
            let (Some(set), Ground::Own(clusters)) = (migrations, &ground) else {
                return work(&ground, &conditions, None);
            };
            let (binaries, run_directory) = (&clusters.binaries, &clusters.run_directory);
            let cache = cache.as_ref();
            let prefixes = |seeds| {
                let makings = self.makings(material, seeds, binaries, run_directory, cache);
                Prefixes::new(makings)
            };
            let (seeded, empty) =
                match prefixes(&material.all).and_then(|it| Ok((it, prefixes(&[])?))) {
                    Ok(both) => both,
                    Err(error) => return Some(Stop::Error(error.to_string())),
                };
            let versions = |prefixes: &Prefixes<'_>, seeds: &[Seed]| {
                self.versions(set, seeds.to_vec(), prefixes.surroundings(), true)
            };
            let without_rows = Earlier {
                versions: &versions(&empty, &[]),
                bases: Some(&empty),
                without_rows: None,
            };
            let earlier = Earlier {
                versions: &versions(&seeded, &material.all),
                bases: Some(&seeded),
                without_rows: (!material.all.is_empty()).then_some(&without_rows),
            };
            work(&ground, &conditions, Some(&earlier))
        });
        if let Ground::Own(clusters) = ground {
            if let Some(Stop::Error(text)) = &mut stopped {
                *text = with_advice(std::mem::take(text), &clusters.run_directory);
            }
            clusters.run_directory.remove()?;
        }
        Ok(stopped)
    }

    fn on_server(
        &self,
        admin: &ConnInfo,
        apply_roles: bool,
        material: &Material,
        work: Work<'_>,
    ) -> Result<Option<Stop>, Error> {
        let roles = self.enter_server(admin, apply_roles)?;
        let prefix = format!("pgassay_{}_{:08x}", std::process::id(), fastrand::u32(..));
        let template_name = format!("{prefix}_template");
        let migrate = |info: &ConnInfo| {
            let command = self.settings.migrate_command.as_deref().unwrap_or_default();
            migrate_command::run(
                command,
                &self.settings.project_dir,
                info,
                None,
                self.interruption,
            )
        };
        let history = RefCell::new(History::default());
        let measure = self.settings.coverage.measure;
        let followed = Surroundings {
            inputs: measure.then(|| Arc::new(Inputs::default())),
            ..material.surroundings.clone()
        };
        let template = Preparation {
            admin,
            watch: self.watch(),
            roles,
            migrating: self.migrating(material.migrations.as_ref(), &migrate),
            seeds: &material.newest,
            fixtures: &self.project.fixtures,
            variables: &self.settings.migration_variables,
            owner: self.settings.owner.as_deref(),
            owner_login: false,
            database_name: &template_name,
            template_name: &template_name,
            pgtap: &self.settings.pgtap,
            history: measure.then_some(&history),
            coverage: measure,
            surroundings: &followed,
        }
        .build(&mut |stage| drop(self.events.send(Event::Prepared(stage))));
        let ground = Ground::shared(admin.clone(), prefix);
        let result = template
            .map(|template| {
                let conditions = self.conditions(template, material.surroundings.clone());
                let versions = |seeds: &[Seed]| {
                    let set = self.by_files(material.migrations.as_ref())?;
                    let surroundings = material.surroundings.clone();
                    Some(self.versions(set, seeds.to_vec(), surroundings, false))
                };
                let (seeded, empty) = (versions(&material.all), versions(&[]));
                let without_rows = empty.as_ref().map(|versions| Earlier {
                    versions,
                    bases: None,
                    without_rows: None,
                });
                let earlier = seeded.as_ref().map(|versions| Earlier {
                    versions,
                    bases: None,
                    without_rows: without_rows.as_ref().filter(|_| !material.all.is_empty()),
                });
                work(&ground, &conditions, earlier.as_ref())
            })
            .map_err(Error::from);
        // Whatever came of it, the template goes; an error of the run says more than one of the tidying.
        let patience = Watch {
            deadline: Instant::now().checked_add(TIDYING),
            interruption: None,
        };
        let dropped = Connection::open(admin, patience)
            .map_err(Error::from)
            .and_then(|mut connection| Ok(drop_database(&mut connection, &template_name)?))
            .map_err(|error| {
                format!(
                    "{error}; the database \"{template_name}\" may still be there: drop it by hand"
                )
            });
        match (result?, dropped) {
            (None, Err(text)) => Err(text.into()),
            (Some(stop), Err(text)) => {
                let _ = self.events.send(Event::Remark(text));
                Ok(Some(stop))
            }
            (stopped, Ok(())) => Ok(stopped),
        }
    }

    pub(super) fn makings<'m>(
        &'m self,
        material: &'m Material,
        seeds: &'m [Seed],
        binaries: &'m Binaries,
        run_directory: &'m RunDirectory,
        cache: Option<&'m Cache>,
    ) -> Makings<'m> {
        Makings {
            settings: self.settings,
            project: self.project,
            migrations: material.migrations.as_ref(),
            seeds,
            binaries,
            run_directory,
            cache,
            surroundings: &material.surroundings,
            interruption: self.interruption,
            events: self.events,
        }
    }

    /// The migrations, where it is these that migrate.
    fn by_files<'m>(&self, migrations: Option<&'m MigrationSet>) -> Option<&'m MigrationSet> {
        migrations.filter(|_| self.settings.migrate_command.is_none())
    }

    pub(super) fn versions(
        &self,
        set: &MigrationSet,
        seeds: Vec<Seed>,
        surroundings: Surroundings,
        owner_login: bool,
    ) -> Versions {
        Versions {
            set: set.clone(),
            variables: self.settings.migration_variables.clone(),
            owner: self.settings.owner.clone(),
            owner_login,
            pgtap: self.settings.pgtap.clone(),
            surroundings,
            seeds,
        }
    }

    /// The cache, where it is wanted and can be used. It only saves time, so a run goes on without it.
    pub(super) fn cache(&self) -> Option<Cache> {
        if self.settings.no_cache {
            return None;
        }
        let cache = Cache::new(&self.settings.cache_dir).within(CacheLimits {
            bytes: self.settings.cache_max_size,
            age: self.settings.cache_max_age,
        });
        match cache.prepare() {
            Ok(()) => Some(cache),
            Err(error) => {
                let text = format!("this run does without the cache: {error}");
                let _ = self.events.send(Event::Remark(text));
                None
            }
        }
    }

    fn migrating<'m>(
        &'m self,
        migrations: Option<&'m MigrationSet>,
        run: &'m dyn Fn(&ConnInfo) -> Result<(), String>,
    ) -> Migrating<'m> {
        match (&self.settings.migrate_command, migrations) {
            (Some(command), _) => Migrating::Command { command, run },
            (None, Some(set)) => Migrating::Files(set),
            (None, None) => Migrating::Nothing,
        }
    }

    pub(super) fn watch(&self) -> Watch {
        Watch {
            deadline: None,
            interruption: Some(self.interruption.clone()),
        }
    }

    fn conditions(&self, template: Template, surroundings: Surroundings) -> Conditions {
        Conditions {
            template,
            database_name: self.settings.database_name.clone(),
            role: self.settings.owner.clone(),
            search_path: self.settings.search_path.clone(),
            options: self.settings.pgoptions.clone(),
            variables: self.settings.variables.clone(),
            printing: self.settings.printing.clone(),
            timeout: self.settings.timeout,
            reuse: self.settings.isolation == Isolation::Pristine,
            touched: self.settings.coverage.measure.then(Gathered::default),
            strict: self.settings.strict,
            keep_failed: self.settings.keep_failed,
            keep_output: self.settings.archive.is_some(),
            surroundings,
            interruption: self.interruption.clone(),
        }
    }
}
