//! The open byte stream to a server: a Unix socket, TCP, or TLS over TCP. It carries bytes and knows how to open a second stream
//! to the same server; it never speaks the protocol, save the one request for TLS.

mod connect;
mod error;
mod open;
mod socket;

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, StreamOwned};

pub use connect::{Failure, Refusal, connect, connect_for_cancel, connect_with};
pub use error::ConnectError;

use super::conninfo::{Host, Keepalive};
pub use super::tls::TlsError;

/// An open stream to a server.
#[derive(Debug)]
pub struct Stream {
    transport: Transport,
    peer: Peer,
}

#[derive(Debug)]
enum Transport {
    Unix(UnixStream),
    Tcp(TcpStream),
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
}

/// The server's end of a stream: what is needed to open another one to the very same server in the same way.
#[derive(Debug, Clone)]
pub struct Peer {
    host: Host,
    endpoint: Endpoint,
    tls: Option<TlsPeer>,
    timeout: Option<Duration>,
    keepalive: Keepalive,
    server_user: Option<String>,
}

#[derive(Debug, Clone)]
enum Endpoint {
    Unix(PathBuf),
    Tcp(SocketAddr),
}

#[derive(Debug, Clone)]
struct TlsPeer {
    config: Arc<ClientConfig>,
    name: ServerName<'static>,
}

impl Peer {
    /// The server, as it was said.
    pub fn host(&self) -> &Host {
        &self.host
    }
}

impl Stream {
    /// How long a read may wait; none means for ever. A read that took longer fails with
    /// [`io::ErrorKind::WouldBlock`], and reading may go on after it.
    pub fn set_read_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        match &self.transport {
            Transport::Unix(socket) => socket.set_read_timeout(timeout),
            Transport::Tcp(socket) => socket.set_read_timeout(timeout),
            Transport::Tls(tls) => tls.sock.set_read_timeout(timeout),
        }
    }

    /// How long a write may wait; none means for ever. After a write that took longer the stream is useless.
    pub fn set_write_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        match &self.transport {
            Transport::Unix(socket) => socket.set_write_timeout(timeout),
            Transport::Tcp(socket) => socket.set_write_timeout(timeout),
            Transport::Tls(tls) => tls.sock.set_write_timeout(timeout),
        }
    }

    /// Whether reads and writes fail with [`io::ErrorKind::WouldBlock`] instead of waiting at all.
    pub(super) fn set_nonblocking(&self, nonblocking: bool) -> io::Result<()> {
        match &self.transport {
            Transport::Unix(socket) => socket.set_nonblocking(nonblocking),
            Transport::Tcp(socket) => socket.set_nonblocking(nonblocking),
            Transport::Tls(tls) => tls.sock.set_nonblocking(nonblocking),
        }
    }

    /// Whether it is TLS.
    pub fn is_encrypted(&self) -> bool {
        matches!(self.transport, Transport::Tls(_))
    }

    /// The server's end.
    pub fn peer(&self) -> &Peer {
        &self.peer
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.transport {
            Transport::Unix(socket) => socket.read(buffer),
            Transport::Tcp(socket) => socket.read(buffer),
            Transport::Tls(tls) => match tls.read(buffer) {
                // The protocol frames its own messages, so an end without TLS's goodbye is just an end.
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(0),
                result => result,
            },
        }
    }
}

impl Write for Stream {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        match &mut self.transport {
            Transport::Unix(socket) => socket.write(buffer),
            Transport::Tcp(socket) => socket.write(buffer),
            Transport::Tls(tls) => tls.write(buffer),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.transport {
            Transport::Unix(socket) => socket.flush(),
            Transport::Tcp(socket) => socket.flush(),
            Transport::Tls(tls) => tls.flush(),
        }
    }
}

impl AsFd for Stream {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match &self.transport {
            Transport::Unix(socket) => socket.as_fd(),
            Transport::Tcp(socket) => socket.as_fd(),
            Transport::Tls(tls) => tls.sock.as_fd(),
        }
    }
}
