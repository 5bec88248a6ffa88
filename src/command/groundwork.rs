//! The groundwork of a run: from the settings to a template database on a ground where workers can be. Then the work
//! is done, and what was made is tidied up.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::thread;
use std::time::{Duration, Instant};

use super::golden::{Golden, Makings};
use super::shell::SystemShell;
use super::{Error, migrate_command};
use crate::catalog::History;
use crate::cluster::{self, Cache, CacheLimits, RunDirectory, RunPlaces, Search, ServiceUser};
use crate::coverage::Gathered;
use crate::database::{
    DatabaseError, Migrating, Preparation, Template, bundled_pgtap, drop_database, pgtap_from_file,
};
use crate::event::{Event, Stop};
use crate::migration::MigrationSet;
use crate::project::{Project, ScriptFile};
use crate::run::{self, Conditions, Ground, OwnClusters};
use crate::session::conninfo::{self, ConnInfo};
use crate::session::{Connection, Inputs, Interruption, Pgtap, Shell, Surroundings, Watch};
use crate::settings::{Isolation, PgtapSource, ServerSettings, Settings};

/// How long tidying up on a server that is not the tool's own may take: dropping a database waits for a checkpoint.
const TIDYING: Duration = Duration::from_mins(1);
/// Room that each server is taken to need in memory, in bytes.
const ROOM_PER_SERVER: u64 = 128 << 20;

/// What is done on the ground: why it ended early, if it did.
pub(super) type Work<'w> = &'w dyn Fn(&Ground, &Conditions) -> Option<Stop>;

/// What the ground is made from.
pub(super) struct Groundwork<'a> {
    pub(super) settings: &'a Settings,
    pub(super) project: &'a Project,
    pub(super) interruption: &'a Interruption,
    pub(super) events: &'a SyncSender<Event>,
    /// How many workers there will be.
    pub(super) workers: usize,
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
        let surroundings = self.surroundings()?;
        match &self.settings.server {
            ServerSettings::Throwaway { bin_dir, version } => {
                let search = Search::here(bin_dir.clone(), *version);
                self.on_own_clusters(&search, migrations.as_ref(), surroundings, work)
            }
            ServerSettings::Url { url, apply_roles } => {
                let admin = ConnInfo::resolve(url.expose(), &conninfo::Environment::of_process())?;
                self.on_server(
                    &admin,
                    *apply_roles,
                    migrations.as_ref(),
                    surroundings,
                    work,
                )
            }
        }
    }

    fn surroundings(&self) -> Result<Surroundings, Error> {
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
        migrations: Option<&MigrationSet>,
        surroundings: Surroundings,
        work: Work<'_>,
    ) -> Result<Option<Stop>, Error> {
        let workers = self.workers;
        let places = RunPlaces::of_process(Some(ROOM_PER_SERVER * (workers as u64 + 1)));
        let user = ServiceUser::choose(places.server_user.as_deref())?;
        let binaries = cluster::find(search, &user)?;
        let run_directory = RunDirectory::create(&places)?;
        let cache = self.cache();
        let golden = Makings {
            settings: self.settings,
            project: self.project,
            migrations,
            binaries: &binaries,
            run_directory: &run_directory,
            cache: cache.as_ref(),
            surroundings: &surroundings,
            interruption: self.interruption,
            events: self.events,
        }
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
            work(&ground, &self.conditions(template, surroundings))
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
        migrations: Option<&MigrationSet>,
        surroundings: Surroundings,
        work: Work<'_>,
    ) -> Result<Option<Stop>, Error> {
        for warning in &admin.warnings {
            let _ = self.events.send(Event::Remark(warning.clone()));
        }
        let roles: &[ScriptFile] = if apply_roles {
            &self.project.roles
        } else {
            &[]
        };
        if !apply_roles && !self.project.roles.is_empty() {
            let _ = self.events.send(Event::Remark(
                "roles scripts are not run on a server that pgassay did not start, since what they create would stay there; `roles_on_server = true` runs them".into(),
            ));
        }
        // Nothing is made, and nothing has to be tidied up, on a server that cannot be reached.
        drop(
            Connection::open(admin, self.watch()).map_err(|source| DatabaseError::Connect {
                doing: format!(
                    "use the server that `url` names, as role \"{}\" in database \"{}\"",
                    admin.user,
                    admin.database()
                ),
                source: Box::new(source),
            })?,
        );
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
            ..surroundings.clone()
        };
        let template = Preparation {
            admin,
            watch: self.watch(),
            roles,
            migrating: self.migrating(migrations, &migrate),
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
            .map(|template| work(&ground, &self.conditions(template, surroundings)))
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

    /// The cache, where it is wanted and can be used. It only saves time, so a run goes on without it.
    fn cache(&self) -> Option<Cache> {
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

    fn watch(&self) -> Watch {
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
