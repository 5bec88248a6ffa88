//! The reporters of a run: each is told every event, and one that fails does not stop the others.

use std::io::{self, IsTerminal};
use std::sync::mpsc::Receiver;

use super::Error;
use super::archive::Archive;
use super::junit_file::JunitFile;
use super::saved::result_of;
use crate::event::{Event, Summary};
use crate::project::FileResult;
use crate::report::tap_stream::TapVersion;
use crate::report::{Console, ConsoleOptions, Json, Reporter, TapStream};
use crate::settings::{Format, Settings, Verbosity};

/// All reporters of a run.
pub(super) struct Reporters {
    main: Option<Box<dyn Reporter + Send>>,
    junit: Option<JunitFile>,
    archive: Option<Archive>,
    failures: Vec<String>,
}

/// What came of a run, once all is told.
pub(super) struct Told {
    /// The sum.
    pub(super) summary: Summary,
    /// What each file came to, in the order in which they ended.
    pub(super) results: Vec<FileResult>,
    /// What could not be written.
    pub(super) failures: Vec<String>,
}

impl Reporters {
    /// Opens what the settings ask for.
    ///
    /// # Errors
    /// When the JUnit file cannot be written: better before the tests than after them.
    pub(super) fn open(settings: &Settings) -> Result<Self, Error> {
        let out = io::stdout();
        let is_terminal = out.is_terminal();
        let color = settings.color.is_on(is_terminal);
        let main: Box<dyn Reporter + Send> = match settings.format {
            Format::Console => Box::new(Console::new(
                out,
                ConsoleOptions {
                    color,
                    verbosity: settings.verbosity,
                    comments: settings.comments,
                    directives: settings.directives,
                    progress: is_terminal && settings.verbosity >= Verbosity::Normal,
                },
            )),
            Format::Json => Box::new(Json::new(out)),
            Format::Tap => Box::new(TapStream::new(out, tap_version())),
        };
        let junit = match &settings.junit {
            Some(target) => Some(JunitFile::create(target)?),
            None => None,
        };
        let archive = settings
            .archive
            .as_deref()
            .map(Archive::create)
            .transpose()?;
        Ok(Self {
            main: Some(main),
            junit,
            archive,
            failures: Vec::new(),
        })
    }

    /// Tells all events until the last sender is gone; returns what came of it.
    pub(super) fn follow(mut self, events: &Receiver<Event>) -> Told {
        let mut sum = Summary::default();
        let mut results = Vec::new();
        for mut event in events {
            match &mut event {
                Event::FileFinished(outcome) => {
                    sum.add(outcome);
                    results.push(result_of(outcome));
                }
                Event::RunFinished(summary) => {
                    // Whoever ends the run knows why and when; the figures are counted here.
                    sum.elapsed = summary.elapsed;
                    sum.stopped = summary.stopped.take();
                    sum.not_run = summary.not_run.saturating_sub(sum.files());
                    *summary = sum.clone();
                }
                _ => {}
            }
            self.tell(&event);
        }
        self.finish();
        Told {
            summary: sum,
            results,
            failures: self.failures,
        }
    }

    fn tell(&mut self, event: &Event) {
        if let Some(reporter) = &mut self.main
            && let Err(error) = reporter.event(event)
        {
            self.drop_main(&error);
        }
        if let Some(junit) = &mut self.junit
            && let Err(error) = junit.event(event)
        {
            self.failures.push(junit.complaint(&error));
            self.junit = None;
        }
        if let (Some(archive), Event::FileFinished(outcome)) = (&mut self.archive, event)
            && let Err(complaint) = archive.add(outcome)
        {
            self.failures.push(complaint);
            self.archive = None;
        }
    }

    fn finish(&mut self) {
        if let Some(reporter) = &mut self.main
            && let Err(error) = reporter.finish()
        {
            self.drop_main(&error);
        }
        if let Some(junit) = self.junit.take()
            && let Err(complaint) = junit.persist()
        {
            self.failures.push(complaint);
        }
        if let Some(archive) = self.archive.take()
            && let Err(complaint) = archive.persist()
        {
            self.failures.push(complaint);
        }
    }

    /// A broken pipe is no error: somebody has seen enough. The tests and JUnit go on.
    fn drop_main(&mut self, error: &io::Error) {
        if error.kind() != io::ErrorKind::BrokenPipe {
            self.failures
                .push(format!("cannot write to standard output: {error}"));
        }
        self.main = None;
    }
}

/// The version of TAP that the reader wants: `prove` says it to what it runs.
fn tap_version() -> TapVersion {
    TapVersion::for_reader(std::env::var("TAP_VERSION").ok().as_deref())
}
