//! The scanner goes through one script file, step by step. It never runs a step, and never reads another
//! file: whoever runs the script keeps a scanner for each.

use std::sync::Arc;

use super::argument::{ArgumentKind, Reader};
use super::lexer::{Event, Lexer};
use super::quote::{quote_identifier, quote_literal};
use super::source::{Refusal, Source};
use super::variable::{Form, Reference, Variables};
use super::{
    Argument, CopyData, Fragment, Location, Mark, Open, ScriptError, ScriptWarning, Unfinished,
};

/// Goes through the text of one script as psql does. See the module's words.
#[derive(Debug, Clone)]
pub struct Scanner {
    source: Source,
    lexer: Lexer,
    buffer: Fragment,
    /// The buffer's length right after a newline was put in between two lines.
    newline: Option<usize>,
    active: bool,
    command: Option<Command>,
    unfinished: Option<Unfinished>,
    warnings: Vec<ScriptWarning>,
    lines: Vec<std::ops::Range<usize>>,
}

/// What a scanner came to.
#[derive(Debug, Clone)]
pub enum Scan {
    /// A statement to send, with its semicolon.
    Statement(Fragment),
    /// A backslash command; its arguments are to be asked for.
    Command(Command),
    /// The end of the script, with text that no semicolon ended (maybe blank). psql sends it, too.
    End(Fragment),
}

/// The name of a backslash command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// The name without its backslash; it may be empty, and need not exist.
    pub name: String,
    /// Where the backslash stands.
    pub location: Location,
}

impl Scanner {
    /// A scanner at the beginning of `text`, a whole script as [`super::decode()`] gives it. `file` is how
    /// the file is shown in locations.
    pub fn new(file: Arc<str>, text: impl Into<Arc<str>>) -> Self {
        let mut source = Source::new(file, text.into());
        let buffer = empty_fragment(&mut source);
        Self {
            source,
            lexer: Lexer::new(),
            buffer,
            newline: None,
            active: true,
            command: None,
            unfinished: None,
            warnings: Vec::new(),
            lines: Vec::new(),
        }
    }

    /// Scans to the next thing to do. `standard_conforming_strings` is the session's setting, as of the
    /// beginning of each line.
    ///
    /// # Errors
    /// [`ScriptError::Expansion`]: variables that multiply without bound. Scanning can go on after it.
    pub fn next(
        &mut self,
        variables: &dyn Variables,
        standard_conforming_strings: bool,
    ) -> Result<Scan, ScriptError> {
        loop {
            if !self.source.in_line() && !self.open_line(standard_conforming_strings) {
                return Ok(Scan::End(self.end()));
            }
            if self.buffer.is_empty() {
                self.source.reset_count();
            }
            match self.lexer.run(&mut self.source, &mut self.buffer) {
                Event::WindowEnd => {
                    if !self.source.leave_expansion() {
                        self.source.close_line();
                    }
                }
                // In an inactive branch the text piles up until the branch is left, as psql has it.
                Event::Semicolon if self.active => {
                    self.newline = None;
                    return Ok(Scan::Statement(self.replace_buffer()));
                }
                Event::Semicolon => {}
                Event::Backslash { at } => return Ok(Scan::Command(self.begin_command(at))),
                Event::Variable { at, reference } => self.put_in(variables, at, &reference)?,
            }
        }
    }

    /// Takes up the next line that matters; false at the end of the text.
    fn open_line(&mut self, standard_conforming_strings: bool) -> bool {
        loop {
            if !self.source.open_line() {
                return false;
            }
            // psql drops empty lines outside quotes, so the server's line numbers do not count them.
            if !self.source.is_empty_line() || self.lexer.in_quote() {
                break;
            }
            self.source.close_line();
        }
        self.lines.push(self.source.line_range());
        self.lexer.set_standard_strings(standard_conforming_strings);
        self.newline = None;
        if !self.buffer.is_empty() {
            let feed = self.source.line_start() - 1;
            if self.buffer.continues(feed) {
                self.buffer.extend("\n");
            } else {
                // What lay between was dropped, so the newline stands where the next line begins.
                let place = self.source.here();
                self.buffer.push("\n", place, false);
            }
            self.newline = Some(self.buffer.len());
        }
        true
    }

    /// The text that is left at the end of the script.
    fn end(&mut self) -> Fragment {
        if !self.active {
            self.buffer.truncate(0);
        }
        if let Some((open, offset)) = self.lexer.open() {
            self.unfinished = Some(Unfinished {
                open,
                location: self.source.locate(offset),
            });
        }
        if matches!(
            self.unfinished,
            Some(Unfinished {
                open: Open::Comment,
                ..
            })
        ) && !self.buffer.is_empty()
        {
            // An open comment is nothing blank: the server will refuse it.
            self.buffer.end_with_token();
        }
        self.lexer.reset();
        self.replace_buffer()
    }

    /// Reads the name of the command whose backslash stands at `at`.
    fn begin_command(&mut self, at: usize) -> Command {
        if self.newline == Some(self.buffer.len()) {
            // A line with nothing before the command leaves the buffer as it was.
            self.buffer.truncate(self.buffer.len() - 1);
        }
        self.newline = None;
        let place = self.source.place(at);
        let location = self.source.location(place);
        let name = Reader::new(&mut self.source, &(), false, &location).name();
        self.lexer.resume();
        let command = Command { name, location };
        self.command = Some(command.clone());
        command
    }

    /// Puts a variable's value in the place of a reference.
    fn put_in(
        &mut self,
        variables: &dyn Variables,
        at: usize,
        reference: &Reference,
    ) -> Result<(), ScriptError> {
        let window = self.source.window();
        let name = &window.text[reference.name.clone()];
        let value = if self.active {
            variables.get(name)
        } else {
            None
        };
        let done = match (reference.form, value) {
            (Form::Plain, Some(value)) => match self.source.expand(name, value, at) {
                Err(Refusal::Recursive) => {
                    let place = self.source.place(at);
                    let location = self.source.location(place);
                    self.warnings.push(ScriptWarning::RecursiveVariable {
                        location,
                        name: name.to_owned(),
                    });
                    self.add(
                        &window.text[at..reference.end],
                        at,
                        !self.source.in_expansion(),
                    );
                    Ok(())
                }
                done => done,
            },
            (Form::Literal, Some(value)) => self.add_value(&quote_literal(value), at),
            (Form::Identifier, Some(value)) => self.add_value(&quote_identifier(value), at),
            (Form::Test, value) => {
                self.add_value(if value.is_some() { "TRUE" } else { "FALSE" }, at)
            }
            (_, None) => {
                self.add(
                    &window.text[at..reference.end],
                    at,
                    !self.source.in_expansion(),
                );
                Ok(())
            }
        };
        done.map_err(|refusal| {
            let place = self.source.place(at);
            let limit = match refusal {
                Refusal::Recursive => "it names itself".to_owned(),
                Refusal::TooMuch(limit) => limit,
            };
            self.source.leave_expansions();
            ScriptError::Expansion {
                location: self.source.location(place),
                name: name.to_owned(),
                limit,
            }
        })
    }

    fn add_value(&mut self, value: &str, at: usize) -> Result<(), Refusal> {
        self.source.count(value.len())?;
        self.add(value, at, false);
        Ok(())
    }

    /// Adds a token to the buffer that the lexer did not read.
    fn add(&mut self, text: &str, at: usize, verbatim: bool) {
        if verbatim && self.buffer.has_token() && self.buffer.continues(at) {
            self.buffer.extend(text);
            return;
        }
        let place = self.source.place(at);
        if !self.buffer.has_token() {
            self.buffer.begin_first_token(place);
        }
        self.buffer.push(text, place, verbatim);
    }

    /// What has been gathered since the last statement, as a command like `\gset` sends it.
    pub fn buffer(&self) -> &Fragment {
        &self.buffer
    }

    /// Takes what has been gathered, as `\g` does: open parentheses are forgotten.
    pub fn take_buffer(&mut self) -> Fragment {
        self.lexer.reset();
        self.replace_buffer()
    }

    /// Drops what has been gathered, as `\r` does: open parentheses are forgotten.
    pub fn clear_buffer(&mut self) {
        self.take_buffer();
    }

    fn replace_buffer(&mut self) -> Fragment {
        let empty = empty_fragment(&mut self.source);
        std::mem::replace(&mut self.buffer, empty)
    }

    /// The next argument of the last command, or none at the end of the command.
    ///
    /// # Errors
    /// An open quote, backticks (which are never run), escapes that make no text.
    pub fn argument(
        &mut self,
        kind: ArgumentKind,
        variables: &dyn Variables,
    ) -> Result<Option<Argument>, ScriptError> {
        self.read_argument(kind, variables, false)
    }

    /// Like [`Self::argument`], without semicolons at its unquoted end. psql reads so the arguments of `\i`,
    /// `\ir`, `\o`, `\w`, `\cd`, `\x` and some others.
    ///
    /// # Errors
    /// As those of [`Self::argument`].
    pub fn argument_without_semicolons(
        &mut self,
        kind: ArgumentKind,
        variables: &dyn Variables,
    ) -> Result<Option<Argument>, ScriptError> {
        self.read_argument(kind, variables, true)
    }

    fn read_argument(
        &mut self,
        kind: ArgumentKind,
        variables: &dyn Variables,
        strip: bool,
    ) -> Result<Option<Argument>, ScriptError> {
        let location = match &self.command {
            Some(command) => command.location.clone(),
            None => self.location(),
        };
        Reader::new(&mut self.source, variables, self.active, &location).argument(kind, strip)
    }

    /// Reads to the end of the command: to `\\`, which is passed, to another command's backslash, or to the
    /// end of the line. What was left over is given back unexpanded; psql warns that it is ignored. Of a command that
    /// was finished before, nothing is left.
    pub fn finish_command(&mut self) -> Vec<String> {
        let mut left_over = Vec::new();
        if self.command.is_none() {
            return left_over;
        }
        loop {
            match self.read_argument(ArgumentKind::NoEvaluation, &(), false) {
                Ok(Some(argument)) => left_over.push(argument.text),
                Err(ScriptError::UnterminatedArgument { location, .. }) => {
                    self.warnings.push(ScriptWarning::OpenQuote { location });
                    break;
                }
                Ok(None) | Err(_) => break,
            }
        }
        Reader::pass_double_backslash(&mut self.source);
        self.command = None;
        left_over
    }

    /// Throws the rest of the line away, as psql does after a command that failed, unless it was finished before:
    /// then it was what it sent that failed.
    pub fn abandon_command(&mut self) {
        if self.command.take().is_some() {
            self.source.skip_line();
        }
    }

    /// Passes over the last command and its arguments in a branch that is not active: nothing is expanded.
    pub fn skip_command(&mut self) {
        let name = self
            .command
            .as_ref()
            .map_or("", |command| command.name.as_str());
        let kind = match name {
            "!" | "copy" | "h" | "help" | "ef" | "ev" | "sf" | "sf+" | "sv" | "sv+" => {
                ArgumentKind::WholeLine
            }
            "g" | "gx" | "o" | "out" | "w" | "write" => ArgumentKind::FilePipe,
            _ => ArgumentKind::NoEvaluation,
        };
        let active = std::mem::replace(&mut self.active, false);
        // Nothing is wrong with what is not read: psql complains of an open quote here and goes on.
        if let Err(ScriptError::UnterminatedArgument { location, .. }) =
            self.read_argument(kind, &(), false)
        {
            self.warnings.push(ScriptWarning::OpenQuote { location });
        }
        self.finish_command();
        self.active = active;
    }

    /// Takes the inline data of a `COPY … FROM STDIN`: the lines after the current one, up to a line `\.` or
    /// the end of the file. They are not scanned; the rest of the current line still is.
    pub fn copy_data(&mut self) -> CopyData {
        let (range, place, terminated) = self.source.take_copy_data();
        CopyData::new(
            Arc::clone(&self.source.text),
            range,
            self.source.location(place),
            terminated,
        )
    }

    /// What the buffer holds now, to fall back to at the end of an `\if` branch.
    pub fn mark(&self) -> Mark {
        Mark {
            length: self.buffer.len(),
            parentheses: self.lexer.parentheses(),
            bodies: self.lexer.bodies(),
        }
    }

    /// Drops what was gathered since `mark`, where the buffer still holds more than then.
    pub fn restore(&mut self, mark: &Mark) {
        self.buffer.truncate(mark.length);
        self.lexer.drop_text(mark.parentheses, mark.bodies);
    }

    /// Says whether the current `\if` branch is active. In an inactive one variables are not put in, and no
    /// statement is given: its text gathers until [`Self::restore`].
    pub fn set_active(&mut self, active: bool) {
        self.active = active;
    }

    /// After [`Scan::End`]: what was left open.
    pub fn unfinished(&self) -> Option<&Unfinished> {
        self.unfinished.as_ref()
    }

    /// The warnings since they were last taken.
    pub fn take_warnings(&mut self) -> Vec<ScriptWarning> {
        std::mem::take(&mut self.warnings)
    }

    /// The lines that were read since they were last taken: those that psql does not pass over as empty, nor takes as data.
    pub fn take_lines(&mut self) -> impl Iterator<Item = &str> {
        let text = &self.source.text;
        std::mem::take(&mut self.lines)
            .into_iter()
            .map(|line| &text[line])
    }

    /// Where scanning stands.
    pub fn location(&mut self) -> Location {
        let place = self.source.here();
        self.source.location(place)
    }
}

fn empty_fragment(source: &mut Source) -> Fragment {
    let place = source.here();
    Fragment::new(Arc::clone(&source.file), Arc::clone(&source.text), place)
}
