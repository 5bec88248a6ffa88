use std::io;

use crate::session::tls::TlsError;

/// Why no stream could be opened. `target` is the server, as `name:port`, `name (address):port` or a socket's path.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The host's name has no address.
    #[error("cannot connect to {target}: cannot look up the host name: {error}")]
    Lookup {
        /// The server.
        target: String,
        /// Why.
        #[source]
        error: io::Error,
    },
    /// Nothing listens there, or it cannot be reached.
    #[error("cannot connect to {target}: {error}{}", advice(error))]
    Socket {
        /// The server.
        target: String,
        /// Why.
        #[source]
        error: io::Error,
    },
    /// `connect_timeout` is over.
    #[error("cannot connect to {target}: no answer within {seconds} s (connect_timeout)")]
    TimedOut {
        /// The server.
        target: String,
        /// The timeout.
        seconds: u64,
    },
    /// The server runs as another user than `requirepeer` says.
    #[error(
        "cannot connect to {target}: requirepeer says {expected}, but the server runs as {found}"
    )]
    Peer {
        /// The server.
        target: String,
        /// The user that was required.
        expected: String,
        /// The user that it runs as.
        found: String,
    },
    /// The server has no TLS.
    #[error(
        "cannot connect to {target}: the server does not support TLS, but sslmode={mode} demands it; turn ssl on in \
         the server, or use sslmode=prefer"
    )]
    NoTls {
        /// The server.
        target: String,
        /// The mode.
        mode: &'static str,
    },
    /// The server's answer to the request for TLS is none, or none of the protocol's.
    #[error(
        "cannot connect to {target}: asked for TLS, the server {what}; is it a PostgreSQL server?"
    )]
    NotPostgres {
        /// The server.
        target: String,
        /// What it did.
        what: String,
    },
    /// TLS could not be set up.
    #[error("cannot connect to {target}: {error}")]
    Tls {
        /// The server.
        target: String,
        /// Why.
        #[source]
        error: TlsError,
    },
    /// All servers, addresses or ways failed.
    #[error("{}", lines(.0))]
    Several(Vec<ConnectError>),
}

impl ConnectError {
    /// Whether the next address is to be tried, as libpq does: it could not be reached, rather than being wrong.
    pub(super) fn is_out_of_reach(&self) -> bool {
        matches!(
            self,
            Self::Lookup { .. } | Self::Socket { .. } | Self::TimedOut { .. }
        )
    }

    /// One error of several; the same words are said once.
    pub(super) fn joined(mut errors: Vec<Self>) -> Option<Self> {
        let mut said = Vec::new();
        errors.retain(|error| {
            let words = error.to_string();
            let new = !said.contains(&words);
            said.push(words);
            new
        });
        if errors.len() > 1 {
            Some(Self::Several(errors))
        } else {
            errors.pop()
        }
    }
}

fn advice(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => {
            "; is a server running there?"
        }
        io::ErrorKind::PermissionDenied => "; this user may not use the socket",
        _ => "",
    }
}

fn lines(errors: &[ConnectError]) -> String {
    errors
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("\n")
}
