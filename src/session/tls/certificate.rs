use std::net::IpAddr;

use time::{Date, Month, Time};

/// What is read of an X.509 certificate (RFC 5280) that webpki does not tell: the common name, version 1, the dates.
#[derive(Debug)]
pub(super) struct Certificate<'a> {
    /// 1, 2 or 3.
    pub(super) version: u32,
    /// The bytes that are signed.
    pub(super) signed: &'a [u8],
    /// The signature's `AlgorithmIdentifier`, without its tag and length.
    pub(super) signature_algorithm: &'a [u8],
    /// The signature.
    pub(super) signature: &'a [u8],
    /// Who signed it: an encoded name.
    pub(super) issuer: &'a [u8],
    /// Whose it is: an encoded name.
    pub(super) subject: &'a [u8],
    /// The whole `SubjectPublicKeyInfo`.
    pub(super) key_info: &'a [u8],
    /// The key's `AlgorithmIdentifier`, without its tag and length.
    pub(super) key_algorithm: &'a [u8],
    /// The key's bits.
    pub(super) key: &'a [u8],
    /// From when to when it is valid, in seconds since 1970.
    validity: (i64, i64),
    dns_names: Vec<&'a str>,
    addresses: Vec<IpAddr>,
    constrained_to_authority: bool,
}

const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const BOOLEAN: u8 = 0x01;
const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;
const OBJECT_ID: u8 = 0x06;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const VERSION: u8 = 0xa0;
const EXTENSIONS: u8 = 0xa3;
const DNS_NAME: u8 = 0x82;
const IP_ADDRESS: u8 = 0x87;

const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
const SUBJECT_ALT_NAME: &[u8] = &[0x55, 0x1d, 0x11];
const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 0x13];

impl<'a> Certificate<'a> {
    /// Reads a DER certificate; none when it is not one.
    pub(super) fn parse(bytes: &'a [u8]) -> Option<Self> {
        let mut outer = Der(Der(bytes).take(SEQUENCE)?.content);
        let signed = outer.take(SEQUENCE)?;
        let signature_algorithm = outer.take(SEQUENCE)?.content;
        let signature = outer.bits()?;
        let mut body = Der(signed.content);
        let version = match body.optional(VERSION) {
            Some(version) => 1 + u32::from(*Der(version.content).take(INTEGER)?.content.last()?),
            None => 1,
        };
        body.take(INTEGER)?;
        body.take(SEQUENCE)?;
        let issuer = body.take(SEQUENCE)?.whole;
        let mut dates = Der(body.take(SEQUENCE)?.content);
        let validity = (dates.time()?, dates.time()?);
        let subject = body.take(SEQUENCE)?.whole;
        let key_info = body.take(SEQUENCE)?;
        let mut key = Der(key_info.content);
        let mut certificate = Self {
            version,
            signed: signed.whole,
            signature_algorithm,
            signature,
            issuer,
            subject,
            key_info: key_info.whole,
            key_algorithm: key.take(SEQUENCE)?.content,
            key: key.bits()?,
            validity,
            dns_names: Vec::new(),
            addresses: Vec::new(),
            constrained_to_authority: false,
        };
        while let Some(item) = body.any() {
            if item.tag == EXTENSIONS {
                certificate.read_extensions(Der(Der(item.content).take(SEQUENCE)?.content))?;
            }
        }
        Some(certificate)
    }

    fn read_extensions(&mut self, mut extensions: Der<'a>) -> Option<()> {
        while !extensions.0.is_empty() {
            let mut extension = Der(extensions.take(SEQUENCE)?.content);
            let id = extension.take(OBJECT_ID)?.content;
            extension.optional(BOOLEAN);
            let mut value = Der(extension.take(OCTET_STRING)?.content);
            if id == SUBJECT_ALT_NAME {
                let mut names = Der(value.take(SEQUENCE)?.content);
                while let Some(name) = names.any() {
                    match name.tag {
                        DNS_NAME => self.dns_names.push(std::str::from_utf8(name.content).ok()?),
                        IP_ADDRESS => self.addresses.push(address(name.content)?),
                        _ => {}
                    }
                }
            } else if id == BASIC_CONSTRAINTS {
                let mut constraints = Der(value.take(SEQUENCE)?.content);
                self.constrained_to_authority = constraints
                    .optional(BOOLEAN)
                    .is_some_and(|flag| flag.content == [0xff]);
            }
        }
        Some(())
    }

    /// Whether it is valid at this time, in seconds since 1970.
    pub(super) fn is_valid_at(&self, now: i64) -> bool {
        (self.validity.0..=self.validity.1).contains(&now)
    }

    /// Whether it may sign others: it says so, or is a root from before one could say so.
    pub(super) fn is_authority(&self) -> bool {
        self.constrained_to_authority || (self.version == 1 && self.issuer == self.subject)
    }

    /// The first common name of the subject.
    fn common_name(&self) -> Option<&'a str> {
        let mut sets = Der(Der(self.subject).take(SEQUENCE)?.content);
        while let Some(set) = sets.any() {
            let mut attributes = Der(Some(set).filter(|set| set.tag == SET)?.content);
            while let Some(attribute) = attributes.any() {
                let mut attribute = Der(attribute.content);
                if attribute.take(OBJECT_ID)?.content == COMMON_NAME {
                    return std::str::from_utf8(attribute.any()?.content).ok();
                }
            }
        }
        None
    }

    /// The names that it is for, to be shown.
    pub(super) fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self
            .dns_names
            .iter()
            .map(|name| (*name).to_owned())
            .collect();
        names.extend(self.addresses.iter().map(ToString::to_string));
        if names.is_empty() {
            names.extend(self.common_name().map(str::to_owned));
        }
        names
    }

    /// Whether it is for this host, given with its address where the host is one. As in libpq the common name counts only when there
    /// is no alternative name of the host's own kind.
    pub(super) fn is_for(&self, host: &str, address: Option<IpAddr>) -> bool {
        let same_kind = if address.is_some() {
            self.addresses.is_empty()
        } else {
            self.dns_names.is_empty()
        };
        self.dns_names.iter().any(|name| matches(name, host))
            || address.is_some_and(|address| self.addresses.contains(&address))
            || (same_kind && self.common_name().is_some_and(|name| matches(name, host)))
    }
}

/// Whether a certificate's name, `db.example` or `*.example`, is the host's. A star stands for one label.
fn matches(pattern: &str, host: &str) -> bool {
    if pattern.is_empty() || pattern.contains('\0') {
        return false;
    }
    match (pattern.strip_prefix("*."), host.split_once('.')) {
        (Some(parent), Some((label, rest))) if !parent.is_empty() => {
            !label.is_empty() && parent.eq_ignore_ascii_case(rest)
        }
        _ => pattern.eq_ignore_ascii_case(host),
    }
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    match bytes.len() {
        4 => <[u8; 4]>::try_from(bytes).ok().map(IpAddr::from),
        16 => <[u8; 16]>::try_from(bytes).ok().map(IpAddr::from),
        _ => None,
    }
}

/// One encoded value.
struct Item<'a> {
    tag: u8,
    content: &'a [u8],
    whole: &'a [u8],
}

/// Encoded values, one after the other. Reads the part of DER that certificates use: short tags, definite lengths.
struct Der<'a>(&'a [u8]);

impl<'a> Der<'a> {
    fn any(&mut self) -> Option<Item<'a>> {
        let (&tag, rest) = self.0.split_first()?;
        let (&first, mut rest) = rest.split_first()?;
        let length = if first < 0x80 {
            usize::from(first)
        } else {
            let (digits, after) = rest.split_at_checked(usize::from(first & 0x7f))?;
            rest = after;
            if digits.is_empty() || digits.len() > 4 {
                return None;
            }
            digits
                .iter()
                .fold(0, |length, digit| (length << 8) | usize::from(*digit))
        };
        let (content, after) = rest.split_at_checked(length)?;
        let whole = &self.0[..self.0.len() - after.len()];
        self.0 = after;
        Some(Item {
            tag,
            content,
            whole,
        })
    }

    fn take(&mut self, tag: u8) -> Option<Item<'a>> {
        self.any().filter(|item| item.tag == tag)
    }

    fn optional(&mut self, tag: u8) -> Option<Item<'a>> {
        if self.0.first() == Some(&tag) {
            self.any()
        } else {
            None
        }
    }

    /// A bit string of whole bytes.
    fn bits(&mut self) -> Option<&'a [u8]> {
        self.take(BIT_STRING)?.content.strip_prefix(&[0])
    }

    /// A date in UTC, in seconds since 1970.
    fn time(&mut self) -> Option<i64> {
        let item = self.any()?;
        let text = std::str::from_utf8(item.content).ok()?.strip_suffix('Z')?;
        if !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let (year, rest) = match item.tag {
            UTC_TIME => {
                let (year, rest) = text.split_at_checked(2)?;
                let year: i32 = year.parse().ok()?;
                (if year < 50 { 2000 + year } else { 1900 + year }, rest)
            }
            GENERALIZED_TIME => {
                let (year, rest) = text.split_at_checked(4)?;
                (year.parse().ok()?, rest)
            }
            _ => return None,
        };
        let pair = |index: usize| rest.get(index * 2..index * 2 + 2)?.parse::<u8>().ok();
        let date =
            Date::from_calendar_date(year, Month::try_from(pair(0)?).ok()?, pair(1)?).ok()?;
        let time = Time::from_hms(pair(2)?, pair(3)?, pair(4)?).ok()?;
        (rest.len() == 10).then_some(date.with_time(time).assume_utc().unix_timestamp())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Certificate, matches};

    #[test]
    fn a_star_stands_for_exactly_one_label() {
        for (pattern, host, expected) in [
            ("db.example", "DB.Example", true),
            ("*.example", "db.example", true),
            ("*.example", "a.db.example", false),
            ("*.example", ".example", false),
            ("*.example", "example", false),
            ("d*.example", "db.example", false),
            ("*", "db", false),
            ("*.", "db.", false),
            ("", "", false),
            ("db.example\0.evil", "db.example\0.evil", false),
        ] {
            assert_eq!(matches(pattern, host), expected, "{pattern} {host}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(
            prop_oneof![any::<u8>(), proptest::sample::select(vec![0x30, 0x03, 0x02, 0x82, 0x84, 0x00, 0x06, 0xa3])], 0..80,
        )) {
            if let Some(certificate) = Certificate::parse(&bytes) {
                let _ = certificate.names();
            }
        }
    }
}
