use std::io;
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use nix::sys::socket::{setsockopt, sockopt};

use crate::session::conninfo::Keepalive;

/// When an attempt must be over.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deadline(Option<(Instant, Duration)>);

impl Deadline {
    /// `timeout` from now; none means never.
    pub(super) fn after(timeout: Option<Duration>) -> Self {
        Self(timeout.and_then(|timeout| Some((Instant::now().checked_add(timeout)?, timeout))))
    }

    /// What is left, never zero (which the socket functions refuse); none means for ever.
    pub(super) fn left(self) -> Option<Duration> {
        self.0.map(|(end, _)| {
            end.saturating_duration_since(Instant::now())
                .max(Duration::from_millis(1))
        })
    }

    /// Whether it is over.
    pub(super) fn is_over(self) -> bool {
        self.0.is_some_and(|(end, _)| Instant::now() >= end)
    }

    /// The timeout in seconds.
    pub(super) fn seconds(self) -> u64 {
        self.0.map_or(0, |(_, timeout)| timeout.as_secs())
    }
}

/// Small messages at once, and probes as asked for.
pub(super) fn configure(socket: &TcpStream, keepalive: &Keepalive) -> io::Result<()> {
    socket.set_nodelay(true)?;
    if keepalive.enabled {
        setsockopt(socket, sockopt::KeepAlive, &true)?;
        probe(socket, keepalive)?;
    }
    Ok(())
}

#[cfg(target_os = "linux")]
fn probe(socket: &TcpStream, keepalive: &Keepalive) -> io::Result<()> {
    let whole = |time: Duration| u32::try_from(time.as_secs()).unwrap_or(u32::MAX);
    if let Some(idle) = keepalive.idle {
        setsockopt(socket, sockopt::TcpKeepIdle, &whole(idle))?;
    }
    if let Some(interval) = keepalive.interval {
        setsockopt(socket, sockopt::TcpKeepInterval, &whole(interval))?;
    }
    if let Some(count) = &keepalive.count {
        setsockopt(socket, sockopt::TcpKeepCount, count)?;
    }
    if let Some(timeout) = keepalive.user_timeout {
        let milliseconds = u32::try_from(timeout.as_millis()).unwrap_or(u32::MAX);
        setsockopt(socket, sockopt::TcpUserTimeout, &milliseconds)?;
    }
    Ok(())
}

/// Elsewhere the system's own intervals apply; libpq too ignores what a system does not have.
#[cfg(not(target_os = "linux"))]
fn probe(_: &TcpStream, _: &Keepalive) -> io::Result<()> {
    Ok(())
}

/// The name of the user that the other end of a Unix socket runs as.
#[cfg(target_os = "linux")]
pub(super) fn peer_user(socket: &UnixStream) -> io::Result<String> {
    let credentials = nix::sys::socket::getsockopt(socket, sockopt::PeerCredentials)?;
    let user = nix::unistd::User::from_uid(nix::unistd::Uid::from_raw(credentials.uid()))?;
    Ok(user.map_or_else(
        || format!("the user number {}", credentials.uid()),
        |user| user.name,
    ))
}

/// The name of the user that the other end of a Unix socket runs as.
#[cfg(not(target_os = "linux"))]
pub(super) fn peer_user(_: &UnixStream) -> io::Result<String> {
    Err(io::Error::new(
        io::ErrorKind::Unsupported,
        "requirepeer is not supported on this system",
    ))
}
