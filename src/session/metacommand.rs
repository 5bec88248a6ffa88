//! Running psql's backslash commands. What becomes of which one is said in `commands`.

use std::path::PathBuf;

use super::arguments::missing;
use super::commands::{COMMANDS, Support, support, would_print};
use super::frame::Frame;
use super::interpreter::{Failure, FailureKind, Interpreter};
use super::message::own_error;
use super::wire::TransactionStatus;
use crate::event::{Notice, ServerMessage};
use crate::script::{ArgumentKind, Command, Location, ScriptError};

/// What becomes of the script after a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CommandResult {
    /// It goes on.
    Continue,
    /// `\q`: this file ends.
    Quit,
}

/// How a command ended, before `ON_ERROR_STOP` is looked at.
#[derive(Debug)]
pub(super) enum Trouble {
    /// It failed, as psql commands can: the script stops only where `ON_ERROR_STOP` is on.
    Error(String),
    /// It is not known, not supported or not allowed: the file is broken in any case.
    Refused(String),
    /// The script must stop.
    Stop(Failure),
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        Self::Stop(failure)
    }
}

impl From<ScriptError> for Trouble {
    fn from(error: ScriptError) -> Self {
        Self::Refused(error.to_string())
    }
}

pub(super) type Done = Result<CommandResult, Trouble>;

impl Interpreter<'_> {
    /// Runs one backslash command. The scanner stands behind its name.
    pub(super) fn command(
        &mut self,
        frame: &mut Frame,
        command: &Command,
    ) -> Result<CommandResult, Failure> {
        let done = match command.name.as_str() {
            "if" | "elif" | "else" | "endif" => self.condition(frame, command),
            name if !frame.is_active() => {
                frame.scanner.skip_command();
                match support(name) {
                    Some(_) => return Ok(CommandResult::Continue),
                    // psql looks a command up before it sees that its branch is not run.
                    None => Err(unknown(name)),
                }
            }
            _ => self.active_command(frame, command),
        };
        let name = &command.name;
        let failure = |text: String| Failure {
            kind: FailureKind::Command,
            text,
            location: Some(command.location.clone()),
        };
        match done {
            Ok(result) => {
                if frame.is_active() {
                    self.finish_command(frame, command);
                } else {
                    frame.scanner.finish_command();
                }
                Ok(result)
            }
            Err(Trouble::Stop(failure)) => Err(failure),
            Err(Trouble::Refused(text)) => Err(failure(format!("\\{name}: {text}"))),
            Err(Trouble::Error(text)) => {
                frame.scanner.abandon_command();
                let excerpt = frame.excerpt(&command.location);
                let message = own_error(format!("\\{name}: {text}"));
                match self.failed_at(command.location.clone(), Some(excerpt), message) {
                    Ok(()) => Ok(CommandResult::Continue),
                    Err(stop) if stop.kind == FailureKind::Sql => Err(Failure {
                        kind: FailureKind::Command,
                        ..failure(format!("\\{name}: {text}"))
                    }),
                    Err(stop) => Err(stop),
                }
            }
        }
    }

    /// Passes over what a command did not read of its line. One that sends something does so before it sends.
    pub(super) fn finish_command(&mut self, frame: &mut Frame, command: &Command) {
        for argument in frame.scanner.finish_command() {
            let text = format!("\\{}: extra argument \"{argument}\" ignored", command.name);
            self.remark(&command.location, text);
        }
    }

    fn active_command(&mut self, frame: &mut Frame, command: &Command) -> Done {
        let name = command.name.as_str();
        if self.restricted.is_some() && name != "unrestrict" {
            return Err(Trouble::Refused(
                "not allowed between \\restrict and \\unrestrict".into(),
            ));
        }
        let Some(entry) = support(name) else {
            return Err(unknown(name));
        };
        match entry.support {
            Support::Runs => {}
            Support::Idle => {
                self.listing(frame, command)?;
                if would_print(name) {
                    let text = format!("\\{name}: nothing is printed for people here");
                    self.remark(&command.location, text);
                }
                return Ok(CommandResult::Continue);
            }
            Support::Refused => return Err(Trouble::Refused(entry.about.replace('`', ""))),
        }
        match name {
            "q" | "quit" => return Ok(CommandResult::Quit),
            "set" => self.set(frame)?,
            "unset" => {
                let variable = self.required(frame, "a variable's name")?;
                self.variables.unset(&variable);
            }
            "echo" | "qecho" | "warn" => self.echo(frame, command)?,
            "i" | "include" | "ir" | "include_relative" => self.include_command(frame, command)?,
            "g" | "gx" => self.go(frame, command)?,
            "gexec" => self.gexec(frame, command)?,
            "gset" => self.gset(frame, command)?,
            "gdesc" => self.describe(frame, command)?,
            "watch" => self.repeat(frame, command)?,
            "bind" => self.bind(frame)?,
            "bind_named" => self.bind_named(frame)?,
            "parse" => self.parse(frame, command)?,
            "close_prepared" => self.close_prepared(frame, command)?,
            "c" | "connect" => {
                let mut words = [const { None }; 4];
                for word in &mut words {
                    *word = self.connection_word(frame)?;
                }
                self.reconnect(words)?;
            }
            "!" => {
                let text = self.argument(frame, ArgumentKind::WholeLine)?;
                self.shell_command(text.as_deref(), &command.location)?;
            }
            "cd" => {
                let name = self.argument_without_semicolons(frame, ArgumentKind::Normal)?;
                self.change_directory(name)?;
            }
            "getenv" => {
                let variable = self.required(frame, "a variable's name")?;
                let name = self.required(frame, "a name of the environment")?;
                self.get_environment(&variable, &name)?;
            }
            "setenv" => {
                let name = self.required(frame, "a name of the environment")?;
                let value = self.argument(frame, ArgumentKind::Normal)?;
                self.set_environment(name, value)?;
            }
            "lo_import" => self.import_large_object(frame, command)?,
            "lo_export" => self.export_large_object(frame, command)?,
            "lo_unlink" => self.unlink_large_object(frame, command)?,
            "p" | "print" => match frame.buffer_or_previous() {
                Some(query) => {
                    let text = query.text().to_owned();
                    self.print_line(&text);
                }
                None => self.confirm("Query buffer is empty."),
            },
            "r" | "reset" => {
                frame.scanner.clear_buffer();
                self.confirm("Query buffer reset (cleared).");
            }
            "pset" | "a" | "t" | "x" | "f" | "C" => self.pset_command(frame, name)?,
            "o" | "out" => self.redirect_output(frame, command)?,
            "copy" => self.copy_command(frame, command)?,
            "encoding" => self.encoding(frame, command)?,
            "errverbose" => self.errverbose(&command.location),
            "restrict" => {
                self.restricted = Some(self.required(frame, "a key")?);
            }
            "unrestrict" => {
                let key = self.required(frame, "a key")?;
                if self.restricted.as_ref() != Some(&key) {
                    return Err(Trouble::Refused("the key is not that of \\restrict".into()));
                }
                self.restricted = None;
            }
            _ => return Err(unknown(name)),
        }
        Ok(CommandResult::Continue)
    }

    fn set(&mut self, frame: &mut Frame) -> Result<(), Trouble> {
        let mut arguments = self.arguments(frame)?.into_iter();
        match arguments.next() {
            None => {
                let list: Vec<String> = self
                    .variables
                    .iter()
                    .map(|(name, value)| format!("{name} = '{value}'"))
                    .collect();
                self.print_line(&list.join("\n"));
                Ok(())
            }
            // psql joins the values without anything between them.
            Some(name) => {
                let value: String = arguments.collect();
                self.variables.set(&name, &value).map_err(Trouble::Error)
            }
        }
    }

    fn echo(&mut self, frame: &mut Frame, command: &Command) -> Result<(), Trouble> {
        let mut newline = true;
        let mut words = Vec::new();
        while let Some(argument) = self.read_argument(frame, ArgumentKind::Normal, false)? {
            if words.is_empty() && newline && !argument.quoted && argument.text == "-n" {
                newline = false;
            } else {
                words.push(argument.text);
            }
        }
        let mut text = words.join(" ");
        if newline {
            text.push('\n');
        }
        match command.name.as_str() {
            "warn" => self.remark(&command.location, text.trim_end().to_owned()),
            "qecho" => self.print(text.as_bytes()),
            _ => self.sink.output(text.as_bytes()),
        }
        Ok(())
    }

    pub(super) fn print_line(&mut self, text: &str) {
        self.sink.output(text.as_bytes());
        self.sink.output(b"\n");
    }

    /// What psql says of a command that it has done, unless it is to be quiet.
    pub(super) fn confirm(&mut self, text: &str) {
        if !self.variables.is_on("QUIET") {
            self.print_line(text);
        }
    }

    /// What psql would write to standard error.
    pub(super) fn remark(&mut self, location: &Location, text: String) {
        let message = ServerMessage {
            severity: "psql".into(),
            message: text,
            ..ServerMessage::default()
        };
        self.tell(location, message);
    }

    pub(super) fn tell(&mut self, location: &Location, message: ServerMessage) {
        self.sink.notice(Notice {
            location: location.clone(),
            message,
        });
    }

    fn include_command(&mut self, frame: &mut Frame, command: &Command) -> Result<(), Trouble> {
        let name = self.argument_without_semicolons(frame, ArgumentKind::Normal)?;
        let name = name.ok_or_else(|| missing("a file's name"))?;
        let relative = command.name.starts_with("ir") || command.name == "include_relative";
        let base = if relative {
            &frame.directory
        } else {
            &self.place.directory
        };
        let path = base.join(expand_home(&name));
        let path = std::fs::canonicalize(&path).unwrap_or(path);
        self.include(&path, &command.location)
    }

    fn encoding(&mut self, frame: &mut Frame, command: &Command) -> Result<(), Trouble> {
        match self.argument(frame, ArgumentKind::Normal)? {
            None => {
                self.print_line("UTF8");
                Ok(())
            }
            Some(name) if ["utf8", "utf-8", "unicode"].contains(&name.to_lowercase().as_str()) => {
                // psql sets it on the server, which does nothing in a transaction that has failed.
                if self.connection.status() == TransactionStatus::Failed {
                    let text =
                        format!("{name}: invalid encoding name or conversion procedure not found");
                    self.remark(&command.location, text);
                }
                Ok(())
            }
            Some(name) => Err(Trouble::Refused(format!(
                "{name} is not supported; convert the file to UTF-8 (`iconv -f {name} -t UTF-8`)"
            ))),
        }
    }

    fn errverbose(&mut self, location: &Location) {
        let text = match &self.last_error {
            Some(error) => format!("{}:  {}: {}", error.severity, error.code, error.message),
            None => "There is no previous error.".into(),
        };
        self.remark(location, text);
    }

    fn copy_command(&mut self, frame: &mut Frame, command: &Command) -> Result<(), Trouble> {
        let text = self
            .argument(frame, ArgumentKind::WholeLine)?
            .unwrap_or_default();
        let copy = super::copy::CopyCommand::parse(&text)?;
        self.run_copy(frame, command, &copy)
    }
}

/// A command that is not one of psql's.
pub(super) fn unknown(name: &str) -> Trouble {
    Trouble::Refused(if name.is_empty() {
        "a backslash stands alone; psql expects a command behind it".into()
    } else {
        let meant = meant(name)
            .map(|meant| format!("; did you mean `\\{meant}`?"))
            .unwrap_or_default();
        format!("psql has no such command{meant}; docs/psql.md lists those that there are")
    })
}

/// The command that somebody who wrote `name` most likely meant.
fn meant(name: &str) -> Option<&'static str> {
    let known = COMMANDS.iter().flat_map(|entry| entry.names).copied();
    known
        .filter(|known| known.len() > 2)
        .map(|known| (strsim::damerau_levenshtein(name, known), known))
        .filter(|(distance, _)| *distance <= 1 + name.chars().count() / 5)
        .min()
        .map(|(_, known)| known)
}

/// `~/x` below the home directory, as psql's `expand_tilde`.
pub(super) fn expand_home(name: &str) -> PathBuf {
    match (name.strip_prefix("~/"), std::env::var_os("HOME")) {
        (Some(rest), Some(home)) => PathBuf::from(home).join(rest),
        _ => PathBuf::from(name),
    }
}
