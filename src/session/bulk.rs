//! Rows in bulk: `COPY … TO STDOUT` and `COPY … FROM STDIN` of the tool's own, streamed, so that nothing of them is collected. An
//! error of either side ends the statement, and the connection can be used again.

use std::io::{self, Read};

use super::rows::QueryError;
use super::wire::{Connection, CopyChunk, Field, Receiver, WireError};
use crate::event::ServerMessage;

/// How many bytes are read at a time from what is sent.
const PIECE: usize = 256 * 1024;

/// Why a `COPY` did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum BulkError {
    /// The server refused the statement, or what it was sent.
    #[error("{}", in_words(.0))]
    Server(Box<ServerMessage>),
    /// The connection broke.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// This side could not take, or could not give, what was to be copied.
    #[error(transparent)]
    Here(io::Error),
    /// The statement was no such `COPY`.
    #[error("the server answered without copying anything")]
    NoCopy,
}

impl From<QueryError> for BulkError {
    fn from(error: QueryError) -> Self {
        match error {
            QueryError::Server(message) => Self::Server(message),
            QueryError::Wire(error) => Self::Wire(error),
        }
    }
}

/// What the server says, with the line and column of the data that it was at.
fn in_words(message: &ServerMessage) -> String {
    let mut text = format!("{}: {}", message.severity, message.message);
    let parts = [
        ("DETAIL", &message.detail),
        ("HINT", &message.hint),
        ("CONTEXT", &message.context),
    ];
    for (name, part) in parts {
        if let Some(part) = part {
            text.push_str(&format!(" ({name}: {part})"));
        }
    }
    text
}

impl Connection {
    /// Runs a `COPY … TO STDOUT` and hands on what it brings, a row at a time with the formats `text` and `csv`; returns the
    /// number of rows. Once `take` fails, the statement is cancelled.
    ///
    /// # Errors
    /// The server's error, the error of `take`, or a lost connection.
    pub fn copy_out(
        &mut self,
        sql: &str,
        take: &mut dyn FnMut(&[u8]) -> io::Result<()>,
    ) -> Result<u64, BulkError> {
        let mut taker = Taker {
            take,
            failed: None,
            outcome: Outcome::default(),
        };
        let asked = self.query(sql, &mut taker);
        if let Some(error) = taker.failed {
            return Err(BulkError::Here(error));
        }
        asked?;
        taker.outcome.rows()
    }

    /// Runs a `COPY … FROM STDIN` with all that `source` has; returns the number of rows.
    ///
    /// # Errors
    /// The server's error, the error of `source`, or a lost connection.
    pub fn copy_in(&mut self, sql: &str, source: &mut dyn Read) -> Result<u64, BulkError> {
        let mut giver = Giver {
            source,
            failed: None,
            outcome: Outcome::default(),
        };
        let asked = self.query(sql, &mut giver);
        if let Some(error) = giver.failed {
            return Err(BulkError::Here(error));
        }
        asked?;
        giver.outcome.rows()
    }
}

/// How the server says that it ended.
#[derive(Default)]
struct Outcome {
    rows: Option<u64>,
    error: Option<ServerMessage>,
}

impl Outcome {
    fn complete(&mut self, tag: &str) {
        let rows = tag.strip_prefix("COPY ");
        self.rows = self.rows.or(rows.and_then(|rows| rows.parse().ok()));
    }

    fn rows(self) -> Result<u64, BulkError> {
        match (self.error, self.rows) {
            (Some(error), _) => Err(BulkError::Server(Box::new(error))),
            (None, Some(rows)) => Ok(rows),
            (None, None) => Err(BulkError::NoCopy),
        }
    }
}

/// Takes what a `COPY … TO STDOUT` brings.
struct Taker<'a> {
    take: &'a mut dyn FnMut(&[u8]) -> io::Result<()>,
    failed: Option<io::Error>,
    outcome: Outcome,
}

impl Receiver for Taker<'_> {
    fn fields(&mut self, _: Vec<Field>) {}

    fn row(&mut self, _: &[Option<&[u8]>]) {}

    fn complete(&mut self, tag: &str) {
        self.outcome.complete(tag);
    }

    fn error(&mut self, message: ServerMessage) {
        self.outcome.error.get_or_insert(message);
    }

    fn notice(&mut self, _: ServerMessage) {}

    fn copy_out(&mut self, data: &[u8]) {
        // That it begins is told by data that are empty; a row is never.
        if self.failed.is_none() && !data.is_empty() {
            self.failed = (self.take)(data).err();
        }
    }

    fn copy_in(&mut self) -> CopyChunk {
        CopyChunk::Fail("nothing is sent here".into())
    }

    fn has_enough(&self) -> bool {
        self.failed.is_some()
    }
}

/// Gives a `COPY … FROM STDIN` what it wants.
struct Giver<'a> {
    source: &'a mut dyn Read,
    failed: Option<io::Error>,
    outcome: Outcome,
}

impl Receiver for Giver<'_> {
    fn fields(&mut self, _: Vec<Field>) {}

    fn row(&mut self, _: &[Option<&[u8]>]) {}

    fn complete(&mut self, tag: &str) {
        self.outcome.complete(tag);
    }

    fn error(&mut self, message: ServerMessage) {
        self.outcome.error.get_or_insert(message);
    }

    fn notice(&mut self, _: ServerMessage) {}

    fn copy_out(&mut self, _: &[u8]) {}

    fn copy_in(&mut self) -> CopyChunk {
        let mut piece = vec![0; PIECE];
        loop {
            match self.source.read(&mut piece) {
                Ok(0) => return CopyChunk::End,
                Ok(count) => {
                    piece.truncate(count);
                    return CopyChunk::Data(piece);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    let reason = error.to_string();
                    self.failed = Some(error);
                    return CopyChunk::Fail(reason);
                }
            }
        }
    }
}
