use std::io::{self, Read, Write};
use std::net::{IpAddr, TcpStream};
use std::os::unix::net::UnixStream;

use bytes::BytesMut;
use postgres_protocol::message::frontend;
use rustls::StreamOwned;

use super::socket::{self, Deadline};
use super::{ConnectError, Endpoint, Peer, Stream, TlsPeer, Transport};
use crate::session::conninfo::{Address, ConnInfo, Host};
use crate::session::tls;

/// How to open a stream to one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encryption {
    /// Never TLS.
    Plain,
    /// TLS if the server has it.
    Offered,
    /// TLS or nothing.
    Demanded,
}

/// The server as errors name it: with its address, where a name was looked up.
pub(super) fn target(peer: &Peer) -> String {
    match (&peer.endpoint, &peer.host.address) {
        (Endpoint::Unix(path), _) => path.display().to_string(),
        (Endpoint::Tcp(address), Address::Tcp(name)) if name.parse::<IpAddr>().is_err() => {
            format!("{name} ({}):{}", address.ip(), address.port())
        }
        (Endpoint::Tcp(_), _) => peer.host.to_string(),
    }
}

/// Opens a stream to one address in one way.
pub(super) fn open(
    info: &ConnInfo,
    host: &Host,
    endpoint: &Endpoint,
    way: Encryption,
    deadline: Deadline,
) -> Result<Stream, ConnectError> {
    let mut peer = Peer {
        host: host.clone(),
        endpoint: endpoint.clone(),
        tls: None,
        timeout: info.connect_timeout,
        keepalive: info.keepalive.clone(),
        server_user: info.require_peer.clone(),
    };
    let transport = match (dial(&peer, deadline)?, way) {
        (transport @ Transport::Unix(_), _) | (transport, Encryption::Plain) => transport,
        (Transport::Tls(tls), _) => Transport::Tls(tls),
        (Transport::Tcp(socket), _) => {
            let prepare = || {
                let name = tls::server_name(host, endpoint_ip(endpoint), info.tls.mode)?;
                Ok(TlsPeer {
                    config: tls::config(&info.tls)?,
                    name,
                })
            };
            match negotiate(socket, &peer, deadline, prepare)? {
                Negotiated::Tls(transport, tls) => {
                    peer.tls = Some(tls);
                    transport
                }
                Negotiated::Declined(_) if way == Encryption::Demanded => {
                    return Err(ConnectError::NoTls {
                        target: target(&peer),
                        mode: info.tls.mode.word(),
                    });
                }
                Negotiated::Declined(transport) => transport,
            }
        }
    };
    Ok(Stream { transport, peer })
}

fn endpoint_ip(endpoint: &Endpoint) -> Option<IpAddr> {
    match endpoint {
        Endpoint::Unix(_) => None,
        Endpoint::Tcp(address) => Some(address.ip()),
    }
}

/// Connects a socket.
pub(super) fn dial(peer: &Peer, deadline: Deadline) -> Result<Transport, ConnectError> {
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::TimedOut if deadline.is_over() => ConnectError::TimedOut {
            target: target(peer),
            seconds: deadline.seconds(),
        },
        _ => ConnectError::Socket {
            target: target(peer),
            error,
        },
    };
    match &peer.endpoint {
        Endpoint::Unix(path) => {
            let socket = UnixStream::connect(path).map_err(failed)?;
            if let Some(expected) = &peer.server_user {
                let found = socket::peer_user(&socket).map_err(failed)?;
                if found != *expected {
                    return Err(ConnectError::Peer {
                        target: target(peer),
                        expected: expected.clone(),
                        found,
                    });
                }
            }
            Ok(Transport::Unix(socket))
        }
        Endpoint::Tcp(address) => {
            let socket = match deadline.left() {
                Some(left) => TcpStream::connect_timeout(address, left),
                None => TcpStream::connect(address),
            };
            let socket = socket.map_err(failed)?;
            socket::configure(&socket, &peer.keepalive).map_err(failed)?;
            Ok(Transport::Tcp(socket))
        }
    }
}

/// What the server made of the request for TLS.
pub(super) enum Negotiated {
    /// TLS is up.
    Tls(Transport, TlsPeer),
    /// The server has none; the stream can go on without.
    Declined(Transport),
}

impl Negotiated {
    /// The stream, if it is TLS.
    pub(super) fn into_tls(self) -> Option<Transport> {
        match self {
            Self::Tls(transport, _) => Some(transport),
            Self::Declined(_) => None,
        }
    }
}

/// Asks the server for TLS and sets it up. Reads exactly the one byte of the answer: whatever else came with it in
/// the clear then fails as TLS, as it must.
pub(super) fn negotiate(
    mut socket: TcpStream,
    peer: &Peer,
    deadline: Deadline,
    prepare: impl FnOnce() -> Result<TlsPeer, tls::TlsError>,
) -> Result<Negotiated, ConnectError> {
    let failed = |error: &io::Error| {
        if matches!(
            error.kind(),
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut
        ) {
            ConnectError::TimedOut {
                target: target(peer),
                seconds: deadline.seconds(),
            }
        } else if error.kind() == io::ErrorKind::UnexpectedEof {
            ConnectError::NotPostgres {
                target: target(peer),
                what: "closed the connection".to_owned(),
            }
        } else {
            ConnectError::NotPostgres {
                target: target(peer),
                what: format!("did not answer: {error}"),
            }
        }
    };
    let mut request = BytesMut::new();
    frontend::ssl_request(&mut request);
    let mut answer = [0];
    socket
        .set_read_timeout(deadline.left())
        .and_then(|()| socket.set_write_timeout(deadline.left()))
        .and_then(|()| socket.write_all(&request))
        .and_then(|()| socket.read_exact(&mut answer))
        .map_err(|error| failed(&error))?;
    match answer {
        [b'N'] => Ok(Negotiated::Declined(Transport::Tcp(socket))),
        [b'S'] => {
            let wrong = |error| ConnectError::Tls {
                target: target(peer),
                error,
            };
            let tls = prepare().map_err(wrong)?;
            let connection =
                tls::handshake(&tls.config, &tls.name, &mut socket).map_err(|error| {
                    if error.is_timeout() {
                        ConnectError::TimedOut {
                            target: target(peer),
                            seconds: deadline.seconds(),
                        }
                    } else {
                        wrong(error)
                    }
                })?;
            Ok(Negotiated::Tls(
                Transport::Tls(Box::new(StreamOwned::new(connection, socket))),
                tls,
            ))
        }
        // An error message: it comes unauthenticated, so it is not shown.
        [b'E'] => Err(ConnectError::NotPostgres {
            target: target(peer),
            what: "answered with an error; it may be out of processes, or too old for TLS"
                .to_owned(),
        }),
        [byte] => Err(ConnectError::NotPostgres {
            target: target(peer),
            what: format!("answered with the byte {byte:#04x}"),
        }),
    }
}
