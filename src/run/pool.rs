//! The pool: as many workers as were asked for, one queue of tasks, one channel of events.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use super::bug;
use super::conditions::Conditions;
use super::earlier::Earlier;
use super::ground::Ground;
use super::plot::Plot;
use super::queue::Queue;
use super::task::{Task, Turn};
use super::worker::Worker;
use crate::event::{Event, ReasonKind, Stop, Verdict};

/// What ends a run before its last file.
#[derive(Debug, Clone, Copy, Default)]
pub struct Limits {
    /// So many files that failed or are broken.
    pub fail_fast: Option<usize>,
}

/// Runs tasks side by side.
pub struct Pool<'r> {
    ground: &'r Ground,
    conditions: &'r Conditions,
    limits: Limits,
    earlier: Option<&'r Earlier<'r>>,
    state: State,
}

#[derive(Default)]
struct State {
    stopped: AtomicBool,
    reason: Mutex<Option<Stop>>,
    unsuccessful: AtomicUsize,
}

impl State {
    /// The first reason stays.
    fn stop(&self, reason: Stop) {
        self.stopped.store(true, Ordering::SeqCst);
        self.reason
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get_or_insert(reason);
    }
}

impl<'r> Pool<'r> {
    /// A pool for one run.
    pub fn new(ground: &'r Ground, conditions: &'r Conditions, limits: Limits) -> Self {
        Self {
            ground,
            conditions,
            limits,
            earlier: None,
            state: State::default(),
        }
    }

    /// A pool that can run files at earlier versions of the schema too.
    #[must_use]
    pub fn with_earlier(self, earlier: Option<&'r Earlier<'r>>) -> Self {
        Self { earlier, ..self }
    }

    /// Runs the tasks with so many workers, those at earlier versions of the schema behind the others and in the order of the
    /// versions, and those marked `serial` alone at the end; events go to `events`. Returns why it ended early, if it did.
    pub fn run(self, tasks: Vec<Task>, workers: usize, events: &SyncSender<Event>) -> Option<Stop> {
        let without_rows = self.earlier.and_then(|earlier| earlier.without_rows);
        let (pinned, newest): (Vec<Task>, Vec<Task>) = tasks.into_iter().partition(Task::is_pinned);
        let (across, behind): (Vec<Task>, Vec<Task>) = (pinned.into_iter())
            .partition(|task| without_rows.is_some() && task.version.is_across());
        let (mut parallel, mut serial) = (Vec::new(), Vec::new());
        for (mut tasks, earlier) in [
            (newest, None),
            (behind, self.earlier),
            (across, without_rows),
        ] {
            tasks.sort_by_key(|task| task.version.place());
            let (alone, others): (Vec<Task>, Vec<Task>) =
                tasks.into_iter().partition(Task::is_serial);
            parallel.push((others, earlier, workers));
            serial.push((alone, earlier, 1));
        }
        // Those that run alone come last.
        for (tasks, earlier, workers) in parallel.into_iter().chain(serial) {
            if !tasks.is_empty() && !self.is_over() {
                self.run_with(tasks, earlier, workers, events);
            }
        }
        if let Some(signal) = self.conditions.interruption.signal() {
            return Some(Stop::Interrupted(super::signal_name(signal)));
        }
        self.state
            .reason
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn is_over(&self) -> bool {
        self.state.stopped.load(Ordering::SeqCst) || self.conditions.interruption.is_set()
    }

    fn run_with(
        &self,
        tasks: Vec<Task>,
        earlier: Option<&'r Earlier<'r>>,
        workers: usize,
        events: &SyncSender<Event>,
    ) {
        let workers = workers.clamp(1, tasks.len());
        let first = tasks.iter().find_map(|task| task.version.place());
        let beginning = earlier.zip(first);
        let queue = Mutex::new(Queue::new(tasks, workers));
        thread::scope(|scope| {
            for index in 0..workers {
                let events = events.clone();
                let queue = &queue;
                scope.spawn(move || {
                    // A bug takes its worker, whose server stops on the way out, and no other.
                    if let Err(text) = bug::catch(|| self.work(index, beginning, queue, &events)) {
                        self.state.stop(Stop::Error(text));
                    }
                });
            }
        });
    }

    fn work(
        &self,
        index: usize,
        beginning: Option<(&'r Earlier<'r>, usize)>,
        queue: &Mutex<Queue>,
        events: &SyncSender<Event>,
    ) {
        let conditions = self.conditions;
        let plot = match beginning {
            Some((earlier, place)) => {
                Plot::take_earlier(self.ground, conditions, events, earlier, place)
            }
            None => Plot::take(self.ground, conditions, events),
        };
        let mut worker = match plot {
            Ok(plot) => Worker::new(index, plot, conditions, beginning.map(|it| it.0)),
            Err(error) => return self.state.stop(Stop::Error(error.to_string())),
        };
        while !self.is_over() {
            let taken = {
                let mut queue = queue.lock().unwrap_or_else(PoisonError::into_inner);
                queue.take(index)
            };
            let Some((task, others_wait)) = taken else {
                break;
            };
            worker.begin(&task.version);
            for (place, file) in task.files.iter().enumerate() {
                if self.is_over() {
                    break;
                }
                // A receiver that is gone has nobody left to tell; the files still get their turn.
                let started = Event::FileStarted {
                    file: Arc::clone(&file.shown),
                    worker: index,
                };
                let _ = events.send(started);
                let turn = Turn {
                    is_first: place == 0,
                    is_last: place + 1 == task.files.len(),
                    others_wait,
                };
                let (outcome, state) = worker.run(file, turn);
                self.look_at(&outcome);
                let _ = events.send(Event::FileFinished(Box::new(outcome)));
                if let Err(error) = state {
                    self.state.stop(Stop::Error(error.to_string()));
                }
            }
        }
    }

    fn look_at(&self, outcome: &crate::event::FileOutcome) {
        if outcome
            .reasons
            .iter()
            .any(|reason| reason.kind == ReasonKind::BailOut)
        {
            let reason = outcome.report.bail_out.as_ref().map(|it| it.reason.clone());
            self.state.stop(Stop::BailOut {
                file: Arc::clone(&outcome.file),
                reason: reason.unwrap_or_default(),
            });
        }
        if matches!(outcome.verdict, Verdict::Failed | Verdict::Broken) {
            let count = self.state.unsuccessful.fetch_add(1, Ordering::SeqCst) + 1;
            if self.limits.fail_fast.is_some_and(|limit| count >= limit) {
                self.state.stop(Stop::FailFast(count));
            }
        }
    }
}
