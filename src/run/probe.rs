//! A probe runs files in one database, one after the other, to see what the last of them comes to.

use std::sync::mpsc::SyncSender;

use super::conditions::Conditions;
use super::ground::Ground;
use super::plot::Plot;
use super::signal_name;
use super::task::Turn;
use super::worker::Worker;
use crate::event::{Event, FileOutcome, Stop};
use crate::project::TestFile;

/// A worker for such runs.
pub struct Probe<'r> {
    worker: Worker<'r>,
    conditions: &'r Conditions,
}

impl<'r> Probe<'r> {
    /// Starts it. Only remarks come as events.
    ///
    /// # Errors
    /// That no server can be had.
    pub fn start(
        ground: &'r Ground,
        conditions: &'r Conditions,
        events: &'r SyncSender<Event>,
    ) -> Result<Self, Stop> {
        let plot = Plot::take(ground, conditions, events);
        let plot = plot.map_err(|error| Stop::Error(error.to_string()))?;
        Ok(Self {
            worker: Worker::new(0, plot, conditions, None),
            conditions,
        })
    }

    /// Runs `earlier` and then `file` in a fresh database.
    ///
    /// # Errors
    /// That the run was interrupted or cannot go on.
    pub fn run(&mut self, earlier: &[&TestFile], file: &TestFile) -> Result<FileOutcome, Stop> {
        for (place, one) in earlier.iter().enumerate() {
            let turn = Turn {
                is_first: place == 0,
                is_last: false,
                others_wait: false,
            };
            self.turn(one, turn)?;
        }
        let turn = Turn {
            is_first: earlier.is_empty(),
            is_last: true,
            others_wait: false,
        };
        self.turn(file, turn)
    }

    fn turn(&mut self, file: &TestFile, turn: Turn) -> Result<FileOutcome, Stop> {
        let (outcome, state) = self.worker.run(file, turn);
        if let Some(signal) = self.conditions.interruption.signal() {
            return Err(Stop::Interrupted(signal_name(signal)));
        }
        state.map_err(|error| Stop::Error(error.to_string()))?;
        Ok(outcome)
    }
}
