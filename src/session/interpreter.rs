//! Runs a script on a connection, with psql's meaning.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::extended::Sending;
use super::extension::Pgtap;
use super::frame::Frame;
use super::inputs::Inputs;
use super::ledger::Ledger;
use super::login::Login;
use super::message::own_error;
use super::metacommand::{CommandResult, Trouble};
use super::print::PrintOptions;
use super::redirect::Redirect;
use super::shell::{Place, Shell};
use super::sink::Sink;
use super::variables::{Echo, VariableStore};
use super::watch::Ended;
use super::wire::Connection;
use crate::script::{self, Fragment, Location, Scan, ScriptError};

/// How deep scripts may include one another.
const INCLUDE_DEPTH: usize = 64;

/// What scripts may use besides the connection.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// Where `\i` and the files of `\copy` start from.
    pub working_dir: PathBuf,
    /// The directories below which scripts may write (`\o`, `\copy … to`).
    pub writable: Vec<PathBuf>,
    /// Paths below it are shown relative to it.
    pub project_dir: PathBuf,
    /// pgTAP, to stand in for `CREATE EXTENSION pgtap`; none leaves that to the server.
    pub pgtap: Option<Arc<Pgtap>>,
    /// Where it is recorded what scripts read, where somebody wants to know.
    pub inputs: Option<Arc<Inputs>>,
    /// Who runs shell commands for scripts; nobody refuses them.
    pub shell: Option<Arc<dyn Shell>>,
}

impl Surroundings {
    /// A path as people are shown it: relative to the project where it lies below it.
    pub fn shown(&self, path: &Path) -> Arc<str> {
        path.strip_prefix(&self.project_dir)
            .unwrap_or(path)
            .to_string_lossy()
            .into()
    }
}

/// A script that was read and decoded.
#[derive(Debug, Clone)]
pub struct ScriptText {
    /// Its path.
    pub path: PathBuf,
    /// How it is shown.
    pub shown: Arc<str>,
    /// Its text.
    pub text: Arc<str>,
}

impl ScriptText {
    /// Reads and decodes a script.
    ///
    /// # Errors
    /// What is wrong with the file, with its place.
    pub fn read(path: &Path, shown: Arc<str>) -> Result<Self, Failure> {
        Self::read_for(path, shown, None)
    }

    /// As [`read`](Self::read); what was read is recorded where somebody wants to know.
    ///
    /// # Errors
    /// As of [`read`](Self::read).
    pub fn read_for(
        path: &Path,
        shown: Arc<str>,
        inputs: Option<&Inputs>,
    ) -> Result<Self, Failure> {
        let at_start = Location::new(Arc::clone(&shown), 1, 1);
        let bytes = fs::read(path);
        if let Some(inputs) = inputs {
            inputs.read(path, &shown, bytes.as_deref().ok());
        }
        let bytes = bytes.map_err(|error| Failure {
            kind: FailureKind::Script,
            text: unreadable(path, &error),
            location: Some(at_start),
        })?;
        match script::decode(&shown, bytes) {
            Ok(text) => Ok(Self {
                path: path.to_owned(),
                shown,
                text: text.into(),
            }),
            Err(error) => Err(script_failure(&error)),
        }
    }
}

/// Why a file cannot be read, in words.
fn unreadable(path: &Path, error: &io::Error) -> String {
    match fs::read_link(path) {
        Ok(target) if error.kind() == io::ErrorKind::NotFound => format!(
            "cannot read it: it is a symbolic link to {}, which does not exist",
            target.display()
        ),
        _ => format!("cannot read {}: {error}", path.display()),
    }
}

/// Why a script did not run to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Of which kind.
    pub kind: FailureKind,
    /// In words, without the place.
    pub text: String,
    /// Where it shows.
    pub location: Option<Location>,
}

/// The kinds of failures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureKind {
    /// A statement failed; the sink has the error.
    Sql,
    /// A backslash command failed or is not supported.
    Command,
    /// The text cannot be read.
    Script,
    /// The deadline passed.
    Timeout,
    /// The run was interrupted.
    Interrupted,
    /// The connection was lost.
    ConnectionLost,
}

/// Runs scripts on one connection, one after the other, with one set of variables.
pub struct Interpreter<'a> {
    pub(super) connection: &'a mut Connection,
    pub(super) sink: &'a mut dyn Sink,
    pub(super) surroundings: &'a Surroundings,
    /// psql's variables.
    pub variables: VariableStore,
    pub(super) print: PrintOptions,
    /// Where files and programs start from.
    pub(super) place: Place,
    pub(super) redirect: Option<Redirect>,
    pub(super) restricted: Option<String>,
    pub(super) last_error: Option<crate::event::ServerMessage>,
    /// How the next statement is sent.
    pub(super) sending: Sending,
    /// How `\c` opens a session; none refuses it.
    pub login: Option<Login>,
    includes: Vec<PathBuf>,
    /// For each file that is open, whether an error in its line at hand stops it.
    stops: Vec<bool>,
    /// Whether it was an error and `ON_ERROR_STOP` that stopped a file.
    pub(super) error_stopped: bool,
    /// Where the rows of the statement at hand go (`\g FILE`).
    pub(super) rows_target: Option<Redirect>,
    /// Who keeps account of how far a script has come, if somebody does.
    pub ledger: Option<&'a mut dyn Ledger>,
}

impl<'a> Interpreter<'a> {
    /// An interpreter with psql's variables at their defaults (`ON_ERROR_STOP` on, `QUIET` on) and those
    /// that describe the connection.
    pub fn new(
        connection: &'a mut Connection,
        sink: &'a mut dyn Sink,
        surroundings: &'a Surroundings,
    ) -> Self {
        let mut interpreter = Self {
            connection,
            sink,
            surroundings,
            variables: VariableStore::default(),
            print: PrintOptions::default(),
            place: Place::new(surroundings.working_dir.clone()),
            redirect: None,
            restricted: None,
            last_error: None,
            sending: Sending::default(),
            login: None,
            includes: Vec::new(),
            stops: Vec::new(),
            error_stopped: false,
            rows_target: None,
            ledger: None,
        };
        interpreter.set_connection_variables();
        interpreter
    }

    pub(super) fn set_connection_variables(&mut self) {
        let info = self.connection.info();
        let version = self
            .connection
            .parameter("server_version")
            .unwrap_or_default();
        let mut values = vec![
            ("DBNAME", info.database().to_owned()),
            ("USER", info.user.clone()),
            ("SERVER_VERSION_NAME", version.to_owned()),
            ("SERVER_VERSION_NUM", version_number(version)),
        ];
        if let Some(host) = info.hosts.first() {
            values.push(("HOST", host.address.to_string()));
            values.push(("PORT", host.port.to_string()));
        }
        for (name, value) in values {
            // These names are valid and take any value.
            let _ = self.variables.set(name, &value);
        }
    }

    /// Runs a script to its end.
    ///
    /// # Errors
    /// Why it stopped before.
    pub fn run(&mut self, script: &ScriptText) -> Result<(), Failure> {
        let result = self.run_file(script);
        if result.is_ok() {
            self.sink.over(self.connection.status());
            self.settle_doubts();
        }
        let location = Location::new(Arc::clone(&script.shown), 1, 1);
        let closed = match self.redirect.take() {
            Some(redirect) => self.close_redirect(redirect, &location),
            None => Ok(()),
        };
        result.and(closed.map_err(|trouble| match trouble {
            Trouble::Stop(failure) => failure,
            Trouble::Error(text) | Trouble::Refused(text) => Failure {
                kind: FailureKind::Command,
                text: format!("\\o: {text}"),
                location: None,
            },
        }))
    }

    pub(super) fn run_file(&mut self, script: &ScriptText) -> Result<(), Failure> {
        self.includes.push(script.path.clone());
        self.stops.push(self.variables.is_on("ON_ERROR_STOP"));
        let mut frame = Frame::new(script);
        let result = self.run_frame(&mut frame);
        self.includes.pop();
        self.stops.pop();
        if result.is_err() && self.error_stopped && !self.stops_at_error() {
            // It stopped this file only: the line that includes it does not mind.
            self.error_stopped = false;
            return Ok(());
        }
        result
    }

    /// Whether an error stops the file at hand: what `ON_ERROR_STOP` was when the line at hand began.
    pub(super) fn stops_at_error(&self) -> bool {
        self.stops.last().is_none_or(|stops| *stops)
    }

    /// Whether an error stops them all, up to the script itself.
    pub(super) fn stops_script_at_error(&self) -> bool {
        self.stops.iter().all(|stops| *stops)
    }

    fn look_at_line(&mut self, frame: &mut Frame) {
        // Behind the last line there is none that could begin.
        let line = frame.scanner.location().line().min(frame.last_line());
        if frame.begun != line {
            frame.begun = line;
            if let Some(stops) = self.stops.last_mut() {
                *stops = self.variables.is_on("ON_ERROR_STOP");
            }
        }
    }

    fn run_frame(&mut self, frame: &mut Frame) -> Result<(), Failure> {
        loop {
            if self.sink.wants_stop() {
                return Ok(());
            }
            if let Some(ended) = self.connection.ended() {
                // It was over between two statements: the one before is where to look.
                let location = frame.previous.as_ref().map(Fragment::location);
                return Err(Failure {
                    text: "no further statement was begun".into(),
                    ..ended_failure(ended, location)
                });
            }
            let standard_strings =
                self.connection.parameter("standard_conforming_strings") != Some("off");
            let scan = frame.scanner.next(&self.variables, standard_strings);
            self.look_at_line(frame);
            self.take_lines(frame);
            match scan.map_err(|error| script_failure(&error))? {
                Scan::Statement(fragment) => {
                    if frame.is_active() {
                        self.statement(frame, fragment)?;
                    }
                }
                Scan::Command(command) => {
                    self.sink
                        .begin(&command.location, &frame.source(&command.location));
                    let result = self.command(frame, &command);
                    self.sink.end();
                    if result? == CommandResult::Quit {
                        // psql sends what stands before `\q`, as at the end of a file.
                        let rest = frame.scanner.take_buffer();
                        return self.statement(frame, rest);
                    }
                }
                Scan::End(rest) => return self.end_of_file(frame, rest),
            }
        }
    }

    /// Repeats the lines that were read, where `ECHO` is `all`, and says what psql warns of in them.
    fn take_lines(&mut self, frame: &mut Frame) {
        for warning in frame.scanner.take_warnings() {
            self.remark(warning.location(), warning.to_string());
        }
        let echoes = self.variables.echo() == Echo::All;
        let location = frame.scanner.location();
        for line in frame.scanner.take_lines() {
            if echoes {
                self.sink.begin(&location, line);
                self.sink.output(line.as_bytes());
                self.sink.output(b"\n");
                self.sink.end();
            }
        }
    }

    /// psql sends what is left at the end of a file, semicolon or not, and complains of an open `\if`.
    fn end_of_file(&mut self, frame: &mut Frame, rest: Fragment) -> Result<(), Failure> {
        if frame.is_active() {
            if !rest.is_blank()
                && let Some(unfinished) = frame.scanner.unfinished()
            {
                // The server will refuse it, and cannot say where it opens.
                let text = unfinished.to_string();
                self.remark(&unfinished.location.clone(), text);
            }
            self.statement(frame, rest)?;
        }
        let Some(condition) = frame.conditions.last() else {
            return Ok(());
        };
        let location = condition.location.clone();
        let text = "the file ends and this \\if has no \\endif";
        let excerpt = Some(frame.excerpt(&location));
        match self.failed_at(location, excerpt, own_error(text)) {
            Err(stop) if stop.kind == FailureKind::Sql => Err(Failure {
                kind: FailureKind::Script,
                text: text.into(),
                ..stop
            }),
            result => result,
        }
    }

    /// A file is about to be read that is no script, or was read.
    pub(super) fn reads(&self, path: &Path) {
        if let Some(inputs) = &self.surroundings.inputs {
            inputs.file(path);
        }
    }

    /// A statement is about to be sent.
    pub(super) fn asks(&self, fragment: &Fragment) {
        if let Some(inputs) = &self.surroundings.inputs {
            inputs.statement(fragment);
        }
    }

    /// Runs another file in the middle of this one.
    pub(super) fn include(&mut self, path: &Path, location: &Location) -> Result<(), Trouble> {
        let shown = self.surroundings.shown(path);
        let inputs = self.surroundings.inputs.as_deref();
        if !path.is_file() {
            if let Some(inputs) = inputs {
                // It may be there next time.
                inputs.file(path);
            }
            return Err(Trouble::Error(format!(
                "cannot include {shown}: no such file ({})",
                include_advice(path, &self.place.directory)
            )));
        }
        if self.includes.len() >= INCLUDE_DEPTH {
            let cycle = self.includes.iter().any(|there| there == path);
            return Err(Trouble::Refused(format!(
                "cannot include {shown}: files include one another more than {INCLUDE_DEPTH} deep{}",
                if cycle {
                    "; this one includes itself, directly or by way of others"
                } else {
                    ""
                }
            )));
        }
        let script = ScriptText::read_for(path, shown, inputs)?;
        self.sink.end();
        let result = self.run_file(&script);
        self.sink.begin(location, "");
        Ok(result?)
    }
}

fn script_failure(error: &ScriptError) -> Failure {
    Failure {
        kind: FailureKind::Script,
        text: error.to_string(),
        location: Some(error.location()),
    }
}

fn include_advice(path: &Path, working_dir: &Path) -> String {
    if path.starts_with(working_dir) {
        format!(
            "\\i starts from {}; \\ir from the including file",
            working_dir.display()
        )
    } else {
        "\\ir starts from the including file".into()
    }
}

pub(super) fn ended_failure(ended: Ended, location: Option<Location>) -> Failure {
    let (kind, text) = match ended {
        Ended::Timeout => (FailureKind::Timeout, "its statement was cancelled"),
        Ended::Interrupted => (FailureKind::Interrupted, "the run was interrupted"),
    };
    Failure {
        kind,
        text: text.into(),
        location,
    }
}

/// `15.18 (Debian …)` as `150018`, the way `server_version_num` has it.
fn version_number(text: &str) -> String {
    let mut parts = text.split(|character: char| !character.is_ascii_digit());
    let major: u32 = parts.next().and_then(|part| part.parse().ok()).unwrap_or(0);
    let minor: u32 = parts.next().and_then(|part| part.parse().ok()).unwrap_or(0);
    (major * 10_000 + minor).to_string()
}
