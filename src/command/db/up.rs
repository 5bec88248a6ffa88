//! `pgassay db up`: all that makes a developer's database, or brings it up to date.

use std::time::Instant;

use super::super::groundwork::migrations;
use super::super::migrate::surroundings;
use super::super::target::Way;
use super::super::{Error, Exit, remark};
use super::asking::{self, create, ensure_owner, give, maintenance};
use super::migrating::migrate;
use super::records::{Kind, Records, Standing};
use super::script::Runner;
use super::seeding::Seeding;
use super::telling::Telling;
use super::turn;
use crate::cli::{DbUpArgs, GlobalArgs};
use crate::database::DatabaseError;
use crate::event::Notice;
use crate::migration::MigrationSet;
use crate::project::{Project, ScriptFile};
use crate::run;
use crate::session::conninfo::ConnInfo;
use crate::session::{Connection, Interruption, Surroundings, Watch};
use crate::settings::{Environment, Settings};

/// SQLSTATE: there is such a role already.
const ROLE_THERE: &str = "42710";

pub(super) fn run(
    global: &GlobalArgs,
    typed: &DbUpArgs,
    environment: &Environment,
) -> Result<Exit, Error> {
    let settings = Settings::of_project(global, &typed.project, environment)?;
    let way = Way::of(&settings, &typed.target, environment)?;
    let interruption = run::listen_for_interruption()?;
    let up = Up {
        fixtures_again: typed.fixtures_again,
        is_seed_typed: typed.project.seed.is_some(),
        yes: typed.yes,
        ..Up::new(&settings, &way, &interruption)?
    };
    ended(&interruption, up.run(Records::default()))
}

/// The exit code; what a signal broke is the signal's doing.
pub(super) fn ended(interruption: &Interruption, result: Result<(), Error>) -> Result<Exit, Error> {
    match (result, interruption.signal()) {
        (Ok(()), _) => Ok(Exit::Success),
        (Err(_), Some(signal)) => {
            remark(&format!(
                "ended by {}; what was told is done, and `pgassay db up` goes on",
                run::signal_name(signal)
            ));
            Ok(Exit::Interrupted)
        }
        (Err(error), None) => Err(error),
    }
}

/// What is to be done, on which database.
pub(super) struct Up<'a> {
    settings: &'a Settings,
    project: Project,
    /// The migrations; none where a command migrates, or there are none.
    set: Option<MigrationSet>,
    way: &'a Way,
    surroundings: Surroundings,
    interruption: &'a Interruption,
    watch: Watch,
    fixtures_again: bool,
    pub(super) is_seed_typed: bool,
    /// Whether rows may be replaced without asking.
    yes: bool,
    telling: Telling,
}

impl<'a> Up<'a> {
    pub(super) fn new(
        settings: &'a Settings,
        way: &'a Way,
        interruption: &'a Interruption,
    ) -> Result<Self, Error> {
        Ok(Self {
            settings,
            project: Project::load(settings)?,
            set: match settings.migrate_command {
                Some(_) => None,
                None => migrations(settings)?,
            },
            way,
            surroundings: surroundings(settings),
            interruption,
            watch: Watch {
                deadline: None,
                interruption: Some(interruption.clone()),
            },
            fixtures_again: false,
            is_seed_typed: false,
            yes: false,
            telling: Telling::new(settings),
        })
    }

    /// What may end a statement early.
    pub(super) fn watch(&self) -> &Watch {
        &self.watch
    }

    /// Who tells what is done.
    pub(super) fn telling(&mut self) -> &mut Telling {
        &mut self.telling
    }

    /// Sees that there is nothing wrong with the snapshots, before anything is done that needs them.
    pub(super) fn check_seeds(&self) -> Result<(), Error> {
        self.seeding().seeds().map(drop)
    }

    fn seeding(&self) -> Seeding<'_> {
        Seeding {
            settings: self.settings,
            set: self.set.as_ref(),
            way: self.way,
            is_typed: self.is_seed_typed,
            yes: self.yes,
        }
    }

    /// Does it. `carried` is what ran for a database of this name that was dropped.
    pub(super) fn run(mut self, carried: Records) -> Result<(), Error> {
        let (mut session, is_new) = self.enter()?;
        // Held until all is done, fixtures too.
        turn::wait(&mut session, "set this database up")?;
        // Another one may have had its turn in the database that this one made.
        let there = Records::read(&mut session)?;
        let records = if is_new && there == Records::default() {
            Self::carry(&mut session, &carried)?;
            carried
        } else {
            there
        };
        self.roles(&mut session, &records, is_new)?;
        if is_new {
            self.give_to_owner(&mut session)?;
        }
        let seeds = self
            .seeding()
            .choose(&mut session, &records, &self.telling)?;
        let (migrations, records) = match seeds {
            None => (self.migrate(None)?, records),
            Some(seeds) => {
                let first = seeds.newest().map(|seed| seed.place);
                let all = self.migrate(first)?;
                if let Some((choice, took)) = self.seeding().load(&mut session, &seeds)? {
                    self.telling.done("loaded", &choice, took);
                }
                let all = match self.set {
                    Some(_) => self.migrate(None)?,
                    None => all,
                };
                (all, Records::read(&mut session)?)
            }
        };
        self.fixtures(&records, is_new)?;
        drop(session);
        self.sum_up(migrations);
        Ok(())
    }

    /// Applies the migrations that are due, or only the first ones.
    fn migrate(&mut self, first: Option<usize>) -> Result<Option<usize>, Error> {
        migrate(
            self.settings,
            self.set.as_ref(),
            first,
            self.way,
            &self.surroundings,
            self.interruption,
            &mut self.telling,
        )
    }

    /// A session in the database, and whether it was made for that.
    fn enter(&mut self) -> Result<(Connection, bool), Error> {
        if let Some(session) = asking::open(&self.way.info, &self.watch)? {
            return Ok((session, false));
        }
        self.check_seeds()?;
        let began = Instant::now();
        let name = self.way.info.database();
        let (mut admin, _) = maintenance(&self.way.info, &self.watch)?;
        turn::wait(&mut admin, "make a database of this server")?;
        let is_new = create(&mut admin, name)?;
        drop(admin);
        if is_new {
            let what = format!("the database \"{name}\"");
            self.telling.done("created", &what, began.elapsed());
        }
        match asking::open(&self.way.info, &self.watch)? {
            Some(session) => Ok((session, is_new)),
            None => Err(format!("the database \"{name}\" is gone again").into()),
        }
    }

    /// Notes what ran on this server for a database that was dropped: its roles are still there.
    fn carry(session: &mut Connection, carried: &Records) -> Result<(), Error> {
        let mut is_prepared = false;
        for (script, hash) in carried.of(Kind::Roles) {
            if !is_prepared {
                Records::prepare(session)?;
                is_prepared = true;
            }
            Records::write(session, Kind::Roles, script, hash, None)?;
        }
        Ok(())
    }

    /// Gives a new database to the role that is to own it, which a roles script may have made.
    fn give_to_owner(&mut self, session: &mut Connection) -> Result<(), Error> {
        let Some(owner) = self.settings.owner.as_deref() else {
            return Ok(());
        };
        let began = Instant::now();
        if ensure_owner(session, owner, self.way.is_own())? {
            let what =
                format!("the role \"{owner}\" (setting `owner`), which no roles script makes");
            self.telling.done("created", &what, began.elapsed());
        }
        let name = self.way.info.database();
        give(session, name, owner)
    }

    fn runner<'r>(&'r self, way: &'r ConnInfo, owner: Option<&'r str>) -> Runner<'r> {
        Runner {
            way,
            watch: &self.watch,
            variables: &self.settings.migration_variables,
            surroundings: &self.surroundings,
            owner,
        }
    }

    /// Runs the roles scripts that are new or have changed. `session` is in the database, where it is noted that they ran.
    fn roles(
        &mut self,
        session: &mut Connection,
        records: &Records,
        is_new: bool,
    ) -> Result<(), Error> {
        if !self.way.target.roles {
            if is_new && !self.project.roles.is_empty() {
                self.tell_of_left_out("roles");
            }
            return Ok(());
        }
        let mut there = None;
        for script in &self.project.roles {
            let (standing, hash) = records.standing(Kind::Roles, script)?;
            if standing == Standing::Done {
                continue;
            }
            if there.is_none() {
                Records::prepare(session)?;
                // What they do is the server's; they run in a database that is no project's.
                let (mut admin, way) = maintenance(&self.way.info, &self.watch)?;
                turn::wait(&mut admin, "run roles scripts on this server")?;
                there = Some((admin, way));
            }
            let Some((_, way)) = &there else { continue };
            let began = Instant::now();
            let telling = &self.telling;
            self.runner(way, None)
                .run(Kind::Roles.script(), script, None, &mut |notice| {
                    hear(telling, &notice);
                })
                .map_err(|error| with_advice(error, script, standing))?;
            let took = began.elapsed();
            Records::write(session, Kind::Roles, &script.shown, &hash, Some(took))?;
            let again = match standing {
                Standing::Changed => ", which has changed",
                _ => "",
            };
            let what = format!("{}{again}", script.shown);
            self.telling.done("ran", &what, took);
        }
        Ok(())
    }

    /// Runs the fixtures scripts that have not run.
    fn fixtures(&mut self, records: &Records, is_new: bool) -> Result<(), Error> {
        if !self.way.target.fixtures {
            if is_new && !self.project.fixtures.is_empty() {
                self.tell_of_left_out("fixtures");
            }
            return Ok(());
        }
        let mut is_prepared = false;
        for script in &self.project.fixtures {
            let (standing, hash) = records.standing(Kind::Fixtures, script)?;
            match standing {
                Standing::Done => continue,
                Standing::Changed if !self.fixtures_again => {
                    // A new database would have the same rows of it.
                    let other = match records.of(Kind::Seed).next() {
                        Some(_) => " with a new snapshot, or `--seed none`,",
                        None => "",
                    };
                    remark(&format!(
                        "{} has changed since it ran here, and is not run again; `pgassay db up --fixtures-again` runs it, and \
                         `pgassay db reset`{other} makes the database anew",
                        script.shown
                    ));
                    continue;
                }
                Standing::New | Standing::Changed => {}
            }
            if !is_prepared {
                if let Some(mut session) = asking::open(&self.way.info, &self.watch)? {
                    Records::prepare(&mut session)?;
                }
                is_prepared = true;
            }
            let began = Instant::now();
            let note = Records::note(Kind::Fixtures, &script.shown, &hash, None);
            let owner = self.settings.owner.as_deref();
            let telling = &self.telling;
            self.runner(
                &self.way.info,
                owner.filter(|owner| *owner != self.way.info.user),
            )
            .run(
                Kind::Fixtures.script(),
                script,
                Some(&note),
                &mut |notice| {
                    hear(telling, &notice);
                },
            )?;
            self.telling.done("ran", &script.shown, began.elapsed());
        }
        Ok(())
    }

    /// Tells that scripts of a kind do not run there, and why.
    fn tell_of_left_out(&self, kind: &str) {
        let target = &self.way.target;
        let why = if target.protected {
            format!("which is protected; `{kind} = true` there lets them run")
        } else {
            format!("where the settings say `{kind} = false`")
        };
        remark(&format!(
            "{kind} scripts are not run in {}, {why}",
            target.name
        ));
    }

    fn sum_up(&self, migrations: Option<usize>) {
        let state = if self.telling.count() == 0 {
            "was up to date"
        } else {
            "is up to date"
        };
        let counted = |number: usize, noun: &str| match number {
            0 => None,
            1 => Some(format!("1 {noun}")),
            _ => Some(format!("{number} {noun}s")),
        };
        let target = &self.way.target;
        let parts = [
            counted(self.project.roles.len(), "roles script").filter(|_| target.roles),
            migrations.and_then(|number| counted(number, "migration")),
            counted(self.project.fixtures.len(), "fixtures script").filter(|_| target.fixtures),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        if parts.is_empty() && self.settings.migrate_command.is_none() {
            remark(&format!(
                "no roles, migrations or fixtures were found in {}; docs/configuration.md tells where they are looked for, and \
                 --migrations, --roles and --fixtures say where they are",
                self.settings.project_dir.display()
            ));
        }
        let holds = match &parts[..] {
            [] => String::new(),
            parts => format!(": {}", parts.join(", ")),
        };
        self.telling
            .line(&format!("{} {state}{holds}", self.way.shown()));
    }
}

/// What the server remarks while a script runs.
fn hear(telling: &Telling, notice: &Notice) {
    let message = &notice.message;
    telling.detail(&format!(
        "{:>9}  {}: {}",
        "", message.severity, message.message
    ));
}

/// The error of a roles script, with what to do where it made its role before.
fn with_advice(error: Error, script: &ScriptFile, standing: Standing) -> Error {
    let is_there = match error.downcast_ref::<DatabaseError>() {
        Some(DatabaseError::Script(error)) => error
            .error
            .as_ref()
            .is_some_and(|error| error.message.code == ROLE_THERE),
        _ => false,
    };
    if !is_there {
        return error;
    }
    let shown = &script.shown;
    let why = match standing {
        Standing::Changed => {
            format!("{shown} has changed since it ran here, and so it runs again as a whole")
        }
        _ => format!(
            "roles are the server's, and stay when a database goes: {shown} may have run there for another database"
        ),
    };
    format!(
        "{error}\n{why}. Let it look whether the role is there (DO $$ BEGIN IF NOT EXISTS …), or say `roles = false` for the environment",
    )
    .into()
}
