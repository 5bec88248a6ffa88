//! The reporters of a run: each is told every event, and one that fails does not stop the others.

use std::fmt;
use std::fs;
use std::io::{self, BufWriter, IsTerminal};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc::Receiver;

use tempfile::NamedTempFile;

use super::Error;
use crate::event::{Event, Summary};
use crate::report::tap_stream::TapVersion;
use crate::report::{Console, ConsoleOptions, Json, Junit, Reporter, TapStream};
use crate::settings::{Color, Format, Settings, Verbosity};

/// All reporters of a run.
pub(super) struct Reporters {
    main: Option<Box<dyn Reporter + Send>>,
    junit: Option<JunitFile>,
    failures: Vec<String>,
}

/// JUnit goes into a file beside its target, which it replaces when it is whole.
struct JunitFile {
    target: PathBuf,
    reporter: Junit<BufWriter<NamedTempFile>>,
}

impl Reporters {
    /// Opens what the settings ask for.
    ///
    /// # Errors
    /// When the JUnit file cannot be written: better before the tests than after them.
    pub(super) fn open(settings: &Settings) -> Result<Self, Error> {
        let out = io::stdout();
        let is_terminal = out.is_terminal();
        let color = match settings.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => is_terminal,
        };
        let main: Box<dyn Reporter + Send> = match settings.format {
            Format::Console => Box::new(Console::new(
                out,
                ConsoleOptions {
                    color,
                    verbosity: settings.verbosity,
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
        Ok(Self {
            main: Some(main),
            junit,
            failures: Vec::new(),
        })
    }

    /// Tells all events until the last sender is gone; returns the sum and what could not be written.
    pub(super) fn follow(mut self, events: &Receiver<Event>) -> (Summary, Vec<String>) {
        let mut sum = Summary::default();
        for mut event in events {
            match &mut event {
                Event::FileFinished(outcome) => sum.add(outcome),
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
        (sum, self.failures)
    }

    fn tell(&mut self, event: &Event) {
        if let Some(reporter) = &mut self.main
            && let Err(error) = reporter.event(event)
        {
            self.drop_main(&error);
        }
        if let Some(junit) = &mut self.junit
            && let Err(error) = junit.reporter.event(event)
        {
            self.failures.push(complaint(&junit.target, &error));
            self.junit = None;
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

impl JunitFile {
    fn create(target: &Path) -> Result<Self, Error> {
        let parent = target
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty());
        let directory = parent.unwrap_or(Path::new("."));
        let file = fs::create_dir_all(directory)
            .and_then(|()| {
                tempfile::Builder::new()
                    .prefix(".pgassay-junit-")
                    // Temporary files are private; a report is as readable as any file, by the umask.
                    .permissions(fs::Permissions::from_mode(0o666))
                    .tempfile_in(directory)
            })
            .map_err(|error| complaint(target, &error))?;
        // Renaming over it would fail after the tests.
        if target.is_dir() {
            return Err(complaint(target, &"it is a directory").into());
        }
        Ok(Self {
            target: target.to_owned(),
            reporter: Junit::new(BufWriter::new(file)),
        })
    }

    fn persist(mut self) -> Result<(), String> {
        if let Err(error) = self.reporter.finish() {
            return Err(complaint(&self.target, &error));
        }
        let target = self.target;
        let file = self
            .reporter
            .into_writer()
            .into_inner()
            .map_err(|error| complaint(&target, &error))?;
        if let Ok(old) = fs::metadata(&target) {
            file.as_file()
                .set_permissions(old.permissions())
                .map_err(|error| complaint(&target, &error))?;
        }
        file.persist(&target)
            .map(drop)
            .map_err(|error| complaint(&target, &error.error))
    }
}

fn complaint(target: &Path, error: &dyn fmt::Display) -> String {
    format!(
        "cannot write JUnit to {}: {error}; name a file in a directory that can be written to",
        target.display()
    )
}
