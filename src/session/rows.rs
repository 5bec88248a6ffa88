use super::wire::{Connection, CopyChunk, Field, Receiver, Request, WireError};
use crate::event::ServerMessage;

/// Why a query of the tool's own did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    /// The server refused the statement.
    #[error("{}: {}{}", .0.severity, .0.message, detail(.0))]
    Server(Box<ServerMessage>),
    /// The connection broke.
    #[error(transparent)]
    Wire(#[from] WireError),
}

impl QueryError {
    /// SQLSTATE, when the server said one.
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Server(message) | Self::Wire(WireError::Refused(message)) => Some(&message.code),
            Self::Wire(_) => None,
        }
    }
}

fn detail(message: &ServerMessage) -> String {
    let mut text = String::new();
    for (name, part) in [("DETAIL", &message.detail), ("HINT", &message.hint)] {
        if let Some(part) = part {
            text.push_str(&format!(" ({name}: {part})"));
        }
    }
    text
}

/// A row as text; none is NULL.
pub type Row = Vec<Option<String>>;

/// A row as text; bytes that are not UTF-8 are replaced.
pub(super) fn text_row(values: &[Option<&[u8]>]) -> Row {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    values.iter().map(|value| value.map(text)).collect()
}

impl Connection {
    /// Runs a query of the tool's own (one or several statements) and returns the rows of all results.
    ///
    /// # Errors
    /// The server's first error, or a lost connection.
    pub fn rows(&mut self, sql: &str) -> Result<Vec<Row>, QueryError> {
        let mut collector = Collector::default();
        self.query(sql, &mut collector)?;
        match collector.error {
            Some(error) => Err(QueryError::Server(Box::new(error))),
            None => Ok(collector.rows),
        }
    }

    /// Runs statements of the tool's own whose rows do not matter.
    ///
    /// # Errors
    /// The server's first error, or a lost connection.
    pub fn execute(&mut self, sql: &str) -> Result<(), QueryError> {
        self.rows(sql).map(drop)
    }

    /// Runs one statement whose rows do not matter, a part of which somebody else wrote: the server refuses a second one.
    ///
    /// # Errors
    /// The server's first error, or a lost connection.
    pub fn execute_one(&mut self, sql: &str) -> Result<(), QueryError> {
        let mut collector = Collector::default();
        let parameters = &[];
        self.ask(Request::WithParameters { sql, parameters }, &mut collector)?;
        match collector.error {
            Some(error) => Err(QueryError::Server(Box::new(error))),
            None => Ok(()),
        }
    }

    /// Does something in an open transaction, which goes on where it fails.
    ///
    /// # Errors
    /// That of what was done, or a lost connection.
    pub fn attempt<T>(
        &mut self,
        what: impl FnOnce(&mut Self) -> Result<T, QueryError>,
    ) -> Result<T, QueryError> {
        self.execute("SAVEPOINT pgassay_attempt")?;
        let done = what(self);
        match &done {
            Ok(_) => self.execute("RELEASE SAVEPOINT pgassay_attempt")?,
            Err(QueryError::Server(_)) => {
                self.execute(
                    "ROLLBACK TO SAVEPOINT pgassay_attempt; RELEASE SAVEPOINT pgassay_attempt",
                )?;
            }
            Err(_) => {}
        }
        done
    }

    /// The first column of the first row; none where there is no row or it is NULL.
    ///
    /// # Errors
    /// The server's first error, or a lost connection.
    pub fn value(&mut self, sql: &str) -> Result<Option<String>, QueryError> {
        Ok(self
            .rows(sql)?
            .into_iter()
            .next()
            .and_then(|row| row.into_iter().next().flatten()))
    }
}

#[derive(Default)]
struct Collector {
    rows: Vec<Row>,
    error: Option<ServerMessage>,
}

impl Receiver for Collector {
    fn fields(&mut self, _: Vec<Field>) {}

    fn row(&mut self, values: &[Option<&[u8]>]) {
        self.rows.push(text_row(values));
    }

    fn complete(&mut self, _: &str) {}

    fn error(&mut self, message: ServerMessage) {
        self.error.get_or_insert(message);
    }

    fn notice(&mut self, _: ServerMessage) {}

    fn copy_out(&mut self, _: &[u8]) {}

    fn copy_in(&mut self) -> CopyChunk {
        CopyChunk::Fail("COPY FROM STDIN has no data here".into())
    }
}
