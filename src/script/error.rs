//! What can be wrong with a script as a text. Whether its SQL is right is the server's to say.

use super::Location;

/// Why a script cannot be read on. The message does not repeat the place, which is [`Self::location`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScriptError {
    /// An argument holds a command in backticks, which psql would hand to a shell.
    #[error("cannot run `{command}`: {reason}")]
    Backtick {
        /// The backslash command or argument.
        location: Location,
        /// The text between the backticks.
        command: String,
        /// Why not, and what to do instead.
        reason: String,
    },
    /// A quote in an argument is still open at the end of the line.
    #[error(
        "unterminated quoted string: a {quote} is not closed on its line; arguments of a backslash command cannot go on to the next line"
    )]
    UnterminatedArgument {
        /// Where the quote opens.
        location: Location,
        /// The quote.
        quote: char,
    },
    /// Escapes in an argument make bytes that are no text.
    #[error(
        "the escapes in this quoted argument make bytes that are no UTF-8 text (or a zero byte); write the characters themselves"
    )]
    ArgumentBytes {
        /// The argument.
        location: Location,
    },
    /// Variables that name one another make more text than anybody meant.
    #[error(
        "variable \"{name}\" expands to too much text ({limit}); variables that name one another multiply, so shorten their values"
    )]
    Expansion {
        /// The outermost reference.
        location: Location,
        /// The variable that passed the limit.
        name: String,
        /// The limit in words.
        limit: String,
    },
    /// The file is not UTF-8 but UTF-16 or UTF-32, as its first bytes say.
    #[error(
        "it is {encoding} by its byte order mark, and scripts must be UTF-8; convert it with `iconv -f {encoding} -t UTF-8`"
    )]
    WideEncoding {
        /// The file, as shown.
        file: String,
        /// iconv's name of the encoding.
        encoding: &'static str,
    },
    /// Bytes that are no UTF-8.
    #[error(
        "byte {byte:#04x} is not UTF-8; save the file as UTF-8, or convert it (from Latin 1, say, with `iconv -f LATIN1 -t UTF-8`)"
    )]
    NotUtf8 {
        /// Where the first bad byte stands.
        location: Location,
        /// The byte.
        byte: u8,
    },
    /// A zero byte.
    #[error(
        "it holds a zero byte, which PostgreSQL's texts cannot; if the file is UTF-16, convert it with `iconv -f UTF-16 -t UTF-8`, else remove the byte"
    )]
    ZeroByte {
        /// Where it stands.
        location: Location,
    },
    /// A custom-format dump rather than a script.
    #[error("it is a custom-format dump; turn it into SQL with `pg_restore -f out.sql {file}`")]
    CustomDump {
        /// The file, as shown.
        file: String,
    },
}

impl ScriptWarning {
    /// Where it shows.
    pub fn location(&self) -> &Location {
        match self {
            Self::OpenQuote { location } | Self::RecursiveVariable { location, .. } => location,
        }
    }
}

impl ScriptError {
    /// Where it shows: the file's beginning, where it concerns the file as a whole.
    pub fn location(&self) -> Location {
        match self {
            Self::Backtick { location, .. }
            | Self::UnterminatedArgument { location, .. }
            | Self::ArgumentBytes { location }
            | Self::Expansion { location, .. }
            | Self::NotUtf8 { location, .. }
            | Self::ZeroByte { location } => location.clone(),
            Self::WideEncoding { file, .. } | Self::CustomDump { file } => {
                Location::new(file.as_str(), 1, 1)
            }
        }
    }
}

/// Something that psql warns of and passes over.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScriptWarning {
    /// A quote is open at the end of a command that is not run.
    #[error("unterminated quoted string")]
    OpenQuote {
        /// Where it opens.
        location: Location,
    },
    /// A variable's value refers to the variable itself: the reference is left as it is.
    #[error("skipping recursive expansion of variable \"{name}\"")]
    RecursiveVariable {
        /// The outermost reference.
        location: Location,
        /// The variable.
        name: String,
    },
}

/// What is still open where a script ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfinished {
    /// What it is.
    pub open: Open,
    /// Where it opens.
    pub location: Location,
}

/// What can be left open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Open {
    /// A `'…'` literal of whatever kind.
    Literal,
    /// A `"…"` identifier.
    Identifier,
    /// A dollar quote, with its delimiter: `$body$`.
    DollarQuote(String),
    /// A `/* … */` comment.
    Comment,
    /// A parenthesis: semicolons within do not end the statement.
    Parenthesis,
    /// A `BEGIN ATOMIC` body.
    Body,
}

impl std::fmt::Display for Unfinished {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.open {
            Open::Literal => write!(
                f,
                "the quoted string that opens at {} is not closed",
                self.location
            ),
            Open::Identifier => write!(
                f,
                "the quoted identifier that opens at {} is not closed",
                self.location
            ),
            Open::DollarQuote(delimiter) => {
                write!(
                    f,
                    "the dollar quote {delimiter} that opens at {} is not closed",
                    self.location
                )
            }
            Open::Comment => write!(
                f,
                "the comment that opens at {} is not closed",
                self.location
            ),
            Open::Parenthesis => write!(
                f,
                "the parenthesis that opens at {} is not closed",
                self.location
            ),
            Open::Body => write!(
                f,
                "the function body that begins at {} has no END",
                self.location
            ),
        }
    }
}
