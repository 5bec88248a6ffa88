//! Addresses of networks in place of others: out of ranges that are kept free for tests and examples, so that nobody's is
//! among them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::key::{Draws, Key};

/// An `inet` or `cidr` in place of another, with the length of the other's network part.
pub(super) fn replaced(key: &Key, text: &str) -> Option<String> {
    let (address, length) = match text.split_once('/') {
        Some((address, length)) => (address, Some(length.parse::<u32>().ok()?)),
        None => (text, None),
    };
    let address: IpAddr = address.parse().ok()?;
    for attempt in 0..16_u8 {
        let mut draws = key.draws("address", &[text.as_bytes(), &[0, attempt]].concat());
        let other = match address {
            IpAddr::V4(address) => {
                let hosts = length.map_or(Some(0), |it| 32_u32.checked_sub(it))?;
                let mask = u32::MAX.checked_shl(hosts).unwrap_or(0);
                // The bits behind a network's part are zero in a `cidr`.
                let is_network = length.is_some() && u32::from(address) & !mask == 0;
                let host = u32::from(version_4(&mut draws));
                IpAddr::V4(Ipv4Addr::from(if is_network { host & mask } else { host }))
            }
            IpAddr::V6(address) => {
                let hosts = length.map_or(Some(0), |it| 128_u32.checked_sub(it))?;
                let mask = u128::MAX.checked_shl(hosts).unwrap_or(0);
                let is_network = length.is_some() && u128::from(address) & !mask == 0;
                let host = u128::from(version_6(&mut draws));
                IpAddr::V6(Ipv6Addr::from(if is_network { host & mask } else { host }))
            }
        };
        // A network as wide as the whole range has but one other.
        if other != address || length.is_some_and(|it| it < 8) {
            let length = length.map_or_else(String::new, |it| format!("/{it}"));
            return Some(format!("{other}{length}"));
        }
    }
    None
}

/// An address as text.
pub(super) fn drawn(draws: &mut Draws<'_>) -> String {
    version_4(draws).to_string()
}

/// Of 198.18.0.0/15, which is for benchmarks (RFC 2544).
fn version_4(draws: &mut Draws<'_>) -> Ipv4Addr {
    let host = u32::try_from(draws.below(1 << 17)).unwrap_or_default();
    Ipv4Addr::from(u32::from(Ipv4Addr::new(198, 18, 0, 0)) | host)
}

/// Of `2001:db8::/32`, which is for examples (RFC 3849).
fn version_6(draws: &mut Draws<'_>) -> Ipv6Addr {
    let mut octets = [0; 16];
    octets[..4].copy_from_slice(&[0x20, 0x01, 0x0d, 0xb8]);
    for octet in &mut octets[4..] {
        *octet = draws.byte();
    }
    Ipv6Addr::from(octets)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;

    fn other(text: &str) -> Option<String> {
        replaced(&Key::chosen("the key of the tests").unwrap(), text)
    }

    #[test]
    fn an_address_comes_from_a_range_that_is_nobodys() {
        assert!(other("10.1.2.3").unwrap().starts_with("198.1"));
        let host = other("10.1.2.3/24").unwrap();
        assert!(host.starts_with("198.1") && host.ends_with("/24"), "{host}");
        assert!(other("fe80::1").unwrap().starts_with("2001:db8:"));
    }

    #[test]
    fn a_network_stays_a_network() {
        let network = other("10.1.2.0/24").unwrap();
        assert!(network.ends_with(".0/24"), "{network}");
        assert_eq!(other("0.0.0.0/0").unwrap(), "0.0.0.0/0");
        let network = other("2a00:1450::/48").unwrap();
        assert!(network.ends_with("::/48"), "{network}");
    }

    #[test]
    fn what_is_no_address_is_not_taken_for_one() {
        for text in ["", "10.1.2", "10.1.2.3/33", "10.1.2.3/x", "::1/129", "host"] {
            assert_eq!(other(text), None, "{text}");
        }
    }
}
