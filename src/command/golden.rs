//! The golden data directory of a run: taken from the cache, or built, from the longest prefix of migrations that the
//! cache holds.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::recipe::{Recipe, Steadiness};
use super::{Error, migrate};
use crate::cluster::{
    Binaries, Cache, CacheKey, DataDirectory, GoldenDirectory, Mode, RunDirectory, Server,
    ServerOptions,
};
use crate::database::{DatabaseError, Migrating, Preparation, Template};
use crate::event::{Event, Stage};
use crate::migration::MigrationSet;
use crate::project::Project;
use crate::run;
use crate::script::dependence;
use crate::session::conninfo::ConnInfo;
use crate::session::{Inputs, Interruption, Surroundings, Watch, content_hash, variable_hash};
use crate::settings::Settings;

/// The name of the template database on the tool's own clusters.
const TEMPLATE: &str = "pgassay_template";
/// The name of the golden data directory in the run directory.
const GOLDEN: &str = "golden";
/// Migrations that took at least so long are kept by themselves: stopping the server, copying its data directory and
/// starting it again takes about as long.
const WORTH_KEEPING: Duration = Duration::from_millis(300);

/// What a golden data directory is made of.
pub(super) struct Makings<'a> {
    pub(super) settings: &'a Settings,
    pub(super) project: &'a Project,
    pub(super) migrations: Option<&'a MigrationSet>,
    pub(super) binaries: &'a Binaries,
    pub(super) run_directory: &'a RunDirectory,
    pub(super) cache: Option<&'a Cache>,
    pub(super) surroundings: &'a Surroundings,
    pub(super) interruption: &'a Interruption,
    pub(super) events: &'a SyncSender<Event>,
}

/// A golden data directory, in which no server runs.
pub(super) struct Golden {
    pub(super) data: GoldenDirectory,
    pub(super) template: Template,
    /// Under which key it is to be kept, with what is to be known of it, where it was built anew.
    pub(super) unsaved: Option<(CacheKey, String)>,
}

/// What is known of a data directory in the cache.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct About {
    /// The project's directory.
    pub(super) project: PathBuf,
    /// What it holds, in words.
    pub(super) holds: String,
    /// The day (UTC) for which it is good, where scripts asked for the time.
    pub(super) day: Option<String>,
    /// The files that scripts read besides those that the key knows: relative to the project where they lie below it,
    /// with the hash of their contents.
    inputs: BTreeMap<PathBuf, Option<String>>,
    /// The variables of the environment that they asked for, with a hash of the value.
    #[serde(default)]
    variables: BTreeMap<String, Option<String>>,
    /// The template database, where it is whole.
    template: Option<Template>,
}

impl About {
    /// Whether what it tells of is still what the scripts would come to.
    fn is_current(&self, project_dir: &Path) -> bool {
        self.day.as_ref().is_none_or(|day| *day == today())
            && self
                .inputs
                .iter()
                .all(|(path, hash)| content_hash(&project_dir.join(path)) == *hash)
            && self
                .variables
                .iter()
                .all(|(name, hash)| variable_hash(name) == *hash)
    }
}

/// The day in UTC: `2026-11-22`.
fn today() -> String {
    OffsetDateTime::now_utc().date().to_string()
}

impl Makings<'_> {
    /// Takes it from the cache, or builds it.
    pub(super) fn golden(&self) -> Result<Golden, Error> {
        let recipe = Recipe::of(
            self.settings,
            self.project,
            self.migrations,
            self.binaries,
            self.surroundings.pgtap.as_deref(),
        )
        .filter(|_| self.cache.is_some());
        if let Some(recipe) = &recipe
            && let Some(golden) = self.cached(recipe)?
        {
            return Ok(golden);
        }
        self.build(recipe.as_ref())
    }

    fn stage(&self, stage: Stage) {
        let _ = self.events.send(Event::Prepared(stage));
    }

    /// What the cache knows of an entry that is still good; one that is not goes.
    fn about(&self, key: &CacheKey) -> Result<Option<About>, Error> {
        let Some(cache) = self.cache else {
            return Ok(None);
        };
        let Some(text) = cache.about(key) else {
            return Ok(None);
        };
        let about = serde_json::from_str(&text).ok();
        let current = about.filter(|about: &About| about.is_current(&self.settings.project_dir));
        if current.is_none() {
            cache.discard(key)?;
        }
        Ok(current)
    }

    fn cached(&self, recipe: &Recipe) -> Result<Option<Golden>, Error> {
        let began = Instant::now();
        let Some(About {
            template, holds, ..
        }) = self.about(&recipe.golden)?
        else {
            return Ok(None);
        };
        let (Some(cache), Some(template)) = (self.cache, template) else {
            return Ok(None);
        };
        let Some((copy, entry)) = cache.load(&recipe.golden, self.run_directory, GOLDEN)? else {
            return Ok(None);
        };
        self.stage(Stage {
            what: format!("{holds}, from the cache"),
            elapsed: began.elapsed(),
        });
        Ok(Some(Golden {
            data: GoldenDirectory::kept(entry, copy),
            template,
            unsaved: None,
        }))
    }

    fn build(&self, recipe: Option<&Recipe>) -> Result<Golden, Error> {
        let inputs = Arc::new(Inputs::default());
        let surroundings = Surroundings {
            inputs: recipe.is_some().then(|| Arc::clone(&inputs)),
            ..self.surroundings.clone()
        };
        let (data, applied) = self.beginning(recipe)?;
        let mut server = self.start(&data)?;
        let began = Instant::now();
        let holds = self.prepare(&server, &surroundings, &|preparation| {
            preparation.migrate(applied, &mut |stage| self.stage(stage))?;
            Ok(preparation.in_words(None))
        })?;
        // A prefix that is worth it is kept before fixtures and pgTAP are added to it.
        if began.elapsed() > WORTH_KEEPING
            && let (Some(cache), Some(recipe)) = (self.cache, recipe)
            && let Some((key, steadiness)) = recipe.prefixes.last()
            && let Ok(about) = self.about_made(steadiness, &inputs, None, holds)
        {
            let data = server.stop(Mode::Fast)?;
            if let Err(error) = cache.store(key, &data, &about) {
                let text = format!("the migrations are not kept in the cache: {error}");
                let _ = self.events.send(Event::Remark(text));
            }
            server = self.start(&data)?;
        }
        let (template, holds) = self.prepare(&server, &surroundings, &|preparation| {
            let template = preparation.complete(&mut |stage| self.stage(stage))?;
            let holds = preparation.in_words(Some(&template.pgtap));
            Ok((template, holds))
        })?;
        let data = server.stop(Mode::Fast)?;
        let about = recipe.map(|recipe| {
            let about = self.about_made(&recipe.steadiness, &inputs, Some(&template), holds);
            (recipe.golden.clone(), about)
        });
        let unsaved = match about {
            Some((key, Ok(about))) => Some((key, about)),
            Some((_, Err(reason))) => {
                let text = format!("the template is built anew in each run: {reason}");
                let _ = self.events.send(Event::Remark(text));
                None
            }
            None => None,
        };
        Ok(Golden {
            data: GoldenDirectory::made(data),
            template,
            unsaved,
        })
    }

    /// The data directory to begin with, and how many migrations it has already; none where it has nothing yet.
    fn beginning(&self, recipe: Option<&Recipe>) -> Result<(DataDirectory, Option<usize>), Error> {
        if let (Some(recipe), Some(cache)) = (recipe, self.cache) {
            for (index, (key, _)) in recipe.prefixes.iter().enumerate().rev() {
                if self.about(key)?.is_some()
                    && let Some((data, _)) = cache.load(key, self.run_directory, GOLDEN)?
                {
                    return Ok((data, Some(index + 1)));
                }
            }
        }
        let data = DataDirectory::create(self.binaries, self.run_directory, GOLDEN, self.cache)?;
        Ok((data, None))
    }

    fn start(&self, data: &DataDirectory) -> Result<Server, Error> {
        let options = ServerOptions {
            listen_localhost: self.settings.migrate_command.is_some(),
            ..ServerOptions::default()
        };
        Ok(Server::start(self.binaries, data, &options)?)
    }

    /// Does a part of the preparation on a server.
    fn prepare<T>(
        &self,
        server: &Server,
        surroundings: &Surroundings,
        part: &dyn Fn(&Preparation<'_>) -> Result<T, DatabaseError>,
    ) -> Result<T, Error> {
        let admin = run::admin_of(server);
        let migrate = |info: &ConnInfo| {
            migrate::run(
                self.settings.migrate_command.as_deref().unwrap_or_default(),
                &self.settings.project_dir,
                info,
                server.tcp_address().map(|address| (address, &admin)),
                self.interruption,
            )
        };
        let migrating = match (&self.settings.migrate_command, self.migrations) {
            (Some(command), _) => Migrating::Command {
                command,
                run: &migrate,
            },
            (None, Some(set)) => Migrating::Files(set),
            (None, None) => Migrating::Nothing,
        };
        let preparation = Preparation {
            admin: &admin,
            watch: Watch {
                deadline: None,
                interruption: Some(self.interruption.clone()),
            },
            roles: &self.project.roles,
            migrating,
            fixtures: &self.project.fixtures,
            variables: &self.settings.migration_variables,
            owner: self.settings.owner.as_deref(),
            owner_login: true,
            database_name: &self.settings.database_name,
            template_name: TEMPLATE,
            pgtap: &self.settings.pgtap,
            surroundings,
        };
        Ok(part(&preparation)?)
    }

    /// What is to be known of a data directory that was made with these inputs; an error says why it cannot be kept.
    fn about_made(
        &self,
        steadiness: &Steadiness,
        inputs: &Inputs,
        template: Option<&Template>,
        holds: String,
    ) -> Result<String, String> {
        let mut steadiness = steadiness.clone();
        let recorded = inputs.recorded();
        for path in &recorded.scripts {
            let text = fs::read(path).unwrap_or_default();
            let shown = self.surroundings.shown(path);
            steadiness.add(&shown, dependence(&String::from_utf8_lossy(&text)));
        }
        if let Some(reason) = steadiness.never.or(recorded.unknown) {
            return Err(reason);
        }
        let project_dir = &self.settings.project_dir;
        let relative = |path: PathBuf| {
            path.strip_prefix(project_dir)
                .map_or(path.clone(), Path::to_owned)
        };
        let about = About {
            project: project_dir.clone(),
            holds,
            day: steadiness.for_a_day.then(today),
            inputs: recorded
                .files
                .into_iter()
                .map(|(path, hash)| (relative(path), hash))
                .collect(),
            variables: recorded.variables,
            template: template.cloned(),
        };
        serde_json::to_string(&about).map_err(|error| error.to_string())
    }
}
