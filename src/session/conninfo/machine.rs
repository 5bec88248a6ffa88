//! The machine of a host: whether two names are the same one's. It looks names up, and connects to nothing.

use std::net::{IpAddr, ToSocketAddrs, UdpSocket};

use super::{Address, Host};

impl Host {
    /// Whether both are on the same machine, however their names are written. All sockets and addresses of this machine are one.
    pub fn is_machine_of(&self, other: &Self) -> bool {
        if let (Address::Tcp(one), Address::Tcp(other)) = (&self.address, &other.address) {
            let plain = |name: &str| name.trim_end_matches('.').to_ascii_lowercase();
            if plain(one) == plain(other) {
                return true;
            }
        }
        let (its, others) = (self.addresses(), other.addresses());
        (self.is_here(&its) && other.is_here(&others))
            || its.iter().any(|address| others.contains(address))
    }

    /// Its addresses; none of a socket, and of a name that nobody knows now.
    fn addresses(&self) -> Vec<IpAddr> {
        let found = match (&self.address, self.hostaddr) {
            (Address::Unix(_), _) => Vec::new(),
            (_, Some(address)) => vec![address],
            (Address::Tcp(name), None) => (name.as_str(), self.port)
                .to_socket_addrs()
                .map(|found| found.map(|found| found.ip()).collect())
                .unwrap_or_default(),
        };
        found.iter().map(IpAddr::to_canonical).collect()
    }

    /// Whether it is this machine: a socket, or an address to which one can bind, as only to one's own.
    fn is_here(&self, addresses: &[IpAddr]) -> bool {
        matches!(self.address, Address::Unix(_))
            || addresses.iter().any(|address| {
                address.is_loopback()
                    || address.is_unspecified()
                    || UdpSocket::bind((*address, 0)).is_ok()
            })
    }
}
