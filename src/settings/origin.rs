use std::fmt;
use std::ops::Range;

use crate::script::Location;
use crate::session::conninfo::{HIDDEN, Reach, passwords, without_passwords};

/// Where a setting was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// On the command line, by this flag.
    Flag(&'static str),
    /// In the environment, by this variable.
    Variable(&'static str),
    /// In the settings file.
    File(Box<Place>),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(name) | Self::Variable(name) => f.write_str(name),
            Self::File(place) => place.fmt(f),
        }
    }
}

impl Origin {
    /// The excerpt of the file, to stand behind a message; nothing for other origins.
    pub(super) fn excerpt(&self) -> String {
        match self {
            Self::File(place) => place.excerpt(),
            Self::Flag(_) | Self::Variable(_) => String::new(),
        }
    }
}

/// A place in the settings file with the line that it is in. Shown as `pgassay.toml:LINE:COLUMN`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// File, line and column.
    pub location: Location,
    /// The line's text, without the passwords that may stand in it.
    pub line: String,
    /// How many characters of it stand before what is meant.
    pub indent: usize,
    /// How many characters of it are meant; at least 1.
    pub width: usize,
}

impl Place {
    /// The place of `span`, in bytes, in `text`; `file` as shown to people. A password in its line may reach so far.
    pub(super) fn of(file: &str, text: &str, span: Range<usize>, reach: Reach) -> Self {
        let before = text.get(..span.start).unwrap_or(text);
        let start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let behind = text.get(start..).unwrap_or_default();
        let line = behind.split(['\n', '\r']).next().unwrap_or_default();
        let meant = span.start - start..span.end.saturating_sub(start).min(line.len());
        let column = line.get(..meant.start).unwrap_or(line).chars().count();
        // Where a character of the line is, when it is shown.
        let ranges = passwords(line, reach);
        let shown_at = |at: usize| {
            let length = |part: Range<usize>| line.get(part).unwrap_or_default().chars().count();
            let (mut count, mut from) = (0, 0);
            for hidden in ranges.iter().filter(|hidden| hidden.start < at) {
                count += length(from..hidden.start);
                if at < hidden.end {
                    return count;
                }
                count += HIDDEN.len();
                from = hidden.end;
            }
            count + length(from..at)
        };
        let indent = shown_at(meant.start);
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        Self {
            location: Location::new(
                file,
                number(before.matches('\n').count() + 1),
                number(column + 1),
            ),
            line: without_passwords(line, reach).replace('\t', " "),
            width: shown_at(meant.end).saturating_sub(indent).max(1),
            indent,
        }
    }

    /// The line with what is meant underlined; begins with a newline, ends without one.
    pub(super) fn excerpt(&self) -> String {
        let number = self.location.line().to_string();
        let margin = " ".repeat(number.len());
        let indent = " ".repeat(self.indent);
        let carets = "^".repeat(self.width);
        format!(
            "\n{margin} |\n{number} | {}\n{margin} | {indent}{carets}",
            self.line
        )
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.location, self.location.column())
    }
}

/// A value with the place where it was said.
#[derive(Debug, Clone)]
pub(super) struct Said<T> {
    pub(super) value: T,
    pub(super) origin: Origin,
}

impl<T> Said<T> {
    pub(super) fn new(value: T, origin: &Origin) -> Self {
        Self {
            value,
            origin: origin.clone(),
        }
    }
}
