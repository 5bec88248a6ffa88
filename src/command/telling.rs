//! A run that is told while it happens: its events go to the reporters from a thread of their own, whatever becomes of it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, SyncSender};
use std::thread;
use std::time::Instant;

use super::Error;
use super::groundwork::Groundwork;
use super::reporters::{Reporters, Told};
use crate::event::{Event, Stop, Summary};
use crate::project::Project;
use crate::run;
use crate::session::Interruption;
use crate::settings::Settings;

/// How many events may wait for the reporters; whoever has more waits too, so that a slow reader of the output does not
/// fill memory with what files printed.
const EVENTS_WAITING: usize = 64;

/// A run that is told while it happens.
pub(super) struct Telling<'a> {
    pub(super) settings: &'a Settings,
    pub(super) project: &'a Project,
    /// How many workers there will be.
    pub(super) workers: usize,
    /// What is to be said first.
    pub(super) remarks: &'a [String],
    /// When the command was given.
    pub(super) began: Instant,
}

/// What a run is done with.
pub(super) struct Means<'a> {
    pub(super) groundwork: Groundwork<'a>,
    pub(super) interruption: &'a Interruption,
    pub(super) events: &'a SyncSender<Event>,
    /// How many files there are: those that do not finish have not run.
    pub(super) files: &'a AtomicUsize,
}

impl Telling<'_> {
    /// Does it, and tells of it; what came of it.
    ///
    /// # Errors
    /// Nothing can be told.
    pub(super) fn of(
        &self,
        work: impl FnOnce(&Means<'_>) -> Result<Option<Stop>, Error>,
    ) -> Result<Told, Error> {
        let interruption = run::listen_for_interruption()?;
        let reporters = Reporters::open(self.settings)?;
        let (events, inbox) = mpsc::sync_channel(EVENTS_WAITING);
        let files = AtomicUsize::new(self.project.tests.len());
        thread::scope(|scope| {
            let follower = scope.spawn(move || reporters.follow(&inbox));
            for remark in self.remarks {
                let _ = events.send(Event::Remark(remark.clone()));
            }
            let means = Means {
                groundwork: Groundwork {
                    settings: self.settings,
                    project: self.project,
                    interruption: &interruption,
                    events: &events,
                    workers: self.workers,
                },
                interruption: &interruption,
                events: &events,
                files: &files,
            };
            let stopped = run::catch_bug(|| work(&means))
                .unwrap_or_else(|text| Err(text.into()))
                .unwrap_or_else(|error| {
                    // What an interruption broke is the interruption's doing.
                    let signal = interruption.signal().map(run::signal_name);
                    Some(signal.map_or_else(|| Stop::Error(error.to_string()), Stop::Interrupted))
                });
            // `not_run` is what the reporters take the finished files from.
            let end = Summary {
                elapsed: self.began.elapsed(),
                stopped,
                not_run: files.load(Ordering::Relaxed),
                ..Summary::default()
            };
            let _ = events.send(Event::RunFinished(end));
            drop(events);
            follower
                .join()
                .map_err(|_| Error::from("the reporters' thread panicked"))
        })
    }
}
