//! What a server answers, and who takes it.

use crate::event::ServerMessage;

/// The transaction status that the server reports when it is ready for a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransactionStatus {
    /// Not in a transaction block.
    Idle,
    /// In one.
    Open,
    /// In one that failed.
    Failed,
}

/// A column of a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// The OID of its type.
    pub type_oid: u32,
    /// What further belongs to its type, such as a length; -1 for nothing.
    pub type_modifier: i32,
}

/// A chunk of data for `COPY … FROM STDIN`.
#[derive(Debug)]
pub enum CopyChunk {
    /// Bytes to send.
    Data(Vec<u8>),
    /// No more.
    End,
    /// Give up, with a reason that the server repeats in its error.
    Fail(String),
}

/// What another session, or this one, has sent by `NOTIFY`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Notification {
    /// The channel.
    pub(crate) channel: String,
    /// What was sent with it; it may be empty.
    pub(crate) payload: String,
    /// The server process of the session that sent it.
    pub(crate) process_id: i32,
}

/// Who takes what a query brings, in the order in which it comes.
pub trait Receiver {
    /// A result with columns begins.
    fn fields(&mut self, fields: Vec<Field>);
    /// A row of it; none is NULL.
    fn row(&mut self, values: &[Option<&[u8]>]);
    /// A statement is done; its command tag.
    fn complete(&mut self, tag: &str);
    /// A statement failed.
    fn error(&mut self, message: ServerMessage);
    /// The server remarks something.
    fn notice(&mut self, message: ServerMessage);
    /// Data of `COPY … TO STDOUT`.
    fn copy_out(&mut self, data: &[u8]);
    /// The server wants data for `COPY … FROM STDIN`.
    fn copy_in(&mut self) -> CopyChunk;
    /// Whether the rest of what a statement brings is of no use, so that it may be cancelled.
    fn has_enough(&self) -> bool {
        false
    }
}
