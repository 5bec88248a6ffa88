//! The steps of a schema: each migration, one after the other, tried on rows that exist.

mod told;
mod trail;

use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::time::{Duration, Instant, SystemTime};

use super::ground::Ground;
use super::signal_name;
use crate::database::{Ends, Likeness, Versions};
use crate::event::{Event, FileOutcome, Loss, RunStart, Stage, Stop, TableChange, Trial, Unit};
use crate::migration::{Migration, MigrationScript};
use crate::session::Interruption;
use told::Case;
use trail::Trail;

/// What is tried of each migration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StepOptions {
    /// Whether it is taken back and applied again, where it has a script for that.
    pub round_trip: bool,
    /// Whether it was asked for to do without snapshots.
    pub without_snapshots: bool,
}

/// The steps of a schema.
pub struct Steps<'r> {
    /// Where the database is made; a cluster of the tool's own has roles, and the database without migrations.
    pub ground: &'r Ground,
    /// What brings it from one version to the next.
    pub versions: &'r Versions,
    /// What it is called on a cluster of the tool's own.
    pub database_name: &'r str,
    /// What interrupts the run.
    pub interruption: &'r Interruption,
    /// What is tried.
    pub options: StepOptions,
    /// Where all of it is told.
    pub events: &'r SyncSender<Event>,
}

/// What came of one step.
struct Tried {
    /// What is to be told as assertions.
    cases: Vec<Case>,
    changes: Vec<TableChange>,
    losses: Vec<Loss>,
    /// The rows that the database has got behind it.
    seeded: Option<Stage>,
    /// How long the scripts of the migration took.
    elapsed: Duration,
}

impl Steps<'_> {
    /// Tries them all; an outcome goes to the events for each. Returns why it ended early, if it did.
    pub fn run(&self) -> Option<Stop> {
        let stopped = self.go().err().map(Stop::Error);
        let signal = self.interruption.signal();
        signal.map(signal_name).map(Stop::Interrupted).or(stopped)
    }

    fn go(&self) -> Result<(), String> {
        let migrations = &self.versions.set.migrations;
        let trail = Trail::begin(self)?;
        let _ = self.events.send(Event::RunStarted(RunStart {
            files: migrations.len(),
            unit: Unit::Migration,
            workers: 1,
            server: trail.server_in_words(),
            pgtap: "no pgTAP".into(),
            seed: None,
        }));
        if self.versions.seeds.is_empty() && !self.options.without_snapshots {
            let _ = self.events.send(Event::Remark(
                "no snapshot fits, so each migration meets only the rows that those before it have made; `pgassay snapshot save` \
                 makes one"
                    .into(),
            ));
        }
        let mut trail = Some(trail);
        // The last migration that failed, which is in the way of those behind it.
        let mut failed: Option<&Migration> = None;
        for (place, migration) in migrations.iter().enumerate() {
            if self.interruption.is_set() {
                return Ok(());
            }
            if trail.is_none() && self.versions.seed_at(place).is_some() {
                // What fails without rows too was told, and is still in the way.
                if let Some(mut anew) = Trail::begin_behind(self, place)? {
                    self.tell_of_rows(load_seed(&mut anew, place)?);
                    trail = Some(anew);
                }
            }
            let Some(on) = &mut trail else {
                let in_the_way = failed.map(|it| Arc::clone(&it.script.shown));
                self.tell(told::not_tried(migration, in_the_way.as_deref()));
                continue;
            };
            let began = (Instant::now(), SystemTime::now());
            let _ = self.events.send(Event::FileStarted {
                file: Arc::clone(&migration.script.shown),
                worker: 0,
            });
            let snapshot = on.snapshot().map(str::to_owned);
            let tried = self.step(on, place, migration)?;
            let (elapsed, seeded) = (tried.elapsed, tried.seeded);
            let mut outcome = told::outcome(migration, tried.cases, elapsed);
            outcome.started_at = began.1;
            outcome.trial = Some(Box::new(Trial {
                version: migration.version.clone(),
                snapshot,
                changes: tried.changes,
                losses: tried.losses,
                besides: began.0.elapsed().saturating_sub(elapsed),
            }));
            if !on.is_sound() {
                failed = Some(migration);
                trail = None;
            }
            self.tell(outcome);
            self.tell_of_rows(seeded);
        }
        Ok(())
    }

    fn tell(&self, outcome: FileOutcome) {
        let _ = self.events.send(Event::FileFinished(Box::new(outcome)));
    }

    fn tell_of_rows(&self, seeded: Option<Stage>) {
        if let Some(stage) = seeded {
            let _ = self.events.send(Event::Prepared(stage));
        }
    }

    /// Tries one migration, and leaves the database behind it, with the rows of a snapshot that was saved there.
    fn step(
        &self,
        trail: &mut Trail<'_>,
        place: usize,
        migration: &Migration,
    ) -> Result<Tried, String> {
        let before = match (self.options.round_trip, &migration.down) {
            (true, Some(_)) => Some(trail.likeness()?),
            _ => None,
        };
        let mut up = trail.apply(place);
        let mut tried = Tried {
            changes: std::mem::take(&mut up.changes),
            losses: Vec::new(),
            seeded: None,
            elapsed: up.elapsed,
            cases: vec![Case::applied(migration, up)],
        };
        if !trail.is_sound() {
            return Ok(tried);
        }
        trail.count_rows(&mut tried.changes)?;
        let seeded = load_seed(trail, place + 1)?;
        let is_seeded = seeded.is_some();
        tried.seeded = seeded;
        if self.options.round_trip {
            match (before, &migration.down) {
                (Some(before), Some(down)) => {
                    let ways = (migration, down);
                    take_back(trail, place, ways, (&before, !is_seeded), &mut tried)?;
                }
                _ => tried.cases.push(Case::no_way_back()),
            }
        }
        Ok(tried)
    }
}

/// Puts the rows of the snapshot there that was saved at this place. Returns what is to be told of it, if there is one.
fn load_seed(trail: &mut Trail<'_>, place: usize) -> Result<Option<Stage>, String> {
    let begin = Instant::now();
    let seed = trail.load_seed(place)?;
    Ok(seed.map(|seed| Stage {
        what: format!("the rows of {}", seed.shown),
        elapsed: begin.elapsed(),
    }))
}

/// Takes a migration back by its down script and applies it again: in a transaction that is rolled back where that can tell what
/// comes of it, else while a copy of the database behind it waits. `before` is what the database was like before it, and whether
/// its rows are to be compared too.
fn take_back(
    trail: &mut Trail<'_>,
    place: usize,
    (migration, down): (&Migration, &MigrationScript),
    (before, with_rows): (&Likeness, bool),
    tried: &mut Tried,
) -> Result<(), String> {
    let behind = trail.likeness()?;
    let ends = Ends {
        before,
        with_rows,
        behind: &behind,
    };
    let trip = match trail.rehearse((migration, down), ends)? {
        Some(trip) => trip,
        None => trail.there_and_back(place, (migration, down), &ends)?,
    };
    tried.elapsed += trip.elapsed();
    tried.losses.clone_from(&trip.losses);
    let cases = Case::round_trip(migration, down, trip, trail.ground());
    tried.cases.extend(cases);
    Ok(())
}
