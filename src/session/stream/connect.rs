use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::time::Duration;

use super::open::{Encryption, dial, negotiate, open, target};
use super::socket::Deadline;
use super::{ConnectError, Endpoint, Peer, Stream, Transport};
use crate::session::conninfo::{Address, ConnInfo, Host, SslMode};

/// Why a session did not start on a stream that was open, and so what libpq would do next.
#[derive(Debug)]
pub enum Refusal<E> {
    /// The server answered the startup or the authentication with an error: `sslmode=prefer` tries again without
    /// TLS, `allow` with it; otherwise it is final.
    Rejected(E),
    /// The server is starting up or shutting down (SQLSTATE 57P03), is not what `target_session_attrs` asks for, or
    /// did not answer in time: the next host is tried, if there is one.
    NextHost(E),
    /// Anything else.
    Final(E),
}

/// Why no session could be started.
#[derive(Debug)]
pub enum Failure<E> {
    /// No stream could be opened.
    Connect(ConnectError),
    /// A stream was open, but the session was refused.
    Start {
        /// The last refusal.
        error: E,
        /// What failed beside it, such as TLS under `sslmode=prefer`: it often explains the refusal.
        others: Vec<ConnectError>,
    },
}

/// Opens a stream to the first server that can be reached; TLS is done or declined, and nothing of the protocol is
/// said yet.
///
/// libpq tries again when a server refuses the startup (see [`Refusal`]): that is [`connect_with`].
pub fn connect(info: &ConnInfo) -> Result<Stream, ConnectError> {
    match connect_with(info, |_, _| Ok::<(), Refusal<ConnectError>>(())) {
        Ok((stream, ())) => Ok(stream),
        Err(Failure::Connect(error) | Failure::Start { error, .. }) => Err(error),
    }
}

/// Opens streams, in libpq's order of hosts, addresses and kinds of encryption, until `start` is content with one.
///
/// `start` speaks the startup and the authentication; while it runs, reads and writes may take no longer than what was left of
/// `connect_timeout` before it, and afterwards they may wait for ever.
///
/// # Errors
/// A server that is out of reach is passed over; one whose TLS is wrong ends it all, as in libpq, save with
/// `sslmode=prefer`. Several failures are reported together.
pub fn connect_with<T, E>(
    info: &ConnInfo,
    mut start: impl FnMut(&mut Stream, &Host) -> Result<T, Refusal<E>>,
) -> Result<(Stream, T), Failure<E>> {
    let mut errors = Vec::new();
    let mut refused = None;
    'hosts: for host in &info.hosts {
        let endpoints = match endpoints(host) {
            Ok(endpoints) => endpoints,
            Err(error) => {
                errors.push(error);
                continue;
            }
        };
        for endpoint in endpoints {
            let ways = ways(info.tls.mode, &endpoint);
            for (index, way) in ways.iter().enumerate() {
                let other_way = index + 1 < ways.len();
                let deadline = Deadline::after(info.connect_timeout);
                let mut stream = match open(info, host, &endpoint, *way, deadline) {
                    Ok(stream) => stream,
                    Err(error) => {
                        let out_of_reach = error.is_out_of_reach();
                        errors.push(error);
                        match (out_of_reach, other_way) {
                            (true, _) => break,
                            (false, true) => continue,
                            (false, false) => break 'hosts,
                        }
                    }
                };
                let started = limit(&stream, deadline.left())
                    .map_err(|error| Failure::Connect(lost(host, error)))
                    .map(|()| start(&mut stream, host))?;
                match started {
                    Ok(session) => {
                        limit(&stream, None)
                            .map_err(|error| Failure::Connect(lost(host, error)))?;
                        return Ok((stream, session));
                    }
                    Err(Refusal::Rejected(error)) => {
                        refused = Some(error);
                        // A server without TLS has already refused a plain stream.
                        let differs = *way == Encryption::Plain || stream.is_encrypted();
                        if !(other_way && differs) {
                            break 'hosts;
                        }
                    }
                    Err(Refusal::NextHost(error)) => {
                        refused = Some(error);
                        continue 'hosts;
                    }
                    Err(Refusal::Final(error)) => {
                        refused = Some(error);
                        break 'hosts;
                    }
                }
            }
        }
    }
    Err(match refused {
        Some(error) => Failure::Start {
            error,
            others: errors,
        },
        // There is at least one host, hence at least one error.
        None => Failure::Connect(
            ConnectError::joined(errors).unwrap_or(ConnectError::Several(Vec::new())),
        ),
    })
}

/// Opens another stream to the very same server, in the same way: to send a cancel request on it and read to its
/// end. It takes no longer than `connect_timeout`, else ten seconds, for each wait.
pub fn connect_for_cancel(peer: &Peer) -> Result<Stream, ConnectError> {
    const PATIENCE: Duration = Duration::from_secs(10);
    let timeout = peer.timeout.unwrap_or(PATIENCE);
    let deadline = Deadline::after(Some(timeout));
    let transport = match (dial(peer, deadline)?, &peer.tls) {
        (Transport::Tcp(socket), Some(tls)) => {
            let Some(transport) = negotiate(socket, peer, deadline, || Ok(tls.clone()))?.into_tls()
            else {
                // The same server had TLS before: someone stands between.
                return Err(ConnectError::NoTls {
                    target: target(peer),
                    mode: SslMode::Require.word(),
                });
            };
            transport
        }
        (transport, _) => transport,
    };
    let stream = Stream {
        transport,
        peer: peer.clone(),
    };
    limit(&stream, Some(timeout)).map_err(|error| lost(&peer.host, error))?;
    Ok(stream)
}

fn limit(stream: &Stream, timeout: Option<Duration>) -> io::Result<()> {
    stream.set_read_timeout(timeout)?;
    stream.set_write_timeout(timeout)
}

fn lost(host: &Host, error: io::Error) -> ConnectError {
    ConnectError::Socket {
        target: host.to_string(),
        error,
    }
}

/// The order of the kinds of encryption.
fn ways(mode: SslMode, endpoint: &Endpoint) -> &'static [Encryption] {
    match (endpoint, mode) {
        (Endpoint::Unix(_), _) | (_, SslMode::Disable) => &[Encryption::Plain],
        (_, SslMode::Allow) => &[Encryption::Plain, Encryption::Demanded],
        (_, SslMode::Prefer) => &[Encryption::Offered, Encryption::Plain],
        (_, SslMode::Require | SslMode::VerifyCa | SslMode::VerifyFull) => &[Encryption::Demanded],
    }
}

/// The host's addresses.
fn endpoints(host: &Host) -> Result<Vec<Endpoint>, ConnectError> {
    let name = match (&host.address, host.socket(), host.hostaddr) {
        (_, Some(socket), _) => return Ok(vec![Endpoint::Unix(socket)]),
        (_, None, Some(address)) => {
            return Ok(vec![Endpoint::Tcp(SocketAddr::new(address, host.port))]);
        }
        (Address::Tcp(name), None, None) => name.as_str(),
        (Address::Unix(_), None, None) => "",
    };
    let wrong = |error| ConnectError::Lookup {
        target: host.to_string(),
        error,
    };
    let addresses: Vec<Endpoint> = (name, host.port)
        .to_socket_addrs()
        .map_err(wrong)?
        .map(Endpoint::Tcp)
        .collect();
    if addresses.is_empty() {
        return Err(wrong(io::Error::new(
            io::ErrorKind::NotFound,
            "it has no address",
        )));
    }
    Ok(addresses)
}
