use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;

/// A server to try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    /// Its name or its socket's directory.
    pub address: Address,
    /// The TCP port, or the number in the socket's name.
    pub port: u16,
    /// The address to connect to instead of looking the name up; the name then only serves to check certificates.
    pub hostaddr: Option<IpAddr>,
}

/// Where a server listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// A host name or an IP address.
    Tcp(String),
    /// The directory of a Unix socket.
    Unix(PathBuf),
}

impl Host {
    /// The socket's file; none for TCP.
    pub fn socket(&self) -> Option<PathBuf> {
        match &self.address {
            Address::Tcp(_) => None,
            Address::Unix(dir) => Some(dir.join(format!(".s.PGSQL.{}", self.port))),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(name) => f.write_str(name),
            Self::Unix(dir) => write!(f, "{}", dir.display()),
        }
    }
}

/// `db.example:5432`, `[::1]:5432`, or the path of the socket.
impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.address, self.socket()) {
            (_, Some(socket)) => write!(f, "{}", socket.display()),
            (Address::Tcp(name), _) if name.contains(':') => write!(f, "[{name}]:{}", self.port),
            (address, None) => write!(f, "{address}:{}", self.port),
        }
    }
}
