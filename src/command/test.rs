//! `pgassay test`: the main job.

use std::io::{self, IsTerminal};
use std::num::NonZero;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use super::followed::followed;
use super::junit_file::JunitFile;
use super::last_coverage::LastCoverage;
use super::located::locate;
use super::reckoning::{Reckoning, text_options};
use super::reporters::Told;
use super::saved::StateFile;
use super::selection::Selection;
use super::telling::Telling;
use super::{Error, Exit, find_dependency, functions, git, print, steps};
use crate::cli::{CoverageFormat, GlobalArgs, TestArgs};
use crate::coverage::{Account, CoverageReport, Measure, REPORT_FORMAT, Sources};
use crate::database::Probed;
use crate::event::{Event, RunStart, Stop, Summary, Unit};
use crate::project::Project;
use crate::run::{Conditions, Earlier, Ground, Limits, Pool, Task};
use crate::settings::{Environment, Format, ServerSettings, Settings, Verbosity, shown};

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
    if let Some(steps) = settings.steps {
        return steps::run(settings, steps, began);
    }
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
    let (told, coverage) = play(settings, &selection, began)?;
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
    // What an interrupted run saw says nothing of the tests.
    let is_whole = told.summary.stopped.is_none();
    let is_covered = match coverage.filter(|_| is_whole) {
        Some(mut coverage) => {
            coverage.failed = told.summary.failed + told.summary.broken;
            let is_asked = !coverage.is_part || arguments.since.is_some();
            tell_coverage(settings, &coverage, is_asked, &mut failures)?
        }
        None => true,
    };
    if settings.coverage.measure && !is_whole {
        super::remark(
            "this run did not come to its end, so its coverage is not kept; what `pgassay coverage` shows is an earlier run's",
        );
    }
    Ok(exit(&told.summary, &failures, is_covered))
}

/// Tells what is to be told behind a run, and what its exit code is.
pub(super) fn exit(summary: &Summary, failures: &[String], is_covered: bool) -> Exit {
    for failure in failures {
        super::complain(failure);
    }
    match &summary.stopped {
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
        _ if summary.is_green() && !is_covered => Exit::Threshold,
        _ if summary.is_green() => Exit::Success,
        _ => Exit::Failure,
    }
}

/// Keeps what was measured, prints it where people read what is printed, and tells what falls short. Returns whether nothing
/// does.
fn tell_coverage(
    settings: &Settings,
    report: &CoverageReport,
    is_asked: bool,
    failures: &mut Vec<String>,
) -> Result<bool, Error> {
    let account = Account::new(report, &settings.coverage.exclusions);
    let profile = settings.profile.as_deref();
    let last = LastCoverage::of(&settings.cache_dir, &settings.project_dir, profile);
    let earlier = match last.keep(report, account.totals(report.commit.clone())) {
        Ok(earlier) => earlier,
        Err(error) => {
            failures.push(error);
            Vec::new()
        }
    };
    let reckoning = Reckoning {
        report,
        settings: &settings.coverage,
        project_dir: &settings.project_dir,
        earlier: &earlier,
    };
    let findings = reckoning.findings(&account, is_asked, failures);
    if settings.format == Format::Console && settings.verbosity >= Verbosity::Normal {
        let color = settings.color.is_on(io::stdout().is_terminal());
        let format = CoverageFormat::Text;
        let text = reckoning.written(&account, &findings, format, text_options(color))?;
        if let Err(error) = print(format!("\n{text}").as_bytes()) {
            failures.push(error.to_string());
        }
    } else {
        for note in &findings.notes {
            super::remark(note);
        }
        for complaint in &findings.complaints {
            super::complain(&complaint.what);
        }
    }
    Ok(findings.complaints.is_empty())
}

/// Runs the files and tells of it. Returns what came of it, and of the schema, where that is measured.
fn play(
    settings: &Settings,
    selection: &Selection,
    began: Instant,
) -> Result<(Told, Option<CoverageReport>), Error> {
    let started_at = SystemTime::now();
    let measured = OnceLock::new();
    let workers = workers(settings, selection);
    let telling = Telling {
        settings,
        project: &selection.project,
        workers,
        remarks: &selection.remarks,
        began,
    };
    let told = telling.of(|means| {
        let events = means.events;
        let work = |ground: &Ground, conditions: &Conditions, earlier: Option<&Earlier<'_>>| {
            let tasks = match functions::find(settings, ground, conditions, events) {
                Ok(Some(functions)) => functions.into_iter().map(Task::alone).collect(),
                Ok(None) => selection.tasks(),
                Err(stop) => return Some(stop),
            };
            let number = tasks.iter().map(|task| task.files.len()).sum();
            means.files.store(number, Ordering::Relaxed);
            let workers = workers.min(tasks.len());
            let _ = events.send(Event::RunStarted(RunStart {
                files: number,
                unit: Unit::File,
                workers,
                server: conditions.template.server.clone(),
                pgtap: conditions.template.pgtap.clone(),
                seed: settings.shuffle,
            }));
            let limits = Limits {
                fail_fast: settings.fail_fast,
            };
            let pool = Pool::new(ground, conditions, limits).with_earlier(earlier);
            let stopped = pool.run(tasks, workers, events);
            let template = &conditions.template;
            if let (Some(touched), Some(probed)) = (&conditions.touched, &template.probed) {
                let mut measure = Measure::new(&probed.catalog, &probed.logic);
                for (touch, place) in touched.take() {
                    measure.take(&touch, &place);
                }
                let sources = sources(settings, probed);
                let mut unseen: Vec<String> = probed.unseen.clone();
                unseen.extend(measure.unseen());
                let mut objects = measure.objects();
                match followed(&sources, &settings.project_dir) {
                    Ok(scripts) => locate(&mut objects, &probed.changes, &scripts),
                    Err(error) => unseen.push(format!("where functions stand in scripts: {error}")),
                }
                let _ = measured.set(CoverageReport {
                    format: REPORT_FORMAT,
                    runs: [format!("{:016x}", fastrand::u64(..))].into(),
                    server: template.server.clone(),
                    commit: git::commit(&settings.project_dir),
                    is_part: selection.is_part,
                    began: started_at
                        .duration_since(UNIX_EPOCH)
                        .map_or(0, |since| since.as_secs()),
                    files: number,
                    // Whoever follows the run knows later.
                    failed: 0,
                    sources,
                    unseen,
                    objects,
                });
            }
            stopped
        };
        means.groundwork.run(&work)
    })?;
    Ok((told, measured.into_inner()))
}

/// The scripts that made the template, and where new ones would lie.
fn sources(settings: &Settings, probed: &Probed) -> Sources {
    let shown = |path: &PathBuf| shown(&settings.project_dir, path);
    let roles = settings.roles.as_ref().filter(|_| match settings.server {
        ServerSettings::Throwaway { .. } => true,
        ServerSettings::Url { apply_roles, .. } => apply_roles,
    });
    let migrations = settings.migrations.iter();
    Sources {
        migrations: migrations
            .filter(|_| settings.migrate_command.is_none())
            .map(shown)
            .collect(),
        layout: settings.layout.map(|layout| layout.word.to_owned()),
        others: roles
            .into_iter()
            .chain(&settings.fixtures)
            .map(shown)
            .collect(),
        files: probed.scripts.clone(),
    }
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
