//! Shell commands of scripts: `\!`, backticks, pipes to programs. This module says what is to run and takes what came of it;
//! who runs it is given from outside, and nobody is where test files may start no programs.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::backticks;
use super::conninfo;
use super::inputs::Inputs;
use super::interpreter::{Failure, Interpreter, ended_failure};
use super::metacommand::Trouble;
use super::variables::VariableStore;
use super::watch::{Ended, Watch};
use super::wire::Connection;
use crate::script::{Location, Variables};

/// Why a command is refused where nobody runs it.
pub(super) const NOT_ALLOWED: &str = "scripts start no programs unless `allow_shell = true` (or --allow-shell) lets them; pass values \
     in with --set NAME=VALUE";

/// The variable that holds a password.
const PASSWORD: &str = "PGPASSWORD";

/// Runs shell commands for scripts.
pub trait Shell: fmt::Debug + Send + Sync {
    /// Runs one to its end, or until its watch ends it.
    ///
    /// # Errors
    /// Why there is no end to tell of.
    fn run(&self, call: ShellCall<'_>) -> Result<ShellEnd, ShellError>;
}

/// A shell command to run.
#[derive(Debug)]
pub struct ShellCall<'c> {
    /// What `sh -c` is given.
    pub command: &'c str,
    /// Where it runs.
    pub directory: &'c Path,
    /// All of its environment.
    pub environment: BTreeMap<OsString, OsString>,
    /// Its standard input; none is an empty one.
    pub input: Option<File>,
    /// What ends it.
    pub watch: &'c Watch,
}

/// What came of a shell command.
#[derive(Debug)]
pub struct ShellEnd {
    /// What it printed on standard output, to be read from its beginning.
    pub output: File,
    /// What it printed on standard error.
    pub errors: String,
    /// How it ended.
    pub status: ShellStatus,
}

/// How a shell command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShellStatus {
    /// With this exit code.
    Exited(i32),
    /// By this signal.
    Signalled(i32),
}

impl ShellStatus {
    /// Whether it ended as if nothing were wrong.
    pub(super) fn is_success(self) -> bool {
        self == Self::Exited(0)
    }

    /// As a shell tells it: 128 and the signal's number, where it was one.
    pub(super) fn code(self) -> i32 {
        match self {
            Self::Exited(code) => code,
            Self::Signalled(signal) => 128 + signal,
        }
    }
}

impl fmt::Display for ShellStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exited(code) => write!(f, "child process exited with exit code {code}"),
            Self::Signalled(signal) => {
                write!(f, "child process was terminated by signal {signal}")
            }
        }
    }
}

/// Why a shell command has no end to tell of.
#[derive(Debug, thiserror::Error)]
pub enum ShellError {
    /// The deadline or an interruption ended it.
    #[error("it was ended")]
    Ended(Ended),
    /// It printed more than anybody meant.
    #[error("it printed more than {0} MiB, and was ended")]
    TooMuch(u64),
    /// It could not be run.
    #[error("cannot run it: {0}")]
    Io(#[from] io::Error),
}

/// Where programs and files of a script start from: psql's working directory and environment, kept by each interpreter
/// for itself.
#[derive(Debug, Clone)]
pub(super) struct Place {
    /// The working directory.
    pub(super) directory: PathBuf,
    /// What `\setenv` changed; none was taken away.
    changed: BTreeMap<String, Option<String>>,
}

impl Place {
    pub(super) fn new(directory: PathBuf) -> Self {
        Self {
            directory,
            changed: BTreeMap::new(),
        }
    }

    /// Sets a variable, or takes it away.
    pub(super) fn set(&mut self, name: String, value: Option<String>) {
        self.changed.insert(name, value);
    }

    /// A variable of the process's own environment, or what `\setenv` made of it. The way to the database is none.
    pub(super) fn get(&self, name: &str) -> Option<String> {
        match self.changed.get(name) {
            Some(value) => value.clone(),
            None => std::env::var_os(name).map(|value| value.to_string_lossy().into_owned()),
        }
    }

    /// All that programs see: the process's own, with the way to the database, and what `\setenv` changed. Of passwords
    /// only one that the process's own environment has: another was told to pgassay, and not to the scripts.
    fn environment(&self, connection: &Connection) -> BTreeMap<OsString, OsString> {
        let is_stale = |name: &OsString| {
            let mut names = conninfo::VARIABLES.iter();
            name != PASSWORD && names.any(|libpq| name == libpq)
        };
        let mut all: BTreeMap<OsString, OsString> = std::env::vars_os().collect();
        all.retain(|name, _| !is_stale(name));
        for (name, value) in connection.info().variables() {
            if name != PASSWORD {
                all.insert(name.into(), value.into());
            }
        }
        for (name, value) in &self.changed {
            match value {
                Some(value) => all.insert(name.into(), value.into()),
                None => all.remove(OsStr::new(name)),
            };
        }
        all
    }
}

/// With what an argument is read: variables, and what runs commands in backticks.
pub(super) struct Evaluation<'e> {
    variables: &'e VariableStore,
    shell: Option<&'e dyn Shell>,
    place: &'e Place,
    connection: &'e Connection,
    inputs: Option<&'e Inputs>,
    /// What came of the commands in backticks, in order, to be told afterwards.
    pub(super) came: RefCell<Vec<Came>>,
}

/// What came of a command in backticks, besides its output.
pub(super) enum Came {
    Ended(ShellStatus, String),
    Stopped(Ended),
}

impl Variables for Evaluation<'_> {
    fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name)
    }

    fn output(&self, command: &str) -> Result<String, String> {
        if let Some(inputs) = self.inputs {
            inputs.unknown(format!(
                "a script runs a command in backticks (`{command}`)"
            ));
        }
        let Some(shell) = self.shell else {
            return backticks::output(command, &self.place.directory);
        };
        let call = ShellCall {
            command,
            directory: &self.place.directory,
            environment: self.place.environment(self.connection),
            input: None,
            watch: self.connection.watch(),
        };
        let mut end = match shell.run(call) {
            Ok(end) => end,
            Err(ShellError::Ended(ended)) => {
                self.came.borrow_mut().push(Came::Stopped(ended));
                return Ok(String::new());
            }
            Err(error) => return Err(error.to_string()),
        };
        let mut bytes = Vec::new();
        end.output
            .read_to_end(&mut bytes)
            .map_err(|error| error.to_string())?;
        self.came
            .borrow_mut()
            .push(Came::Ended(end.status, end.errors));
        String::from_utf8(bytes).map_err(|_| "what it prints is not UTF-8".into())
    }
}

impl Interpreter<'_> {
    /// With what arguments are read now.
    pub(super) fn evaluation(&self) -> Evaluation<'_> {
        Evaluation {
            variables: &self.variables,
            shell: self.surroundings.shell.as_deref(),
            place: &self.place,
            connection: self.connection,
            inputs: self.surroundings.inputs.as_deref(),
            came: RefCell::default(),
        }
    }

    /// Tells what came of the commands in backticks of an argument.
    pub(super) fn take_note(
        &mut self,
        came: Vec<Came>,
        location: &Location,
    ) -> Result<(), Trouble> {
        for came in came {
            match came {
                Came::Ended(status, errors) => self.note_shell(status, &errors, location),
                Came::Stopped(ended) => {
                    return Err(ended_command(ended, location).into());
                }
            }
        }
        Ok(())
    }

    /// Whether programs may be started at all.
    pub(super) fn check_shell(&self) -> Result<(), Trouble> {
        match self.surroundings.shell {
            Some(_) => Ok(()),
            None => Err(Trouble::Refused(NOT_ALLOWED.into())),
        }
    }

    /// Runs a shell command to its end, whatever that is.
    pub(super) fn run_shell(
        &mut self,
        command: &str,
        input: Option<File>,
        location: &Location,
    ) -> Result<ShellEnd, Trouble> {
        let Some(shell) = &self.surroundings.shell else {
            return Err(Trouble::Refused(NOT_ALLOWED.into()));
        };
        if let Some(inputs) = &self.surroundings.inputs {
            inputs.unknown(format!("{} runs a program (`{command}`)", location.file));
        }
        let ended = shell.run(ShellCall {
            command,
            directory: &self.place.directory,
            environment: self.place.environment(self.connection),
            input,
            watch: self.connection.watch(),
        });
        match ended {
            Ok(end) => {
                self.note_shell(end.status, &end.errors, location);
                Ok(end)
            }
            Err(ShellError::Ended(ended)) => Err(ended_command(ended, location).into()),
            Err(error) => Err(Trouble::Refused(format!("{command}: {error}"))),
        }
    }

    /// Runs a shell command and prints what it prints.
    pub(super) fn run_printing(
        &mut self,
        command: &str,
        input: Option<File>,
        location: &Location,
    ) -> Result<ShellStatus, Trouble> {
        let mut end = self.run_shell(command, input, location)?;
        let mut chunk = vec![0; 64 * 1024];
        loop {
            match end.output.read(&mut chunk) {
                Ok(0) => return Ok(end.status),
                Ok(count) => self.sink.output(&chunk[..count]),
                Err(error) => return Err(Trouble::Refused(format!("{command}: {error}"))),
            }
        }
    }

    fn note_shell(&mut self, status: ShellStatus, errors: &str, location: &Location) {
        let failed = if status.code() == 0 { "false" } else { "true" };
        for (name, value) in [
            ("SHELL_ERROR", failed.to_owned()),
            ("SHELL_EXIT_CODE", status.code().to_string()),
        ] {
            // These names are valid and take any value.
            let _ = self.variables.set(name, &value);
        }
        let errors = errors.trim_end();
        if !errors.is_empty() {
            self.remark(location, errors.to_owned());
        }
    }

    /// `\! COMMAND`.
    pub(super) fn shell_command(
        &mut self,
        command: Option<&str>,
        location: &Location,
    ) -> Result<(), Trouble> {
        self.check_shell()?;
        match command {
            // psql would begin a shell for a person here.
            None => Err(Trouble::Error(
                "missing required argument: a command".into(),
            )),
            Some(command) => self.run_printing(command, None, location).map(drop),
        }
    }

    /// `\cd [DIRECTORY]`: for this script alone, never for the process.
    pub(super) fn change_directory(&mut self, name: Option<String>) -> Result<(), Trouble> {
        let name = match name {
            Some(name) => name,
            None => self.home()?,
        };
        let path = self
            .place
            .directory
            .join(super::metacommand::expand_home(&name));
        let refused = |error: io::Error| {
            let why = error.to_string();
            let why = why.split(" (os error").next().unwrap_or_default();
            Trouble::Error(format!("could not change directory to \"{name}\": {why}"))
        };
        // Of a file there is no `.`, and the system says so.
        let path = path.join(".").canonicalize().map_err(refused)?;
        self.place.directory = path;
        Ok(())
    }

    /// The home directory: `HOME`, or else the one of the user's account.
    fn home(&self) -> Result<String, Trouble> {
        if let Some(inputs) = &self.surroundings.inputs {
            inputs.variable("HOME");
        }
        let named = self.place.get("HOME");
        let account = || {
            let user = nix::unistd::User::from_uid(nix::unistd::geteuid()).ok()??;
            Some(user.dir.to_string_lossy().into_owned())
        };
        (named.filter(|home| !home.is_empty()))
            .or_else(account)
            .ok_or_else(|| Trouble::Error("could not get home directory".into()))
    }

    /// `\getenv VARIABLE NAME`: a name that is not set leaves the variable as it is.
    pub(super) fn get_environment(&mut self, variable: &str, name: &str) -> Result<(), Trouble> {
        if let Some(inputs) = &self.surroundings.inputs {
            inputs.variable(name);
        }
        match self.place.get(name) {
            Some(value) => self.variables.set(variable, &value).map_err(Trouble::Error),
            None => Ok(()),
        }
    }

    /// `\setenv NAME [VALUE]`: for the programs of this script alone.
    pub(super) fn set_environment(
        &mut self,
        name: String,
        value: Option<String>,
    ) -> Result<(), Trouble> {
        if name.contains('=') {
            return Err(Trouble::Error(
                "environment variable name must not contain \"=\"".into(),
            ));
        }
        self.place.set(name, value);
        Ok(())
    }
}

/// What a command's end by the deadline or an interruption comes to.
fn ended_command(ended: Ended, location: &Location) -> Failure {
    let failure = ended_failure(ended, Some(location.clone()));
    match ended {
        Ended::Timeout => Failure {
            text: "its shell command was ended".into(),
            ..failure
        },
        Ended::Interrupted => failure,
    }
}
