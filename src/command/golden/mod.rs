//! The golden data directory of a run: taken from the cache, or built, from the longest prefix of migrations that the
//! cache holds.

mod basis;
mod prefixes;

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::time::Instant;

pub(super) use basis::About;
use basis::{Basis, not_kept, today};
pub(super) use prefixes::Prefixes;

use super::recipe::{Hashed, Recipe};
use super::{Error, migrate_command};
use crate::catalog::History;
use crate::cluster::{
    Binaries, Cache, CacheKey, DataDirectory, EntryKind, GoldenDirectory, HeldEntry, Mode,
    RunDirectory, Server, ServerOptions,
};
use crate::database::{DatabaseError, Migrating, Preparation, Seed, Template};
use crate::event::{Event, Stage};
use crate::migration::MigrationSet;
use crate::project::Project;
use crate::run;
use crate::session::conninfo::ConnInfo;
use crate::session::{Inputs, Interruption, Surroundings, Watch};
use crate::settings::{Settings, TimeDependent};

/// The name of the template database on the tool's own clusters.
const TEMPLATE: &str = "pgassay_template";
/// The name of the golden data directory in the run directory.
const GOLDEN: &str = "golden";

/// What a golden data directory is made of.
pub(super) struct Makings<'a> {
    pub(super) settings: &'a Settings,
    pub(super) project: &'a Project,
    pub(super) migrations: Option<&'a MigrationSet>,
    /// The snapshots whose rows are loaded on the way.
    pub(super) seeds: &'a [Seed],
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

/// What the building of a golden data directory begins with.
struct Beginning {
    data: DataDirectory,
    /// How many migrations it has already; none where it has nothing yet.
    applied: Option<usize>,
    /// What these were made from.
    basis: Basis,
    /// The day (UTC) on which the building began.
    day: String,
    /// The lines that made what is there, where coverage wants to know.
    history: RefCell<History>,
}

impl Beginning {
    fn made(&self) -> MadeFrom<'_> {
        MadeFrom {
            basis: &self.basis,
            day: &self.day,
            history: Some(&self.history),
        }
    }
}

/// What something was made from that is to be kept, and when.
struct MadeFrom<'a> {
    basis: &'a Basis,
    day: &'a str,
    /// The lines that made it, where coverage may want to know.
    history: Option<&'a RefCell<History>>,
}

impl Makings<'_> {
    /// Takes it from the cache, or builds it.
    pub(super) fn golden(&self) -> Result<Golden, Error> {
        let recipe = self.recipe()?;
        if let Some(recipe) = &recipe
            && let Some(golden) = self.cached(recipe)?
        {
            return Ok(golden);
        }
        self.build(recipe.as_ref())
    }

    /// The keys of the cache, where there is one and what is made can be kept.
    fn recipe(&self) -> Result<Option<Recipe>, Error> {
        let recipe = Recipe::of(
            self.settings,
            self.project,
            self.migrations,
            self.seeds,
            self.binaries,
            self.surroundings.pgtap.as_deref(),
        )?;
        Ok(recipe.filter(|_| self.cache.is_some()))
    }

    fn stage(&self, stage: Stage) {
        let _ = self.events.send(Event::Prepared(stage));
    }

    fn remark(&self, text: String) {
        let _ = self.events.send(Event::Remark(text));
    }

    /// What stands in such a text, where it is still so.
    fn current(&self, about: &str) -> Option<About> {
        let about: About = serde_json::from_str(about).ok()?;
        let is_current = about.basis.is_current(&self.settings.project_dir);
        is_current.then_some(about)
    }

    /// Copies an entry out of the cache that is still good; one that is not goes. The cache only saves time: whatever
    /// is wrong with it is said, and the run goes on without. Only a full run directory is in the way of all else too.
    fn take(
        &self,
        key: &CacheKey,
        name: &str,
    ) -> Result<Option<(DataDirectory, HeldEntry, About)>, Error> {
        let Some((cache, about)) = self.cache.and_then(|it| Some((it, it.about(key)?))) else {
            return Ok(None);
        };
        let what = match key.kind() {
            EntryKind::Golden => "the template",
            EntryKind::Prefix => "the migrations",
            EntryKind::Initdb => "what initdb makes",
        };
        let Some(found) = self.current(&about) else {
            if let Err(error) = cache.discard(key) {
                self.remark(format!("{what} cannot be removed from the cache: {error}"));
            }
            return Ok(None);
        };
        match cache.load(key, self.run_directory, name) {
            Ok(Some((data, entry))) if entry.about() == about => Ok(Some((data, entry, found))),
            // What was read before was told of another entry, which another run has replaced by now.
            Ok(Some((data, entry))) => match self.current(entry.about()) {
                Some(about) => Ok(Some((data, entry, about))),
                None => data.remove().map(|()| None).map_err(Error::from),
            },
            Ok(None) => Ok(None),
            Err(error) if error.is_no_room_in(self.run_directory.path()) => Err(error.into()),
            Err(error) => {
                self.remark(format!("{what} cannot be taken from the cache: {error}"));
                Ok(None)
            }
        }
    }

    fn cached(&self, recipe: &Recipe) -> Result<Option<Golden>, Error> {
        let began = Instant::now();
        let Some((copy, entry, about)) = self.take(&recipe.golden, GOLDEN)? else {
            return Ok(None);
        };
        let Some(template) = about.template else {
            copy.remove()?;
            return Ok(None);
        };
        self.stage(Stage {
            what: format!("{}, from the cache", about.holds),
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
            inputs: (recipe.is_some() || self.settings.coverage.measure)
                .then(|| Arc::clone(&inputs)),
            ..self.surroundings.clone()
        };
        let beginning = self.beginning(recipe)?;
        let mut server = self.start(&beginning.data)?;
        let began = Instant::now();
        let history = &beginning.history;
        let holds = self.prepare(&server, &surroundings, history, &|preparation| {
            preparation.migrate(beginning.applied, usize::MAX, &mut |stage| {
                self.stage(stage);
            })?;
            Ok(preparation.in_words(None))
        })?;
        // A prefix that is worth it is kept before fixtures and pgTAP are added to it.
        if began.elapsed() > run::WORTH_KEEPING
            && let (Some(cache), Some(recipe)) = (self.cache, recipe)
            && let Some(prefix) = recipe.prefixes.last()
            && let scripts = recipe.scripts_of(prefix)
            && let Ok(about) = self.about_made(scripts, &beginning.made(), &inputs, None, holds)
        {
            let data = server.stop(Mode::Fast)?;
            if let Err(error) = cache.store(&prefix.key, &data, &about) {
                self.remark(format!("the migrations are not kept in the cache: {error}"));
            }
            server = self.start(&data)?;
        }
        let (template, holds) = self.prepare(&server, &surroundings, history, &|preparation| {
            let template = preparation.complete(&mut |stage| self.stage(stage))?;
            let holds = preparation.in_words(Some(&template.pgtap));
            Ok((template, holds))
        })?;
        let data = server.stop(Mode::Fast)?;
        let about = recipe.map(|recipe| {
            let about = match recipe.changed_input(self.settings) {
                Ok(None) => {
                    let scripts = &recipe.scripts;
                    self.about_made(scripts, &beginning.made(), &inputs, Some(&template), holds)
                }
                Ok(Some(input)) => Err(not_kept(&input)),
                Err(error) => Err(format!("the template is not kept in the cache: {error}")),
            };
            (recipe.golden.clone(), about)
        });
        let unsaved = match about {
            Some((key, Ok(about))) => Some((key, about)),
            Some((_, Err(reason))) => {
                self.remark(reason);
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

    /// What to begin with: the longest prefix of the migrations that the cache holds, or a fresh data directory.
    fn beginning(&self, recipe: Option<&Recipe>) -> Result<Beginning, Error> {
        let day = today();
        for (index, prefix) in recipe
            .iter()
            .flat_map(|it| it.prefixes.iter().enumerate())
            .rev()
        {
            if let Some((data, _, about)) = self.take(&prefix.key, GOLDEN)? {
                return Ok(Beginning {
                    data,
                    applied: Some(index),
                    basis: about.basis,
                    day,
                    history: RefCell::new(about.history.unwrap_or_default()),
                });
            }
        }
        let data = DataDirectory::create_telling(
            self.binaries,
            self.run_directory,
            GOLDEN,
            self.cache,
            &mut |text| self.remark(text),
        )?;
        Ok(Beginning {
            data,
            applied: None,
            basis: Basis::default(),
            day,
            history: RefCell::default(),
        })
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
        history: &RefCell<History>,
        part: &dyn Fn(&Preparation<'_>) -> Result<T, DatabaseError>,
    ) -> Result<T, Error> {
        let admin = run::admin_of(server);
        let migrate = |info: &ConnInfo| {
            migrate_command::run(
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
            seeds: self.seeds,
            fixtures: &self.project.fixtures,
            variables: &self.settings.migration_variables,
            owner: self.settings.owner.as_deref(),
            owner_login: true,
            database_name: &self.settings.database_name,
            template_name: TEMPLATE,
            pgtap: &self.settings.pgtap,
            history: self.settings.coverage.measure.then_some(history),
            coverage: self.settings.coverage.measure,
            surroundings,
        };
        Ok(part(&preparation)?)
    }

    /// What is to be known of a data directory that was made of these scripts; an error says why it cannot be kept.
    fn about_made(
        &self,
        scripts: &[Hashed],
        from: &MadeFrom<'_>,
        inputs: &Inputs,
        template: Option<&Template>,
        holds: String,
    ) -> Result<String, String> {
        let mut recorded = inputs.recorded();
        for script in scripts {
            // Those that are known by their contents in the key, if they were what ran.
            let found = recorded.files.remove(&script.path);
            if found.is_some_and(|hash| hash != script.hash) {
                return Err(not_kept(&script.shown));
            }
        }
        let mut never = recorded.unknown;
        if self.settings.cache_time_dependent == TimeDependent::Rebuild {
            let advice = "`cache.time_dependent = \"day\"` would keep it for the day";
            never = never.or_else(|| Some(format!("{}; {advice}", recorded.on_moment?)));
        }
        if let Some(reason) = never {
            return Err(format!("the template is built anew in each run: {reason}"));
        }
        let project_dir = &self.settings.project_dir;
        let relative = |path: PathBuf| {
            path.strip_prefix(project_dir)
                .map_or(path.clone(), Path::to_owned)
        };
        let mut basis = from.basis.clone();
        let later = Basis {
            day: recorded.on_time.then(|| from.day.to_owned()),
            inputs: recorded
                .files
                .into_iter()
                .map(|(path, hash)| (relative(path), hash))
                .collect(),
            variables: recorded.variables,
        };
        basis.add(later).map_err(|what| not_kept(&what))?;
        let about = About {
            project: project_dir.clone(),
            holds,
            template: template.cloned(),
            history: from
                .history
                .filter(|_| template.is_none())
                .map(|it| it.borrow().clone()),
            basis,
        };
        serde_json::to_string(&about)
            .map_err(|error| format!("the template is not kept in the cache: {error}"))
    }
}
