//! Arguments of backslash commands, read as psql 18 reads them. Nothing is run: what backticks bring is asked for.

use super::delimiter::is_space;
use super::quote::{quote_identifier, quote_literal};
use super::source::{Refusal, Source, Window};
use super::variable::{Form, Variables, reference};
use super::{Location, ScriptError};

/// How a command takes its argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArgumentKind {
    /// A word, with quotes and variables.
    Normal,
    /// An identifier whose double quotes are taken off, while its letters stay as they are; `\c` reads so.
    ConnectionIdentifier,
    /// A file name, or the rest of the line from a `|` on.
    FilePipe,
    /// The rest of the line as it stands.
    WholeLine,
    /// A word in which nothing is expanded.
    NoEvaluation,
}

/// An argument of a backslash command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Argument {
    /// Its value, after quotes and variables.
    pub text: String,
    /// Whether some part of it was quoted or came from a variable (psql tells `-n` from `'-n'` so).
    pub quoted: bool,
}

/// What the next character of an argument is part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Start,
    Word,
    Single,
    Double,
    Backticks,
    WholeLine,
}

/// Reads from a source in the manner of a command's arguments.
pub(super) struct Reader<'a> {
    source: &'a mut Source,
    variables: &'a dyn Variables,
    active: bool,
    command: &'a Location,
    text: Vec<u8>,
    quoted: bool,
    /// How many characters at the end of the text are under no quotes.
    unquoted: usize,
    /// Where in the text the backticks began.
    backticks: usize,
    opened: Option<Location>,
}

impl<'a> Reader<'a> {
    /// `command` is where errors are said to be, unless a better place is known.
    pub(super) fn new(
        source: &'a mut Source,
        variables: &'a dyn Variables,
        active: bool,
        command: &'a Location,
    ) -> Self {
        Self {
            source,
            variables,
            active,
            command,
            text: Vec::new(),
            quoted: false,
            unquoted: 0,
            backticks: 0,
            opened: None,
        }
    }

    /// A command's name: all up to white space or a backslash.
    pub(super) fn name(mut self) -> String {
        loop {
            let window = self.source.window();
            let rest = &window.text.as_bytes()[window.at..window.end];
            let length = rest
                .iter()
                .take_while(|byte| !is_space(**byte) && **byte != b'\\')
                .count();
            self.text.extend_from_slice(&rest[..length]);
            self.source.read_to(window.at + length);
            if length < rest.len() || !self.source.leave_expansion() {
                return String::from_utf8_lossy(&self.text).into_owned();
            }
        }
    }

    /// Passes a `\\` that ends a command.
    pub(super) fn pass_double_backslash(source: &mut Source) {
        loop {
            let window = source.window();
            let rest = &window.text.as_bytes()[window.at..window.end];
            if rest.starts_with(b"\\\\") {
                source.read_to(window.at + 2);
            }
            if !rest.is_empty() || !source.leave_expansion() {
                return;
            }
        }
    }

    /// One argument; none at the end of the command.
    pub(super) fn argument(
        mut self,
        kind: ArgumentKind,
        strip: bool,
    ) -> Result<Option<Argument>, ScriptError> {
        let mut state = if kind == ArgumentKind::WholeLine {
            State::WholeLine
        } else {
            State::Start
        };
        loop {
            let window = self.source.window();
            let mut at = window.at;
            let mut done = false;
            while at < window.end && !done {
                at = match state {
                    State::Start => self.start(&window, at, kind, &mut state),
                    State::Word => {
                        let next = self.word(&window, at, kind, &mut state)?;
                        done = next.is_none();
                        next.unwrap_or(at)
                    }
                    State::Single => self.single(&window, at, &mut state),
                    State::Double => self.double(&window, at, &mut state),
                    State::Backticks => self.backticked(&window, at, kind, &mut state)?,
                    State::WholeLine => self.whole_line(&window, at),
                };
            }
            self.source.read_to(at);
            if done || !self.source.leave_expansion() {
                break;
            }
        }
        self.complete(kind, state, strip)
    }

    fn complete(
        mut self,
        kind: ArgumentKind,
        state: State,
        strip: bool,
    ) -> Result<Option<Argument>, ScriptError> {
        match state {
            State::Start => {}
            State::Word => {
                if strip {
                    while self.unquoted > 0 && self.text.last() == Some(&b';') {
                        self.text.pop();
                        self.unquoted -= 1;
                    }
                }
                if kind == ArgumentKind::ConnectionIdentifier {
                    self.text = identifier(&self.text);
                }
            }
            State::WholeLine => {
                // psql would keep the carriage return of a line that ends in CR LF.
                if self.text.last() == Some(&b'\r') {
                    self.text.pop();
                }
                while strip
                    && self
                        .text
                        .last()
                        .is_some_and(|byte| *byte == b';' || is_space(*byte))
                {
                    self.text.pop();
                }
            }
            State::Single => return Err(self.unterminated('\'')),
            State::Double => return Err(self.unterminated('"')),
            State::Backticks => return Err(self.unterminated('`')),
        }
        if self.text.is_empty() && !self.quoted {
            return Ok(None);
        }
        let bytes = std::mem::take(&mut self.text);
        match String::from_utf8(bytes) {
            Ok(text) if !text.contains('\0') => Ok(Some(Argument {
                text,
                quoted: self.quoted,
            })),
            _ => Err(ScriptError::ArgumentBytes {
                location: self.place(),
            }),
        }
    }

    /// White space before an argument, and the bar of a pipe.
    fn start(
        &mut self,
        window: &Window,
        at: usize,
        kind: ArgumentKind,
        state: &mut State,
    ) -> usize {
        match window.text.as_bytes()[at] {
            byte if is_space(byte) => at + 1,
            b'|' if kind == ArgumentKind::FilePipe => {
                self.text.push(b'|');
                *state = State::WholeLine;
                at + 1
            }
            _ => {
                *state = State::Word;
                at
            }
        }
    }

    /// One character or reference of a word; none where the word ends.
    fn word(
        &mut self,
        window: &Window,
        at: usize,
        kind: ArgumentKind,
        state: &mut State,
    ) -> Result<Option<usize>, ScriptError> {
        let byte = window.text.as_bytes()[at];
        match byte {
            b'\\' => return Ok(None),
            byte if is_space(byte) => return Ok(None),
            b'\'' => self.open(State::Single, at, state),
            b'"' => {
                self.text.push(byte);
                self.open(State::Double, at, state);
            }
            b'`' => {
                self.backticks = self.text.len();
                self.open(State::Backticks, at, state);
            }
            b':' => return self.colon(window, at, kind).map(Some),
            _ => {
                self.text.push(byte);
                self.unquoted += 1;
            }
        }
        Ok(Some(at + 1))
    }

    fn open(&mut self, quote: State, at: usize, state: &mut State) {
        let place = self.source.place(at);
        self.opened = Some(self.source.location(place));
        self.quoted = true;
        self.unquoted = 0;
        *state = quote;
    }

    /// A colon: a reference, whose value is taken as it is, or just a colon.
    fn colon(
        &mut self,
        window: &Window,
        at: usize,
        kind: ArgumentKind,
    ) -> Result<usize, ScriptError> {
        let Some(reference) = reference(&window.text, at, window.end) else {
            self.text.push(b':');
            self.unquoted += 1;
            return Ok(at + 1);
        };
        let name = &window.text[reference.name];
        let value = if self.active && kind != ArgumentKind::NoEvaluation {
            self.variables.get(name)
        } else {
            None
        };
        if reference.form == Form::Test {
            let test = if value.is_some() { "TRUE" } else { "FALSE" };
            self.text.extend_from_slice(test.as_bytes());
            return Ok(reference.end);
        }
        self.quoted = true;
        self.unquoted = 0;
        let Some(value) = value else {
            self.text
                .extend_from_slice(&window.text.as_bytes()[at..reference.end]);
            return Ok(reference.end);
        };
        if self.text.is_empty() {
            self.source.reset_count();
        }
        if let Err(Refusal::TooMuch(limit)) = self.source.count(value.len()) {
            return Err(ScriptError::Expansion {
                location: self.place(),
                name: name.to_owned(),
                limit,
            });
        }
        match reference.form {
            Form::Literal => self.text.extend_from_slice(quote_literal(value).as_bytes()),
            Form::Identifier => self
                .text
                .extend_from_slice(quote_identifier(value).as_bytes()),
            Form::Plain | Form::Test => self.text.extend_from_slice(value.as_bytes()),
        }
        Ok(reference.end)
    }

    /// Text in single quotes, with its escapes.
    fn single(&mut self, window: &Window, at: usize, state: &mut State) -> usize {
        let rest = &window.text.as_bytes()[at..window.end];
        let length = rest
            .iter()
            .take_while(|byte| !matches!(byte, b'\'' | b'\\'))
            .count();
        self.text.extend_from_slice(&rest[..length]);
        let rest = &rest[length..];
        let read = match rest {
            [] => 0,
            [b'\'', b'\'', ..] => {
                self.text.push(b'\'');
                2
            }
            [b'\\', b'x', digits @ ..] if digits.first().is_some_and(u8::is_ascii_hexdigit) => {
                2 + self.numeric_escape(digits, 16, 2)
            }
            [b'\\', digits @ ..] if matches!(digits.first(), Some(b'0'..=b'7')) => {
                1 + self.numeric_escape(digits, 8, 3)
            }
            [b'\\', escaped, ..] => {
                self.text.push(match escaped {
                    b'n' => b'\n',
                    b't' => b'\t',
                    b'b' => 0x08,
                    b'r' => b'\r',
                    b'f' => 0x0c,
                    other => *other,
                });
                2
            }
            [b'\\'] => {
                self.text.push(b'\\');
                1
            }
            _ => {
                *state = State::Word;
                1
            }
        };
        at + length + read
    }

    /// Adds the byte that digits give; how many of them were read.
    fn numeric_escape(&mut self, digits: &[u8], radix: u32, most: usize) -> usize {
        let values = digits
            .iter()
            .take(most)
            .map_while(|digit| char::from(*digit).to_digit(radix));
        let (value, read) = values.fold((0, 0), |(value, read), digit| {
            (value * radix + digit, read + 1)
        });
        // Octal 777 has more than eight bits; C's `char` keeps the lower ones.
        self.text
            .push(u8::try_from(value & 0xff).unwrap_or_default());
        read
    }

    /// Text in double quotes, which stay.
    fn double(&mut self, window: &Window, at: usize, state: &mut State) -> usize {
        let rest = &window.text.as_bytes()[at..window.end];
        let length = match rest.iter().position(|byte| *byte == b'"') {
            Some(quote) => {
                *state = State::Word;
                quote + 1
            }
            None => rest.len(),
        };
        self.text.extend_from_slice(&rest[..length]);
        at + length
    }

    /// Text in backticks: once it is complete, what the command brings takes its place, unless nothing is to be
    /// evaluated.
    fn backticked(
        &mut self,
        window: &Window,
        at: usize,
        kind: ArgumentKind,
        state: &mut State,
    ) -> Result<usize, ScriptError> {
        let rest = &window.text.as_bytes()[at..window.end];
        let length = rest.iter().take_while(|byte| **byte != b'`').count();
        self.text.extend_from_slice(&rest[..length]);
        if length == rest.len() {
            return Ok(window.end);
        }
        *state = State::Word;
        let next = at + length + 1;
        if self.active && kind != ArgumentKind::NoEvaluation {
            let command = String::from_utf8_lossy(&self.text[self.backticks..]).into_owned();
            let command = self.shell_command(&command);
            match self.variables.output(&command) {
                Ok(output) => {
                    self.text.truncate(self.backticks);
                    // psql takes one newline off, and no more.
                    let output = output.strip_suffix('\n').unwrap_or(&output);
                    self.text.extend_from_slice(output.as_bytes());
                }
                Err(reason) => {
                    self.source.read_to(next);
                    return Err(ScriptError::Backtick {
                        location: self.place(),
                        command,
                        reason,
                    });
                }
            }
        }
        Ok(next)
    }

    /// A command in backticks with its variables: `:name` as it is, `:'name'` quoted for a shell.
    fn shell_command(&self, text: &str) -> String {
        let mut command = String::new();
        let mut at = 0;
        while let Some(colon) = text[at..].find(':').map(|offset| at + offset) {
            command.push_str(&text[at..colon]);
            let found = reference(text, colon, text.len()).and_then(|reference| {
                let value = self.variables.get(&text[reference.name])?;
                match reference.form {
                    Form::Plain => Some((value.to_owned(), reference.end)),
                    Form::Literal => {
                        let quoted = value.replace('\'', "'\"'\"'");
                        Some((format!("'{quoted}'"), reference.end))
                    }
                    Form::Identifier | Form::Test => None,
                }
            });
            let (value, end) = found.unwrap_or_else(|| (":".to_owned(), colon + 1));
            command.push_str(&value);
            at = end;
        }
        command.push_str(&text[at..]);
        command
    }

    /// The rest of the line, without the white space before it.
    fn whole_line(&mut self, window: &Window, at: usize) -> usize {
        let rest = &window.text.as_bytes()[at..window.end];
        let blank = if self.text.is_empty() {
            rest.iter().take_while(|byte| is_space(**byte)).count()
        } else {
            0
        };
        self.text.extend_from_slice(&rest[blank..]);
        window.end
    }

    /// Where the last quote opens, else the command.
    fn place(&self) -> Location {
        self.opened.clone().unwrap_or_else(|| self.command.clone())
    }

    fn unterminated(&self, quote: char) -> ScriptError {
        ScriptError::UnterminatedArgument {
            location: self.place(),
            quote,
        }
    }
}

/// An SQL identifier, maybe of several parts, without its quotes.
fn identifier(text: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(text.len());
    let mut quoted = false;
    let mut bytes = text.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' if quoted && bytes.peek() == Some(&b'"') => {
                bytes.next();
                plain.push(b'"');
            }
            b'"' => quoted = !quoted,
            byte => plain.push(byte),
        }
    }
    plain
}
