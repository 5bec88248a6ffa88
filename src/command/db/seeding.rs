//! Seeding: a new database begins with the rows of a snapshot. That they are to be loaded is noted before the first migration, and
//! that they are loaded in one transaction with them, so that none of it is forgotten when the tool is killed.

use std::time::{Duration, Instant};

use super::super::seeds::Seeds;
use super::super::target::Way;
use super::super::{Error, occupied, question, remark};
use super::records::{Kind, Records, TABLE, failed};
use super::telling::Telling;
use crate::database::{DatabaseError, Seed};
use crate::deployment::{LOCK, Options, is_untouched, is_within};
use crate::migration::MigrationSet;
use crate::session::Connection;
use crate::settings::{SeedChoice, Settings};
use crate::snapshot::Store;

/// What decides with which rows a database begins.
pub(super) struct Seeding<'a> {
    pub(super) settings: &'a Settings,
    /// The migrations; none where a command migrates, or the project has none.
    pub(super) set: Option<&'a MigrationSet>,
    pub(super) way: &'a Way,
    /// Whether a snapshot was typed.
    pub(super) is_typed: bool,
    /// Whether rows may be replaced without asking.
    pub(super) yes: bool,
}

impl Seeding<'_> {
    /// The snapshots that may be chosen.
    ///
    /// # Errors
    /// One that is named is no choice, or the directory cannot be read.
    pub(super) fn seeds(&self) -> Result<Seeds, Error> {
        if !self.way.target.fixtures {
            return match self.settings.seed {
                SeedChoice::File(_) if self.is_typed => {
                    Err(format!("--seed is of no use here: {}", self.left_out()).into())
                }
                _ => Ok(Seeds::default()),
            };
        }
        match (&self.settings.migrate_command, self.set) {
            (Some(_), _) => Seeds::behind_command(self.settings),
            (None, Some(set)) => Seeds::whole(self.settings, set),
            (None, None) => Ok(Seeds::default()),
        }
    }

    /// The seeds of a database of which nothing is there yet, or whose rows were to be loaded and are not; none where it keeps
    /// what it has, and where nothing is to be loaded. That something is to be, is noted behind this.
    pub(super) fn choose(
        &self,
        session: &mut Connection,
        records: &Records,
        telling: &Telling,
    ) -> Result<Option<Seeds>, Error> {
        let due = records.of(Kind::SeedDue).next();
        let due = due.map(|(shown, hash)| (shown.to_owned(), hash.to_owned()));
        let is_untouched = is_untouched(session)?;
        if due.is_none() && !is_untouched {
            self.tell_of_kept_rows(telling);
            return Ok(None);
        }
        if let (Some((shown, _)), Some(why)) = (&due, self.why_none()) {
            remark(&format!(
                "the rows of {shown}, which were to be loaded, are left out: {why}"
            ));
            forget(session)?;
            return Ok(None);
        }
        let seeds = self.seeds()?;
        for text in &seeds.remarks {
            remark(text);
        }
        let Some(seed) = seeds.newest().cloned() else {
            return match due {
                Some((shown, _)) if !is_untouched => {
                    Err(self.too_late(&shown, "it is no choice any more"))
                }
                Some(_) => forget(session).map(|()| None),
                None => self.tell_of_left_out().map(|()| None),
            };
        };
        if !is_untouched && !self.is_before(session, &seed)? {
            let shown = due.map_or(seed.shown, |(shown, _)| shown);
            return Err(self.too_late(&shown, "the database has later migrations by now"));
        }
        if !is_untouched {
            self.ask(session, &seed)?;
        }
        Records::prepare(session)?;
        let note = Records::note(Kind::SeedDue, &seed.shown, &seed.hash, None);
        session
            .execute(&format!(
                "BEGIN; {}; {note}; COMMIT",
                Records::nothing_due()
            ))
            .map_err(failed(format!("note in {TABLE} what is to be loaded")))?;
        Ok(Some(seeds))
    }

    /// Asks whether rows may be lost to those of a seed that was to be loaded by an earlier run, where there are some: whose they are
    /// is not known.
    fn ask(&self, session: &mut Connection, seed: &Seed) -> Result<(), Error> {
        if self.yes || !occupied::in_all_tables(session)? {
            return Ok(());
        }
        let shown = &seed.shown;
        let whether = format!(
            "the rows that are in the database \"{}\" may be replaced by those of {shown}, which were to be loaded and are not yet",
            self.way.info.database()
        );
        let what = format!("loses the rows of its tables to those of {shown}");
        question::ask(self.way, &whether, &what)
            .map_err(|error| format!("{error}; `--seed none` keeps the rows that are there").into())
    }

    /// Why no rows are loaded at all.
    fn why_none(&self) -> Option<String> {
        if self.settings.seed == SeedChoice::None {
            return Some("the settings say so (`seed`)".to_owned());
        }
        (!self.way.target.fixtures).then(|| self.left_out())
    }

    /// That rows do not come into a database where fixtures do not, and why.
    fn left_out(&self) -> String {
        let target = &self.way.target;
        let why = if target.protected {
            "which is protected; `fixtures = true` there lets them in"
        } else {
            "where the settings say `fixtures = false`"
        };
        format!(
            "rows of snapshots are not loaded into {}, {why}",
            target.name
        )
    }

    /// Tells of rows that are left out where there are some.
    fn tell_of_left_out(&self) -> Result<(), Error> {
        let is_some = match &self.settings.seed {
            SeedChoice::None => false,
            SeedChoice::File(_) => true,
            SeedChoice::Newest => !Store::new(&self.settings.snapshots).list()?.is_empty(),
        };
        if is_some && !self.way.target.fixtures {
            remark(&self.left_out());
        }
        Ok(())
    }

    /// An existing database keeps its rows. Whoever named a snapshot is told so; others where they want to know much.
    fn tell_of_kept_rows(&self, telling: &Telling) {
        let text = format!(
            "{} has migrations or tables, and keeps its rows; `pgassay snapshot load{}` replaces them",
            self.way.target.name,
            self.way.option()
        );
        match self.settings.seed {
            SeedChoice::File(_) if self.is_typed => remark(&text),
            SeedChoice::None => {}
            _ => telling.detail(&text),
        }
    }

    fn is_before(&self, session: &mut Connection, seed: &Seed) -> Result<bool, Error> {
        match self.set {
            Some(set) if self.settings.migrate_command.is_none() => {
                Ok(is_within(session, set, seed.place)?)
            }
            _ => Ok(true),
        }
    }

    fn too_late(&self, shown: &str, why: &str) -> Error {
        let option = self.way.option();
        format!(
            "the rows of {shown} were to be loaded into this database and are not, and {why}. `pgassay snapshot load{option} {shown}` loads \
             them as later migrations change them, `pgassay db reset{option}` makes the database anew, and `pgassay db up{option} --seed none` \
             goes on without them"
        )
        .into()
    }

    /// Loads the rows of the newest of the seeds, and notes that, and which fixtures scripts are in them. Returns what was
    /// chosen and why, and how long it took.
    pub(super) fn load(
        &self,
        session: &mut Connection,
        seeds: &Seeds,
    ) -> Result<Option<(String, Duration)>, Error> {
        let (Some(seed), Some(choice)) = (seeds.newest(), seeds.choice()) else {
            return Ok(None);
        };
        let began = Instant::now();
        // The session that has migrated gives up its lock when the server has seen that it ended.
        let patience = Options::default().wait.as_secs();
        session
            .execute(&format!(
                "BEGIN; SET LOCAL lock_timeout = '{patience}s'; SELECT pg_catalog.pg_advisory_xact_lock({LOCK}); SET LOCAL lock_timeout TO DEFAULT"
            ))
            .map_err(DatabaseError::query("begin to load rows, alone"))?;
        if !self.is_before(session, seed)? {
            return Err(self.too_late(&seed.shown, "the database was migrated meanwhile"));
        }
        seed.put(session)?;
        let mut notes = vec![
            Records::nothing_due(),
            Records::note(Kind::Seed, &seed.shown, &seed.hash, Some(began.elapsed())),
        ];
        let fixtures = seeds.fixtures().iter();
        notes.extend(
            fixtures.map(|it| Records::note(Kind::Fixtures, &it.script, &it.checksum, None)),
        );
        session
            .execute(&notes.join(";\n"))
            .map_err(failed(format!("note in {TABLE} what is loaded")))?;
        session
            .execute("COMMIT")
            .map_err(DatabaseError::query("commit the rows"))?;
        Ok(Some((choice, began.elapsed())))
    }
}

/// Forgets what was to be loaded.
fn forget(session: &mut Connection) -> Result<(), Error> {
    session
        .execute(&Records::nothing_due())
        .map_err(failed(format!(
            "note in {TABLE} that nothing is to be loaded"
        )))
}
