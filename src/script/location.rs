use std::fmt;
use std::sync::Arc;

/// A place in a text: line and column, both counted from 1, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1, in characters.
    pub column: u32,
}

/// A place in a file, as shown to people: `path:line`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Location {
    /// The file, as people are shown it (relative to the project where it lies below it).
    pub file: Arc<str>,
    /// Where in the file.
    pub position: Position,
}

impl Location {
    /// A place in `file`, line and column counted from 1.
    pub fn new(file: impl Into<Arc<str>>, line: u32, column: u32) -> Self {
        Self {
            file: file.into(),
            position: Position { line, column },
        }
    }

    /// The line, from 1.
    pub fn line(&self) -> u32 {
        self.position.line
    }

    /// The column, from 1, in characters.
    pub fn column(&self) -> u32 {
        self.position.column
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.position.line)
    }
}
