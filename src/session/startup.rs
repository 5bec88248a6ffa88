//! The first words on a new connection: startup and authentication.

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;

use bytes::BytesMut;
use fallible_iterator::FallibleIterator;
use postgres_protocol::authentication;
use postgres_protocol::authentication::sasl::{self, ChannelBinding, ScramSha256};
use postgres_protocol::message::backend::Message;
use postgres_protocol::message::frontend;

use super::conninfo::{ConnInfo, Host, TargetSessionAttrs};
use super::message::server_message;
use super::stream::{Failure, Refusal, Stream, connect_with};
use super::watch::Watch;
use super::wire::{TICK, WireError};
use crate::event::ServerMessage;

/// SQLSTATE `cannot_connect_now`: the server is starting up, shutting down or recovering.
const CANNOT_CONNECT_NOW: &str = "57P03";

/// What a server says while a connection begins.
#[derive(Debug, Default)]
pub(super) struct Started {
    /// The values that it reports by itself.
    pub(super) parameters: HashMap<String, String>,
    /// Process ID and secret key, for cancel requests.
    pub(super) backend: (i32, i32),
    /// Bytes read beyond the end of the startup.
    pub(super) inbound: BytesMut,
}

/// Opens a stream to the server that `info` names and introduces us on it, for as long as `watch` allows.
pub(super) fn begin(info: &ConnInfo, watch: &Watch) -> Result<(Stream, Started), WireError> {
    if watch.is_blind() {
        begin_unwatched(info)
    } else {
        begin_watched(info, watch)
    }
}

fn begin_unwatched(info: &ConnInfo) -> Result<(Stream, Started), WireError> {
    let started = connect_with(info, |stream, host| start(stream, host, info));
    started.map_err(|failure| match failure {
        Failure::Connect(error) => WireError::Connect(error),
        Failure::Start { error, others } => error.beside(&others),
    })
}

/// Begins on a thread of its own: looking up a name, connecting and a server's silence can each block for
/// minutes, and none of them can be told to end. A thread that is given up ends with what it waits for, at the
/// latest with the process.
fn begin_watched(info: &ConnInfo, watch: &Watch) -> Result<(Stream, Started), WireError> {
    let (sender, receiver) = mpsc::sync_channel(1);
    let info = info.clone();
    thread::Builder::new()
        .name("connect".to_owned())
        .spawn(move || drop(sender.send(begin_unwatched(&info))))
        .map_err(|error| WireError::lost(&error))?;
    loop {
        match receiver.recv_timeout(TICK) {
            Ok(result) => return result,
            Err(RecvTimeoutError::Timeout) => {
                if let Some(ended) = watch.ended() {
                    return Err(WireError::Unanswered(ended));
                }
            }
            Err(RecvTimeoutError::Disconnected) => {
                return Err(WireError::lost(&io::Error::other(
                    "the thread that connects panicked",
                )));
            }
        }
    }
}

/// Speaks startup and authentication on a stream that was just opened.
fn start(stream: &mut Stream, host: &Host, info: &ConnInfo) -> Result<Started, Refusal<WireError>> {
    let mut conversation = Conversation {
        stream,
        host,
        info,
        outbound: BytesMut::new(),
        started: Started::default(),
    };
    match conversation.run() {
        Ok(()) => Ok(conversation.started),
        Err(Stumble::Server(message)) => {
            let cannot_now = message.code == CANNOT_CONNECT_NOW;
            let error = WireError::Refused(message);
            Err(if cannot_now {
                Refusal::NextHost(error)
            } else {
                Refusal::Rejected(error)
            })
        }
        Err(Stumble::WrongHost(error)) => Err(Refusal::NextHost(error)),
        Err(Stumble::Own(error)) => Err(Refusal::Final(error)),
    }
}

enum Stumble {
    Server(Box<ServerMessage>),
    WrongHost(WireError),
    Own(WireError),
}

impl From<io::Error> for Stumble {
    fn from(error: io::Error) -> Self {
        let timed_out = matches!(
            error.kind(),
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut
        );
        let lost = WireError::lost(&error);
        if timed_out {
            Self::WrongHost(lost)
        } else {
            Self::Own(lost)
        }
    }
}

struct Conversation<'a> {
    stream: &'a mut Stream,
    host: &'a Host,
    info: &'a ConnInfo,
    outbound: BytesMut,
    started: Started,
}

impl Conversation<'_> {
    fn run(&mut self) -> Result<(), Stumble> {
        let mut parameters = self.info.startup_parameters();
        parameters.push(("client_encoding", "UTF8"));
        frontend::startup_message(parameters, &mut self.outbound)?;
        self.send()?;
        loop {
            match self.read()? {
                Message::AuthenticationCleartextPassword => {
                    let password = self.password()?.to_owned();
                    frontend::password_message(password.as_bytes(), &mut self.outbound)?;
                    self.send()?;
                }
                Message::AuthenticationMd5Password(body) => {
                    let hash = authentication::md5_hash(
                        self.info.user.as_bytes(),
                        self.password()?.as_bytes(),
                        body.salt(),
                    );
                    frontend::password_message(hash.as_bytes(), &mut self.outbound)?;
                    self.send()?;
                }
                Message::AuthenticationSasl(body) => {
                    let mut mechanisms = body.mechanisms();
                    let mut scram = false;
                    while let Some(mechanism) = mechanisms.next()? {
                        scram |= mechanism == sasl::SCRAM_SHA_256;
                    }
                    if !scram {
                        return Err(Stumble::Own(WireError::Authentication("an unknown SASL")));
                    }
                    self.authenticate_scram()?;
                }
                Message::AuthenticationGss | Message::AuthenticationKerberosV5 => {
                    return Err(Stumble::Own(WireError::Authentication("GSSAPI")));
                }
                Message::AuthenticationSspi => {
                    return Err(Stumble::Own(WireError::Authentication("SSPI")));
                }
                Message::AuthenticationScmCredential => {
                    return Err(Stumble::Own(WireError::Authentication("SCM credential")));
                }
                Message::BackendKeyData(body) => {
                    self.started.backend = (body.process_id(), body.secret_key());
                }
                Message::ReadyForQuery(_) => return self.check_target(),
                _ => {}
            }
        }
    }

    fn password(&self) -> Result<&str, Stumble> {
        match self.info.password_for(self.host) {
            Some(password) => Ok(password.expose()),
            None => Err(Stumble::Own(WireError::NoPassword {
                user: self.info.user.clone(),
            })),
        }
    }

    fn authenticate_scram(&mut self) -> Result<(), Stumble> {
        let mut scram =
            ScramSha256::new(self.password()?.as_bytes(), ChannelBinding::unsupported());
        let first = scram.message().to_vec();
        frontend::sasl_initial_response(sasl::SCRAM_SHA_256, &first, &mut self.outbound)?;
        self.send()?;
        loop {
            match self.read()? {
                Message::AuthenticationSaslContinue(body) => {
                    scram.update(body.data())?;
                    frontend::sasl_response(scram.message(), &mut self.outbound)?;
                    self.send()?;
                }
                Message::AuthenticationSaslFinal(body) => return Ok(scram.finish(body.data())?),
                _ => {}
            }
        }
    }

    /// Asks what `target_session_attrs` wants to know.
    fn check_target(&mut self) -> Result<(), Stumble> {
        let (question, wanted) = match self.info.target_session_attrs {
            TargetSessionAttrs::Any => return Ok(()),
            TargetSessionAttrs::ReadWrite => ("SHOW transaction_read_only", "read-write"),
            TargetSessionAttrs::Primary => (
                "SELECT CASE WHEN pg_is_in_recovery() THEN 'on' ELSE 'off' END",
                "a primary",
            ),
        };
        frontend::query(question, &mut self.outbound)?;
        self.send()?;
        let mut met = false;
        loop {
            match self.read()? {
                Message::DataRow(body) => met = body.buffer().ends_with(b"off"),
                Message::ReadyForQuery(_) if met => return Ok(()),
                Message::ReadyForQuery(_) => {
                    return Err(Stumble::WrongHost(WireError::WrongTarget(wanted)));
                }
                _ => {}
            }
        }
    }

    fn send(&mut self) -> Result<(), Stumble> {
        self.stream.write_all(&self.outbound)?;
        self.stream.flush()?;
        self.outbound.clear();
        Ok(())
    }

    /// The next message; parameters are noted and errors end the conversation.
    fn read(&mut self) -> Result<Message, Stumble> {
        loop {
            match Message::parse(&mut self.started.inbound)? {
                Some(Message::ErrorResponse(body)) => {
                    return Err(Stumble::Server(Box::new(server_message(body.fields()))));
                }
                Some(Message::ParameterStatus(body)) => {
                    self.started
                        .parameters
                        .insert(body.name()?.to_owned(), body.value()?.to_owned());
                }
                Some(message) => return Ok(message),
                None => {
                    let mut chunk = [0; 4096];
                    let count = self.stream.read(&mut chunk)?;
                    if count == 0 {
                        return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
                    }
                    self.started.inbound.extend_from_slice(&chunk[..count]);
                }
            }
        }
    }
}
