//! Databases at earlier versions of the schema: made by the first so many migrations, and brought on from there.

use std::cell::RefCell;
use std::ops::Range;
use std::time::{Duration, Instant};

use super::applying::Applying;
use super::preparation::{Migrating, Preparation};
use super::{Counting, DatabaseError, Seed, Template};
use crate::event::{Stage, TableChange};
use crate::migration::{Migration, MigrationSet};
use crate::project::ScriptFile;
use crate::session::conninfo::ConnInfo;
use crate::session::{Connection, Surroundings, Watch};
use crate::settings::PgtapSettings;

/// What brings a database from one version of the schema to another.
#[derive(Debug)]
pub struct Versions {
    /// The migrations.
    pub set: MigrationSet,
    /// psql variables for them.
    pub variables: Vec<(String, String)>,
    /// The role that migrates and owns the database; none means the admin.
    pub owner: Option<String>,
    /// Whether the owner may be connected as: on the tool's own clusters.
    pub owner_login: bool,
    /// Where pgTAP comes from and goes to.
    pub pgtap: PgtapSettings,
    /// What scripts may use.
    pub surroundings: Surroundings,
    /// The snapshots whose rows it gets on the way, in the order of their places, one for each.
    pub seeds: Vec<Seed>,
}

/// A database that migrations are applied to.
#[derive(Debug, Clone)]
pub struct Site<'a> {
    /// The way to its server as someone who may create databases, to a database that is no test's.
    pub admin: &'a ConnInfo,
    /// Its name.
    pub database: &'a str,
    /// What may end it early.
    pub watch: Watch,
}

/// What came of one migration.
#[derive(Debug)]
pub struct Stepped {
    /// Whether it was applied, or why not.
    pub result: Result<(), DatabaseError>,
    /// What it changed, where that could be counted.
    pub changes: Vec<TableChange>,
    /// How long it took itself.
    pub elapsed: Duration,
    /// How long all else took: a session, counting, and looking for the row where it failed.
    pub besides: Duration,
}

fn no_such_place(place: usize) -> DatabaseError {
    DatabaseError::Unreadable {
        what: format!("place {place} of the migrations"),
    }
}

impl Versions {
    /// The migration at a place of the set.
    pub fn migration(&self, place: usize) -> Option<&Migration> {
        self.set.migrations.get(place)
    }

    /// The snapshot that was saved behind so many migrations.
    pub fn seed_at(&self, place: usize) -> Option<&Seed> {
        self.seeds.iter().find(|seed| seed.place == place)
    }

    /// Puts the rows of a snapshot into a database that is at its version.
    ///
    /// # Errors
    /// They cannot be loaded.
    pub fn load(&self, site: &Site<'_>, seed: &Seed) -> Result<(), DatabaseError> {
        let info = site.admin.with_database(site.database);
        let opened = Connection::open(&info, site.watch.clone());
        let mut session = opened.map_err(|source| DatabaseError::Connect {
            doing: format!("load {}", seed.shown),
            source: Box::new(source),
        })?;
        let loaded = seed.load(&mut session);
        session.end();
        loaded
    }

    /// Runs roles scripts, in the admin's database.
    ///
    /// # Errors
    /// The first one that fails.
    pub fn run_roles(
        &self,
        admin: &ConnInfo,
        watch: Watch,
        roles: &[ScriptFile],
        stage: &mut dyn FnMut(Stage),
    ) -> Result<(), DatabaseError> {
        let site = Site {
            admin,
            database: admin.database(),
            watch,
        };
        let preparation = Preparation {
            roles,
            ..self.preparation(&site, admin.database())
        };
        let mut session = preparation.connect(admin, "connect to the server")?;
        preparation.run_scripts("roles script", roles, &mut session, stage)
    }

    /// Makes an empty database for its owner.
    ///
    /// # Errors
    /// The server's error.
    pub fn create(&self, site: &Site<'_>) -> Result<(), DatabaseError> {
        self.preparation(site, site.database)
            .migrate(None, 0, &mut |_| {})
    }

    /// Applies the migrations of these places. Returns how many of them are applied, with the error of the one that is not.
    pub fn apply(
        &self,
        site: &Site<'_>,
        places: Range<usize>,
    ) -> (usize, Result<(), DatabaseError>) {
        let mut applied = 0;
        let result = self.in_session(site, |preparation, session| {
            for migration in self.set.migrations.get(places).unwrap_or_default() {
                preparation.applying().apply(migration, session)?;
                applied += 1;
            }
            Ok(())
        });
        (applied, result)
    }

    /// The same, with the rows of snapshots: each is loaded as soon as as many migrations are applied as it was saved behind.
    pub fn walk(
        &self,
        site: &Site<'_>,
        places: Range<usize>,
    ) -> (usize, Result<(), DatabaseError>) {
        let (mut from, to) = (places.start, places.end);
        for seed in (self.seeds.iter()).filter(|seed| places.start < seed.place && seed.place <= to)
        {
            let (applied, result) = self.apply(site, from..seed.place);
            from += applied;
            if let Err(error) = result.and_then(|()| self.load(site, seed)) {
                return (from - places.start, Err(error));
            }
        }
        let (applied, result) = self.apply(site, from..to);
        (from + applied - places.start, result)
    }

    /// Applies the migration of one place, and counts what it changes.
    pub fn step(&self, site: &Site<'_>, place: usize) -> Stepped {
        let counting = RefCell::new(Counting::default());
        let begin = Instant::now();
        let mut elapsed = Duration::ZERO;
        let result = self.in_session(site, |preparation, session| {
            let migration = self.migration(place).ok_or_else(|| no_such_place(place))?;
            let applying = Applying {
                counting: Some(&counting),
                ..preparation.applying()
            };
            let begin = Instant::now();
            let result = applying.apply(migration, session);
            elapsed = begin.elapsed();
            result
        });
        let counting = counting.into_inner();
        let elapsed = elapsed.saturating_sub(counting.spent);
        Stepped {
            changes: counting.changes().unwrap_or_default(),
            besides: begin.elapsed().saturating_sub(elapsed),
            elapsed,
            result,
        }
    }

    /// Takes the migration of one place back. Returns how long its script ran.
    ///
    /// # Errors
    /// What failed.
    pub fn take_back(&self, site: &Site<'_>, place: usize) -> Result<Duration, DatabaseError> {
        self.in_session(site, |preparation, session| {
            let migration = self.migration(place).ok_or_else(|| no_such_place(place))?;
            let begin = Instant::now();
            preparation.applying().take_back(migration, session)?;
            Ok(begin.elapsed())
        })
    }

    fn in_session<T>(
        &self,
        site: &Site<'_>,
        work: impl FnOnce(&Preparation<'_>, &mut Connection) -> Result<T, DatabaseError>,
    ) -> Result<T, DatabaseError> {
        let preparation = self.preparation(site, site.database);
        let mut session = preparation.enter()?;
        let result = work(&preparation, &mut session);
        // Whoever renames or copies the database next would wait for it.
        session.end();
        result
    }

    /// Installs pgTAP in a database that migrations have made, and makes it the template of this name.
    ///
    /// # Errors
    /// The server's error.
    pub fn complete(&self, site: &Site<'_>, template: &str) -> Result<Template, DatabaseError> {
        self.preparation(site, template).complete(&mut |_| {})
    }

    /// How scripts run in a database of this name, on the server to which `admin` is the way.
    pub fn applying<'a>(&'a self, admin: &'a ConnInfo, database: &'a str) -> Applying<'a> {
        Applying {
            surroundings: &self.surroundings,
            variables: &self.variables,
            database_name: database,
            role: self.owner.as_deref().unwrap_or(&admin.user),
            acts_as: self.owner.as_deref().filter(|_| !self.owner_login),
            history: None,
            counting: None,
        }
    }

    fn preparation<'a>(&'a self, site: &Site<'a>, template_name: &'a str) -> Preparation<'a> {
        Preparation {
            admin: site.admin,
            watch: site.watch.clone(),
            roles: &[],
            migrating: Migrating::Files(&self.set),
            seeds: &self.seeds,
            fixtures: &[],
            variables: &self.variables,
            owner: self.owner.as_deref(),
            owner_login: self.owner_login,
            database_name: site.database,
            template_name,
            pgtap: &self.pgtap,
            history: None,
            coverage: false,
            surroundings: &self.surroundings,
        }
    }
}
