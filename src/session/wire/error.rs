use std::io;

use crate::event::ServerMessage;
use crate::session::stream::ConnectError;
use crate::session::watch::Ended;

/// Why a connection could not be opened, or is of no use any more.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    /// No byte stream to the server.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The server refused: authentication, an unknown database, too many connections, …
    #[error("the server refused the connection: {}{}", .0.message, advice(&.0.code))]
    Refused(Box<ServerMessage>),
    /// The server wants an authentication that the tool does not know.
    #[error(
        "the server asks for {0} authentication, which pgassay does not support; use scram-sha-256, md5, password, cert or trust"
    )]
    Authentication(&'static str),
    /// The server wants a password and there is none.
    #[error(
        "the server asks for a password of role \"{user}\" and none was given; set PGPASSWORD or use a password file"
    )]
    NoPassword {
        /// The role.
        user: String,
    },
    /// No server of those named is what `target_session_attrs` wants.
    #[error("the server is not {0}, as target_session_attrs wants it")]
    WrongTarget(&'static str),
    /// The connection broke.
    #[error("the connection to the server was lost: {reason}")]
    Lost {
        /// What was seen.
        reason: String,
        /// The server's last word, if it said one.
        message: Option<Box<ServerMessage>>,
    },
    /// The watch ended the wait before the server let us in.
    #[error("{}", match .0 { Ended::Timeout => "the time limit passed before the server answered", Ended::Interrupted => "the run was interrupted before the server answered" })]
    Unanswered(Ended),
    /// The watch ended the wait, and the server did not answer the cancel request in time.
    #[error("{}", match .0 { Ended::Timeout => "the time limit passed and the server did not cancel its statement", Ended::Interrupted => "the run was interrupted" })]
    Abandoned(Ended),
}

impl WireError {
    /// Whether another try a little later may succeed: the server is down, starting, or has no room for another session.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Connect(_) | Self::Lost { .. } | Self::WrongTarget(_) => true,
            // cannot_connect_now and its kin, too_many_connections.
            Self::Refused(message) => message.code.starts_with("57P0") || message.code == "53300",
            _ => false,
        }
    }

    /// Adds what failed beside a refusal, such as TLS under `sslmode=prefer`, which often explains it.
    pub(in crate::session) fn beside(self, others: &[ConnectError]) -> Self {
        match self {
            Self::Refused(mut message) => {
                for other in others {
                    message.message.push_str(&format!("; before that: {other}"));
                }
                Self::Refused(message)
            }
            error => error,
        }
    }

    pub(in crate::session) fn lost(error: &io::Error) -> Self {
        let reason = match error.kind() {
            // Which of them it is depends on what was under way when the server closed its end.
            io::ErrorKind::UnexpectedEof
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::BrokenPipe => "the server closed it unexpectedly".to_owned(),
            _ => error.to_string(),
        };
        Self::Lost {
            reason,
            message: None,
        }
    }
}

/// What one can do about a refusal with this SQLSTATE, where that is plain.
fn advice(code: &str) -> &'static str {
    match code {
        // invalid_catalog_name
        "3D000" => {
            "; name one that exists there, such as `postgres` for tests; `pgassay db up` makes that of an environment"
        }
        // invalid_password
        "28P01" => "; check the role, and its password in PGPASSWORD, the password file or the URL",
        // too_many_connections
        "53300" => "; run fewer files side by side (`--jobs`)",
        _ => "",
    }
}
