//! `pgassay test --find-dependency FILE`: on which earlier files a file lives, or which ones it fails after.

use std::cell::RefCell;
use std::io::{self, Write};
use std::path::Path;
use std::sync::mpsc;
use std::thread;

use super::groundwork::Groundwork;
use super::selection::Selection;
use super::{Error, Exit, print};
use crate::event::{Event, FileOutcome, Stop, Verdict};
use crate::project::TestFile;
use crate::run::{self, Conditions, Earlier, Ground, Probe, minimal};
use crate::settings::{Settings, Verbosity, shown};

/// How many events may wait to be told.
const EVENTS_WAITING: usize = 64;

/// What was found.
#[derive(Debug, PartialEq, Eq)]
enum Finding {
    /// It passes on its own, and after all others.
    Independent,
    /// It fails on its own, and after all others.
    FailsAnyway,
    /// It fails on its own, and for another reason after all others.
    FailsDifferently([String; 2]),
    /// It fails on its own, and passes after these.
    LivesOn(Vec<String>),
    /// It passes on its own, and fails after these.
    FailsAfter(Vec<String>),
    /// The same files gave different verdicts.
    Unsteady,
}

pub(super) fn run(settings: &Settings, selection: &Selection, file: &Path) -> Result<Exit, Error> {
    // Nothing is kept and nothing is written, whatever the settings file wants of ordinary runs.
    let settings = &Settings {
        keep_failed: false,
        archive: None,
        ..settings.clone()
    };
    let tests = &selection.project.tests;
    let Some(place) = tests.iter().position(|test| test.path == file) else {
        let file = shown(&settings.project_dir, file);
        super::complain(&format!(
            "{file} is none of the {} test files that were chosen; name it and those before it, or their directory, \
             behind the options",
            tests.len()
        ));
        return Ok(Exit::NoTests);
    };
    if let Some(pin) = &tests[place].pin {
        let (file, migration) = (&tests[place].shown, pin.migration());
        super::complain(&format!(
            "{file} lives on no other file: it is pinned to the migration `{migration}`, and has a database of that version to itself"
        ));
        return Ok(Exit::NoTests);
    }
    let earlier = tests[..place].iter().filter(|test| test.pin.is_none());
    let search = Search {
        file: &tests[place],
        earlier: earlier.collect(),
        is_quiet: settings.verbosity == Verbosity::Quiet,
    };
    let interruption = run::listen_for_interruption()?;
    let (events, inbox) = mpsc::sync_channel(EVENTS_WAITING);
    let finding = RefCell::new(None);
    let stopped = thread::scope(|scope| {
        scope.spawn(move || tell_remarks(&inbox));
        for remark in &selection.remarks {
            let _ = events.send(Event::Remark(remark.clone()));
        }
        let groundwork = Groundwork {
            settings,
            project: &selection.project,
            interruption: &interruption,
            events: &events,
            workers: 1,
        };
        let work = |ground: &Ground, conditions: &Conditions, _: Option<&Earlier<'_>>| {
            let found = Probe::start(ground, conditions, &events)
                .and_then(|mut probe| search.run(&mut probe));
            match found {
                Ok(found) => {
                    *finding.borrow_mut() = Some(found);
                    None
                }
                Err(stop) => Some(stop),
            }
        };
        let stopped =
            run::catch_bug(|| groundwork.run(&work)).unwrap_or_else(|text| Err(text.into()));
        drop(events);
        stopped
    });
    if interruption.is_set() {
        return Ok(Exit::Interrupted);
    }
    if let Some(Stop::Error(text)) = stopped? {
        return Err(text.into());
    }
    let Some(finding) = finding.into_inner() else {
        return Err("the search ended without a finding".into());
    };
    print(search.told(&finding).as_bytes())?;
    Ok(match finding {
        Finding::Independent => Exit::Success,
        _ => Exit::Failure,
    })
}

/// Remarks go to standard error, beside the finding.
fn tell_remarks(inbox: &mpsc::Receiver<Event>) {
    for event in inbox {
        if let Event::Remark(text) = event {
            let _ = writeln!(io::stderr().lock(), "note: {text}");
        }
    }
}

/// What is searched.
struct Search<'a> {
    file: &'a TestFile,
    earlier: Vec<&'a TestFile>,
    is_quiet: bool,
}

impl Search<'_> {
    fn run(&self, probe: &mut Probe<'_>) -> Result<Finding, Stop> {
        let (alone, why_alone) = self.came(probe, &[])?;
        if self.earlier.is_empty() {
            return Ok(if alone {
                Finding::Independent
            } else {
                Finding::FailsAnyway
            });
        }
        let (after_all, why_after_all) = self.came(probe, &self.earlier)?;
        match (alone, after_all) {
            (true, true) => return Ok(Finding::Independent),
            (false, false) if why_alone != why_after_all => {
                return Ok(Finding::FailsDifferently([why_alone, why_after_all]));
            }
            (false, false) => return Ok(Finding::FailsAnyway),
            _ => {}
        }
        let needed = minimal(&self.earlier, |part| {
            Ok(self.passes(probe, part)? == after_all)
        })?;
        let is_steady =
            self.passes(probe, &needed)? == after_all && self.passes(probe, &[])? == alone;
        let names = needed.iter().map(|file| file.shown.to_string()).collect();
        Ok(match (is_steady, after_all) {
            (false, _) => Finding::Unsteady,
            (true, true) => Finding::LivesOn(names),
            (true, false) => Finding::FailsAfter(names),
        })
    }

    /// Whether the file passes after these.
    fn passes(&self, probe: &mut Probe<'_>, earlier: &[&TestFile]) -> Result<bool, Stop> {
        Ok(self.came(probe, earlier)?.0)
    }

    /// Whether the file passes after these, and if not, why.
    fn came(&self, probe: &mut Probe<'_>, earlier: &[&TestFile]) -> Result<(bool, String), Stop> {
        let outcome = probe.run(earlier, self.file)?;
        let why = why(&outcome);
        if !self.is_quiet {
            let after = match earlier {
                [] => "on its own".to_owned(),
                [one] => format!("after {}", one.shown),
                several => format!("after {} files", several.len()),
            };
            let line = format!("{after}: {}{why}\n", outcome.verdict.word());
            // A reader that went away has seen enough; the finding still decides the exit code.
            let mut out = io::stdout().lock();
            let _ = out.write_all(line.as_bytes()).and_then(|()| out.flush());
        }
        let passes = matches!(outcome.verdict, Verdict::Passed | Verdict::Skipped);
        Ok((passes, why))
    }

    /// The finding in words.
    fn told(&self, finding: &Finding) -> String {
        let file = &self.file.shown;
        let before = self.earlier.len();
        match finding {
            Finding::Independent if before == 0 => {
                format!("{file} passes on its own, and no file runs before it.\n")
            }
            Finding::Independent => format!(
                "{file} passes on its own and after the {} before it: it lives on none of them.\n",
                count(before)
            ),
            Finding::FailsAnyway if before == 0 => {
                format!("{file} fails on its own, and no file runs before it.\n")
            }
            Finding::FailsAnyway => format!(
                "{file} fails on its own and after the {} before it: that is not a matter of order.\n",
                count(before)
            ),
            Finding::FailsDifferently([alone, after]) => format!(
                "{file} fails on its own and after the {} before it, for different reasons:\n  on its own{alone}\n  \
                 after them{after}\nPut right the first; what is left may be a matter of order.\n",
                count(before)
            ),
            Finding::LivesOn(names) => format!(
                "{file} lives on {}: it passes after {}, and fails on its own.\nLet it make what it needs itself, or \
                 put that into a fixture; or give them one database: `-- pgassay: group NAME` at the head of each.\n",
                names.join(" and "),
                it_or_them(names)
            ),
            Finding::FailsAfter(names) => format!(
                "{file} fails after {}, and passes on its own.\nWhat {} behind disturbs it. A database for each file \
                 (`--isolation copy`, the default, and no common group) keeps them apart.\n",
                names.join(" and "),
                if names.len() == 1 {
                    "that file leaves"
                } else {
                    "they leave"
                }
            ),
            Finding::Unsteady => format!(
                "{file} comes to different verdicts after the same files: it depends on something else, such as time \
                 or chance, and nothing can be said of the order.\n"
            ),
        }
    }
}

fn it_or_them(names: &[String]) -> &'static str {
    if names.len() == 1 { "it" } else { "them" }
}

fn count(files: usize) -> String {
    if files == 1 {
        "1 file".to_owned()
    } else {
        format!("{files} files")
    }
}

/// What went wrong, in a few words behind a colon.
fn why(outcome: &FileOutcome) -> String {
    if matches!(outcome.verdict, Verdict::Passed | Verdict::Skipped) {
        return String::new();
    }
    if let Some(reason) = outcome.reasons.first() {
        let place = reason.location.as_ref();
        let place = place.map_or_else(String::new, |place| format!("{place}: "));
        return format!(" ({place}{})", reason.headline());
    }
    match outcome.failed_assertions().next() {
        Some(assertion) => format!(
            " (not ok {} {})",
            assertion.number,
            assertion.description.lines().next().unwrap_or_default()
        ),
        None => String::new(),
    }
}
