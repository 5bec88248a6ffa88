//! One connection to a server, on the level of protocol messages.
//!
//! The simple query protocol, as psql uses it: what comes back is handed on in the order in which it
//! came, so that rows, notices and errors keep their places, and nothing is collected. See
//! `docs/decisions/0002-the-wire.md` for why this is not the `postgres` crate.

mod ending;
mod error;
mod receiver;
mod request;

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::time::{Duration, Instant};

use bytes::BytesMut;
use fallible_iterator::FallibleIterator;
use postgres_protocol::message::backend::Message;
use postgres_protocol::message::frontend;

pub use error::WireError;
pub(super) use receiver::Notification;
pub use receiver::TransactionStatus;
pub(super) use receiver::{CopyChunk, Field, Receiver};
pub(super) use request::Request;

use super::conninfo::ConnInfo;
use super::message::server_message;
use super::startup;
use super::stream::{self, Stream};
use super::watch::{CANCEL_GRACE, Ended, Watch};
use crate::event::ServerMessage;

/// How often a waiting read looks at its [`Watch`].
pub(super) const TICK: Duration = Duration::from_millis(50);

/// After how many bytes of a `COPY` it is looked at what the server says meanwhile, and at the [`Watch`].
const COPY_PIECE: usize = 64 * 1024;

/// Whether more can come from the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Inbound {
    Open,
    Ended,
}

/// One connection.
#[derive(Debug)]
pub struct Connection {
    stream: Stream,
    info: ConnInfo,
    inbound: BytesMut,
    outbound: BytesMut,
    scratch: Vec<u8>,
    parameters: HashMap<String, String>,
    backend: (i32, i32),
    status: TransactionStatus,
    watch: Watch,
    cancelled: Option<(Ended, Instant)>,
    lost: bool,
    notifications: Vec<Notification>,
}

impl Connection {
    /// Connects and authenticates.
    ///
    /// # Errors
    /// When there is no stream, when authentication fails, when the server refuses, or when the watch ends first.
    pub fn open(info: &ConnInfo, watch: Watch) -> Result<Self, WireError> {
        let (stream, started) = startup::begin(info, &watch)?;
        stream
            .set_read_timeout(Some(TICK))
            .map_err(|error| WireError::lost(&error))?;
        stream
            .set_write_timeout(Some(TICK))
            .map_err(|error| WireError::lost(&error))?;
        Ok(Self {
            stream,
            info: info.clone(),
            inbound: started.inbound,
            outbound: BytesMut::new(),
            scratch: vec![0; 64 * 1024],
            parameters: started.parameters,
            backend: started.backend,
            status: TransactionStatus::Idle,
            watch,
            cancelled: None,
            lost: false,
            notifications: Vec::new(),
        })
    }

    /// How it was opened.
    pub fn info(&self) -> &ConnInfo {
        &self.info
    }

    /// A value that the server reported by itself, such as `server_version` or
    /// `standard_conforming_strings`.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.get(name).map(String::as_str)
    }

    /// The process ID of the server process.
    pub fn backend_pid(&self) -> i32 {
        self.backend.0
    }

    /// The transaction status after the last query.
    pub fn status(&self) -> TransactionStatus {
        self.status
    }

    /// Whether it broke.
    pub fn is_lost(&self) -> bool {
        self.lost
    }

    /// What may end a wait.
    pub(super) fn watch(&self) -> &Watch {
        &self.watch
    }

    /// Replaces what may end a wait.
    pub fn set_watch(&mut self, watch: Watch) {
        self.watch = watch;
        self.cancelled = None;
    }

    /// Why the statement at hand was cancelled by this side, if it was.
    pub fn cancelled(&self) -> Option<Ended> {
        self.cancelled.map(|(ended, _)| ended)
    }

    /// Whether the watch says that no more work should be begun.
    pub fn ended(&self) -> Option<Ended> {
        self.cancelled().or_else(|| self.watch.ended())
    }

    /// Sends `sql` by the simple query protocol and hands on what comes back, until the server is ready
    /// again. SQL errors go to the receiver and are no error here.
    ///
    /// # Errors
    /// When the connection breaks or is given up.
    pub fn query(&mut self, sql: &str, receiver: &mut dyn Receiver) -> Result<(), WireError> {
        self.ask(Request::Simple(sql), receiver)
    }

    /// Sends a request and hands on what comes back, until the server is ready again. SQL errors go to the receiver and
    /// are no error here.
    ///
    /// # Errors
    /// When the connection breaks or is given up.
    pub fn ask(
        &mut self,
        request: Request<'_>,
        receiver: &mut dyn Receiver,
    ) -> Result<(), WireError> {
        request
            .write(&mut self.outbound)
            .map_err(|error| WireError::lost(&error))?;
        self.flush()?;
        let mut must_sync = request.waits_for_its_end();
        let mut last_error: Option<Box<ServerMessage>> = None;
        let mut is_cancelled = false;
        loop {
            let message = match self.read_message() {
                Ok(message) => message,
                Err(WireError::Lost {
                    reason,
                    message: None,
                }) => {
                    return Err(WireError::Lost {
                        reason,
                        message: last_error,
                    });
                }
                Err(error) => return Err(error),
            };
            if must_sync
                && matches!(
                    message,
                    Message::CommandComplete(_)
                        | Message::EmptyQueryResponse
                        | Message::ErrorResponse(_)
                )
            {
                must_sync = false;
                frontend::sync(&mut self.outbound);
                self.flush()?;
            }
            match message {
                Message::RowDescription(body) => {
                    let mut fields = Vec::new();
                    let mut iterator = body.fields();
                    while let Some(field) = self.decoded(iterator.next())? {
                        fields.push(Field {
                            name: field.name().to_owned(),
                            type_oid: field.type_oid(),
                            type_modifier: field.type_modifier(),
                        });
                    }
                    receiver.fields(fields);
                }
                Message::DataRow(body) => {
                    let buffer = body.buffer();
                    let mut values = Vec::new();
                    let mut ranges = body.ranges();
                    while let Some(range) = self.decoded(ranges.next())? {
                        values.push(range.map(|range| &buffer[range]));
                    }
                    receiver.row(&values);
                }
                Message::CommandComplete(body) => {
                    let tag = self.decoded(body.tag().map(str::to_owned))?;
                    receiver.complete(&tag);
                }
                Message::ErrorResponse(body) => {
                    let error = server_message(body.fields());
                    if matches!(error.severity.as_str(), "FATAL" | "PANIC") {
                        last_error = Some(Box::new(error.clone()));
                    }
                    receiver.error(error);
                }
                Message::NoticeResponse(body) => receiver.notice(server_message(body.fields())),
                // Even if no data follow, it is to be known that they would.
                Message::CopyOutResponse(_) => receiver.copy_out(&[]),
                Message::CopyDone => {}
                Message::CopyData(body) => {
                    receiver.copy_out(body.data());
                    if receiver.has_enough() && !is_cancelled {
                        is_cancelled = true;
                        self.send_cancel_request();
                    }
                }
                Message::CopyInResponse(_) => {
                    self.send_copy_data(receiver)?;
                    if must_sync {
                        // The request to answer at once, which came before the data, was passed over with them.
                        frontend::flush(&mut self.outbound);
                        self.flush()?;
                    }
                }
                Message::ReadyForQuery(body) => {
                    self.status = match body.status() {
                        b'T' => TransactionStatus::Open,
                        b'E' => TransactionStatus::Failed,
                        _ => TransactionStatus::Idle,
                    };
                    return Ok(());
                }
                other => self.take_asynchronous(&other),
            }
        }
    }

    /// Sends what the receiver has for a `COPY … FROM STDIN`, until that is all, the watch ends it or the server says
    /// that it failed: after its error it drops what still comes.
    fn send_copy_data(&mut self, receiver: &mut dyn Receiver) -> Result<(), WireError> {
        let failed = |error: io::Error| WireError::lost(&error);
        loop {
            match receiver.copy_in() {
                CopyChunk::Data(data) => {
                    for piece in data.chunks(COPY_PIECE) {
                        let piece = frontend::CopyData::new(piece).map_err(failed)?;
                        piece.write(&mut self.outbound);
                        if self.outbound.len() < COPY_PIECE {
                            continue;
                        }
                        self.flush()?;
                        if self.error_waits(receiver)? {
                            return Ok(());
                        }
                        self.look_at_watch()?;
                        if self.cancelled.is_some() {
                            frontend::copy_fail("no more is sent", &mut self.outbound)
                                .map_err(failed)?;
                            return self.flush();
                        }
                    }
                }
                CopyChunk::End => {
                    frontend::copy_done(&mut self.outbound);
                    return self.flush();
                }
                CopyChunk::Fail(reason) => {
                    frontend::copy_fail(&reason, &mut self.outbound).map_err(failed)?;
                    return self.flush();
                }
            }
        }
    }

    /// Whether the next message is an error, which stays to be read; what comes before it is handed on. Never waits.
    fn error_waits(&mut self, receiver: &mut dyn Receiver) -> Result<bool, WireError> {
        self.read_what_is_there()?;
        while self.inbound.first() != Some(&b'E') {
            let parsed = Message::parse(&mut self.inbound);
            match self.decoded(parsed)? {
                None => return Ok(false),
                Some(Message::NoticeResponse(body)) => {
                    receiver.notice(server_message(body.fields()));
                }
                Some(other) => self.take_asynchronous(&other),
            }
        }
        Ok(true)
    }

    fn take_asynchronous(&mut self, message: &Message) {
        if let Message::ParameterStatus(body) = message
            && let (Ok(name), Ok(value)) = (body.name(), body.value())
        {
            self.parameters.insert(name.to_owned(), value.to_owned());
        }
        if let Message::NotificationResponse(body) = message
            && let (Ok(channel), Ok(payload)) = (body.channel(), body.message())
        {
            self.notifications.push(Notification {
                channel: channel.to_owned(),
                payload: payload.to_owned(),
                process_id: body.process_id(),
            });
        }
    }

    /// The notifications that came since they were last taken.
    pub(super) fn take_notifications(&mut self) -> Vec<Notification> {
        std::mem::take(&mut self.notifications)
    }

    /// Turns a message that cannot be decoded into a lost connection: nothing after it can be trusted.
    fn decoded<T>(&mut self, result: io::Result<T>) -> Result<T, WireError> {
        result.map_err(|error| {
            self.lost = true;
            WireError::lost(&error)
        })
    }

    fn read_message(&mut self) -> Result<Message, WireError> {
        loop {
            let parsed = Message::parse(&mut self.inbound);
            if let Some(message) = self.decoded(parsed)? {
                return Ok(message);
            }
            self.fill()?;
        }
    }

    /// Reads what is there, waiting until something is; looks at the watch meanwhile.
    fn fill(&mut self) -> Result<(), WireError> {
        loop {
            self.look_at_watch()?;
            match self.stream.read(&mut self.scratch) {
                Ok(0) => {
                    self.lost = true;
                    return Err(WireError::lost(&io::ErrorKind::UnexpectedEof.into()));
                }
                Ok(count) => {
                    self.inbound.extend_from_slice(&self.scratch[..count]);
                    return Ok(());
                }
                Err(error) if is_timeout(&error) => {}
                Err(error) => {
                    self.lost = true;
                    return Err(WireError::lost(&error));
                }
            }
        }
    }

    /// Reads what has come without waiting for more. An end is an error unless something is still to be taken from what
    /// came before it.
    fn read_what_is_there(&mut self) -> Result<Inbound, WireError> {
        let blocking = |result: io::Result<()>| result.map_err(|error| WireError::lost(&error));
        blocking(self.stream.set_nonblocking(true))?;
        let end = loop {
            match self.stream.read(&mut self.scratch) {
                Ok(0) => break Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(count) => self.inbound.extend_from_slice(&self.scratch[..count]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if is_timeout(&error) => break Ok(()),
                Err(error) => break Err(error),
            }
        };
        blocking(self.stream.set_nonblocking(false))?;
        match end {
            Ok(()) => Ok(Inbound::Open),
            Err(_) if !self.inbound.is_empty() => Ok(Inbound::Ended),
            Err(error) => {
                self.lost = true;
                Err(WireError::lost(&error))
            }
        }
    }

    /// Sends what is waiting. A server that is itself blocked on sending (many notices during a COPY)
    /// is relieved by reading meanwhile.
    fn flush(&mut self) -> Result<(), WireError> {
        let mut sent = 0;
        while sent < self.outbound.len() {
            match self.stream.write(&self.outbound[sent..]) {
                Ok(count) => sent += count,
                Err(error) if is_timeout(&error) => {
                    self.look_at_watch()?;
                    if self.read_what_is_there()? == Inbound::Ended {
                        // What it said before is still to be read.
                        break;
                    }
                }
                Err(error) => {
                    // The server may have said why before it closed: that answer is still to be read.
                    if self.inbound.is_empty() && self.fill().is_err() {
                        self.lost = true;
                        return Err(WireError::lost(&error));
                    }
                    break;
                }
            }
        }
        self.outbound.clear();
        match self.stream.flush() {
            Err(error) if !is_timeout(&error) => {
                self.lost = true;
                Err(WireError::lost(&error))
            }
            _ => Ok(()),
        }
    }

    fn look_at_watch(&mut self) -> Result<(), WireError> {
        match self.cancelled {
            Some((ended, at)) if at.elapsed() > CANCEL_GRACE => {
                self.lost = true;
                Err(WireError::Abandoned(ended))
            }
            Some(_) => Ok(()),
            None => {
                if let Some(ended) = self.watch.ended() {
                    self.cancelled = Some((ended, Instant::now()));
                    self.send_cancel_request();
                }
                Ok(())
            }
        }
    }
}

fn is_timeout(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted
    )
}
