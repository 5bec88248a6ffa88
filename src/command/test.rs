//! `pgassay test`: the main job.

use std::num::NonZero;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, SyncSender};
use std::thread;
use std::time::{Duration, Instant};

use super::junit_file::JunitFile;
use super::reporters::Reporters;
use super::{Error, Exit, functions, migrate, print};
use crate::cli::{GlobalArgs, TestArgs};
use crate::cluster::{
    self, Cache, DataDirectory, Mode, RunDirectory, RunPlaces, Search, Server, ServerOptions,
    ServiceUser,
};
use crate::database::{
    DatabaseError, Migrating, Preparation, Template, bundled_pgtap, drop_database, pgtap_from_file,
};
use crate::event::{Event, RunStart, Stop, Summary};
use crate::migration::MigrationSet;
use crate::project::{Project, ScriptFile};
use crate::run::{self, Conditions, Ground, Limits, OwnClusters, Pool, Task};
use crate::session::conninfo::{self, ConnInfo};
use crate::session::{Connection, Interruption, Pgtap, Surroundings, Watch};
use crate::settings::{Environment, PgtapSource, ServerSettings, Settings, shown};

/// The name of the template database on the tool's own clusters.
const TEMPLATE: &str = "pgassay_template";
/// How long tidying up on a server that is not the tool's own may take: dropping a database waits for a checkpoint.
const TIDYING: Duration = Duration::from_mins(1);
/// How many events may wait for the reporters; whoever has more waits too, so that a slow reader of the output does not
/// fill memory with what files printed.
const EVENTS_WAITING: usize = 64;
/// Room that each server is taken to need in memory, in bytes.
const ROOM_PER_SERVER: u64 = 128 << 20;

pub(super) fn run(
    global: &GlobalArgs,
    arguments: &TestArgs,
    environment: &Environment,
) -> Result<Exit, Error> {
    let began = Instant::now();
    let settings = Settings::resolve(global, arguments, environment)?;
    let exit = run_with(&settings, arguments.list, began);
    // A report of an earlier run must not be taken for this one's, where this one has none.
    if matches!(exit, Err(_) | Ok(Exit::NoTests))
        && !arguments.list
        && let Some(path) = &settings.junit
    {
        JunitFile::create(path)?.persist()?;
    }
    exit
}

fn run_with(settings: &Settings, is_list: bool, began: Instant) -> Result<Exit, Error> {
    let mut project = Project::load(settings)?;
    if let Some(seed) = settings.shuffle {
        fastrand::Rng::with_seed(seed).shuffle(&mut project.tests);
    }
    if project.tests.is_empty() && settings.functions.is_none() {
        super::complain(&nothing_to_run(settings, &project));
        return Ok(Exit::NoTests);
    }
    if is_list {
        return list(&project);
    }
    let interruption = run::listen_for_interruption()?;
    let reporters = Reporters::open(settings)?;
    let (events, inbox) = mpsc::sync_channel(EVENTS_WAITING);
    let files = AtomicUsize::new(project.tests.len());
    let (summary, failures) = thread::scope(|scope| {
        let follower = scope.spawn(move || reporters.follow(&inbox));
        let session = Session {
            settings,
            project: &project,
            interruption: &interruption,
            events: &events,
            files: &files,
        };
        let stopped = run::catch_bug(|| session.run())
            .unwrap_or_else(|text| Err(text.into()))
            .unwrap_or_else(|error| {
                // What an interruption broke is the interruption's doing.
                let signal = interruption.signal().map(run::signal_name);
                Some(signal.map_or_else(|| Stop::Error(error.to_string()), Stop::Interrupted))
            });
        // `not_run` is what the reporters take the finished files from.
        let end = Summary {
            elapsed: began.elapsed(),
            stopped,
            not_run: files.load(Ordering::Relaxed),
            ..Summary::default()
        };
        let _ = events.send(Event::RunFinished(end));
        drop(events);
        follower
            .join()
            .map_err(|_| Error::from("the reporters' thread panicked"))
    })?;
    for failure in &failures {
        super::complain(failure);
    }
    Ok(match &summary.stopped {
        Some(Stop::Interrupted(_)) => Exit::Interrupted,
        Some(Stop::Error(text)) => {
            super::complain(text);
            Exit::Error
        }
        Some(Stop::NothingFound(text)) => {
            super::complain(text);
            Exit::NoTests
        }
        _ if !failures.is_empty() => Exit::Error,
        _ if summary.is_green() => Exit::Success,
        _ => Exit::Failure,
    })
}

fn list(project: &Project) -> Result<Exit, Error> {
    let mut text = String::new();
    for test in &project.tests {
        text.push_str(&test.shown);
        text.push('\n');
    }
    print(text.as_bytes())
}

/// An error of a server of the tool's own, with what to do where its file system is full.
fn with_advice(text: String, run_directory: &RunDirectory) -> String {
    const TOLD: &str = "no room left";
    match run_directory.advice_on(&text) {
        Some(advice) if !text.contains(TOLD) => format!("{text}\n{advice}"),
        _ => text,
    }
}

/// Why no file runs, and what to do.
fn nothing_to_run(settings: &Settings, project: &Project) -> String {
    let places: Vec<String> = settings
        .tests
        .iter()
        .map(|path| shown(&settings.project_dir, path))
        .collect();
    let places = places.join(", ");
    if project.found > 0 {
        let matching = settings.matching.iter();
        let mut filters: Vec<String> = matching
            .map(|pattern| format!("--match `{pattern}`"))
            .collect();
        filters.extend(settings.tags.iter().map(|tag| format!("--tag `{tag}`")));
        return format!(
            "no test file is left by {}, of {} in {places}; `pgassay test --list` without them shows those that \
             there are",
            filters.join(" "),
            project.found
        );
    }
    format!(
        "no test file in {places}: test files end in {}, and names that begin with `_` or `.` are passed over",
        settings
            .extensions
            .iter()
            .map(|ending| format!(".{ending}"))
            .collect::<Vec<_>>()
            .join(", ")
    )
}

/// One run of the tests, from the server to the last verdict.
struct Session<'a> {
    settings: &'a Settings,
    project: &'a Project,
    interruption: &'a Interruption,
    events: &'a SyncSender<Event>,
    /// How many files there are to run; of functions it shows late.
    files: &'a AtomicUsize,
}

/// What is to be said of files that were left out because of their names.
fn passed_over(files: &[Arc<str>]) -> Option<String> {
    let (first, more) = files.split_first()?;
    let which = match more.len() {
        0 => format!("{first} was left out, though it plans assertions"),
        count => format!("{first} and {count} more were left out, though they plan assertions"),
    };
    Some(format!(
        "{which}: `_` begins the name of a script that tests include, or of a directory of such; name a file to run \
         it all the same"
    ))
}

impl Session<'_> {
    fn run(&self) -> Result<Option<Stop>, Error> {
        if let Some(text) = passed_over(&self.project.passed_over) {
            let _ = self.events.send(Event::Remark(text));
        }
        let migrations = match &self.settings.migrations {
            Some(directory) => Some(MigrationSet::load(directory, &self.settings.project_dir)?),
            None => None,
        };
        let surroundings = self.surroundings()?;
        match &self.settings.server {
            ServerSettings::Throwaway { bin_dir, version } => {
                let search = Search::here(bin_dir.clone(), *version);
                self.on_own_clusters(&search, migrations.as_ref(), surroundings)
            }
            ServerSettings::Url { url, apply_roles } => {
                let admin = ConnInfo::resolve(url, &conninfo::Environment::of_process())?;
                self.on_server(&admin, *apply_roles, migrations.as_ref(), surroundings)
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
        })
    }

    fn on_own_clusters(
        &self,
        search: &Search,
        migrations: Option<&MigrationSet>,
        surroundings: Surroundings,
    ) -> Result<Option<Stop>, Error> {
        let workers = self.workers();
        let places = RunPlaces::of_process(Some(ROOM_PER_SERVER * (workers as u64 + 1)));
        let user = ServiceUser::choose(places.server_user.as_deref())?;
        let binaries = cluster::find(search, &user)?;
        let run_directory = RunDirectory::create(&places)?;
        let cache = self.cache();
        let data = DataDirectory::create(&binaries, &run_directory, "golden", cache.as_ref())?;
        let listens = self.settings.migrate_command.is_some();
        let options = ServerOptions {
            listen_localhost: listens,
            ..ServerOptions::default()
        };
        let server = Server::start(&binaries, &data, &options)?;
        let admin = run::admin_of(&server);
        let tcp = server.tcp_address();
        let migrate = |info: &ConnInfo| {
            let command = self.settings.migrate_command.as_deref().unwrap_or_default();
            let tcp = tcp.map(|address| (address, &admin));
            migrate::run(
                command,
                &self.settings.project_dir,
                info,
                tcp,
                self.interruption,
            )
        };
        let template = Preparation {
            admin: &admin,
            watch: self.watch(),
            roles: &self.project.roles,
            migrating: self.migrating(migrations, &migrate),
            fixtures: &self.project.fixtures,
            variables: &self.settings.migration_variables,
            owner: self.settings.owner.as_deref(),
            owner_login: true,
            database_name: &self.settings.database_name,
            template_name: TEMPLATE,
            pgtap: &self.settings.pgtap,
            surroundings: &surroundings,
        }
        .build(&mut |stage| drop(self.events.send(Event::Prepared(stage))))
        .map_err(|error| with_advice(error.to_string(), &run_directory))?;
        let golden = server.stop(Mode::Fast)?;
        let ground = Ground::Own(Box::new(OwnClusters::new(binaries, golden, run_directory)));
        let mut stopped = self.run_files(&ground, template, surroundings, workers);
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
            migrate::run(
                command,
                &self.settings.project_dir,
                info,
                None,
                self.interruption,
            )
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
            surroundings: &surroundings,
        }
        .build(&mut |stage| drop(self.events.send(Event::Prepared(stage))));
        let ground = Ground::shared(admin.clone(), prefix);
        let result = template
            .map(|template| self.run_files(&ground, template, surroundings, self.workers()))
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
        let cache = Cache::new(&self.settings.cache_dir);
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

    fn workers(&self) -> usize {
        let processors = || thread::available_parallelism().map_or(1, NonZero::get);
        let most = match &self.settings.functions {
            Some(functions) if functions.split => usize::MAX,
            _ => self.project.tests.len().max(1),
        };
        self.settings.jobs.unwrap_or_else(processors).clamp(1, most)
    }

    fn run_files(
        &self,
        ground: &Ground,
        template: Template,
        surroundings: Surroundings,
        workers: usize,
    ) -> Option<Stop> {
        let conditions = Conditions {
            template,
            database_name: self.settings.database_name.clone(),
            role: self.settings.owner.clone(),
            search_path: self.settings.search_path.clone(),
            options: self.settings.pgoptions.clone(),
            variables: self.settings.variables.clone(),
            timeout: self.settings.timeout,
            strict: self.settings.strict,
            keep_failed: self.settings.keep_failed,
            surroundings,
            interruption: self.interruption.clone(),
        };
        let tests = match functions::find(self.settings, ground, &conditions, self.events) {
            Ok(functions) => functions.unwrap_or_else(|| self.project.tests.clone()),
            Err(stop) => return Some(stop),
        };
        self.files.store(tests.len(), Ordering::Relaxed);
        let workers = workers.min(tests.len());
        let _ = self.events.send(Event::RunStarted(RunStart {
            files: tests.len(),
            workers,
            server: conditions.template.server.clone(),
            pgtap: conditions.template.pgtap.clone(),
            seed: self.settings.shuffle,
        }));
        let tasks = tests.into_iter().map(Task::alone).collect();
        let limits = Limits {
            fail_fast: self.settings.fail_fast,
        };
        Pool::new(ground, &conditions, limits).run(tasks, workers, self.events)
    }
}
