//! `pgassay test`: the main job.

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Instant;

use super::groundwork::Groundwork;
use super::junit_file::JunitFile;
use super::reporters::{Reporters, Told};
use super::saved::StateFile;
use super::selection::Selection;
use super::{Error, Exit, find_dependency, functions, print};
use crate::cli::{GlobalArgs, TestArgs};
use crate::event::{Event, RunStart, Stop, Summary};
use crate::project::Project;
use crate::run::{self, Conditions, Ground, Limits, Pool, Task};
use crate::settings::{Environment, Settings};

/// How many events may wait for the reporters; whoever has more waits too, so that a slow reader of the output does not
/// fill memory with what files printed.
const EVENTS_WAITING: usize = 64;

pub(super) fn run(
    global: &GlobalArgs,
    arguments: &TestArgs,
    environment: &Environment,
) -> Result<Exit, Error> {
    let began = Instant::now();
    let settings = Settings::resolve(global, arguments, environment)?;
    let exit = run_with(&settings, arguments, began);
    // A report of an earlier run must not be taken for this one's, where this one has none.
    if matches!(exit, Err(_) | Ok(Exit::NoTests))
        && !arguments.list
        && arguments.find_dependency.is_none()
        && let Some(path) = &settings.junit
    {
        JunitFile::create(path)?.persist()?;
    }
    exit
}

fn run_with(settings: &Settings, arguments: &TestArgs, began: Instant) -> Result<Exit, Error> {
    let state = StateFile::read(settings);
    let selection = match Selection::make(settings, arguments, state.as_ref())? {
        Ok(selection) => selection,
        Err(text) => {
            super::complain(&text);
            return Ok(Exit::NoTests);
        }
    };
    if arguments.list {
        return list(&selection.project);
    }
    if let Some(file) = &settings.find_dependency {
        return find_dependency::run(settings, &selection, file);
    }
    let told = play(settings, &selection, began)?;
    let mut failures = told.failures;
    if let Some(state) = state.filter(|_| settings.functions.is_none()) {
        if settings.state.save {
            let saved = state.save(
                &settings.project_dir,
                &selection.project.tests,
                &told.results,
            );
            failures.extend(saved.err());
        } else {
            state.remember_times(&settings.project_dir, &told.results);
        }
    }
    for failure in &failures {
        super::complain(failure);
    }
    Ok(match &told.summary.stopped {
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
        _ if told.summary.is_green() => Exit::Success,
        _ => Exit::Failure,
    })
}

/// Runs the files and tells of it.
fn play(settings: &Settings, selection: &Selection, began: Instant) -> Result<Told, Error> {
    let interruption = run::listen_for_interruption()?;
    let reporters = Reporters::open(settings)?;
    let (events, inbox) = mpsc::sync_channel(EVENTS_WAITING);
    let files = AtomicUsize::new(selection.project.tests.len());
    let workers = workers(settings, selection);
    thread::scope(|scope| {
        let follower = scope.spawn(move || reporters.follow(&inbox));
        for remark in &selection.remarks {
            let _ = events.send(Event::Remark(remark.clone()));
        }
        let groundwork = Groundwork {
            settings,
            project: &selection.project,
            interruption: &interruption,
            events: &events,
            workers,
        };
        let work = |ground: &Ground, conditions: &Conditions| {
            let tasks = match functions::find(settings, ground, conditions, &events) {
                Ok(Some(functions)) => functions.into_iter().map(Task::alone).collect(),
                Ok(None) => selection.tasks(),
                Err(stop) => return Some(stop),
            };
            let number = tasks.iter().map(|task| task.files.len()).sum();
            files.store(number, Ordering::Relaxed);
            let workers = workers.min(tasks.len());
            let _ = events.send(Event::RunStarted(RunStart {
                files: number,
                workers,
                server: conditions.template.server.clone(),
                pgtap: conditions.template.pgtap.clone(),
                seed: settings.shuffle,
            }));
            let limits = Limits {
                fail_fast: settings.fail_fast,
            };
            Pool::new(ground, conditions, limits).run(tasks, workers, &events)
        };
        let stopped = run::catch_bug(|| groundwork.run(&work))
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
    })
}

fn workers(settings: &Settings, selection: &Selection) -> usize {
    let processors = || thread::available_parallelism().map_or(1, NonZero::get);
    let most = match &settings.functions {
        // How many functions there are shows later.
        Some(functions) if functions.split => usize::MAX,
        _ => selection.task_count().max(1),
    };
    settings.jobs.unwrap_or_else(processors).clamp(1, most)
}

fn list(project: &Project) -> Result<Exit, Error> {
    let mut text = String::new();
    for test in &project.tests {
        text.push_str(&test.shown);
        text.push('\n');
    }
    print(text.as_bytes())
}
