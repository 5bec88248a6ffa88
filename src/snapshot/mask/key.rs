//! The key of masking, and what is drawn with it from a value: bytes that nobody can tell without the key, and the
//! same ones for the same value each time.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// How many characters a key that somebody chose must have.
const SHORTEST: usize = 16;

/// What is to be said of a key that was made up.
const MADE_UP: &str = "PGASSAY_MASK_KEY is not set: values are masked with a key that is made up for this snapshot alone, so that they differ from those of \
                       every other";

/// The key. Nothing shows it.
#[derive(Clone)]
pub struct Key {
    started: Hmac<Sha256>,
}

impl fmt::Debug for Key {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Key(***)")
    }
}

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// Somebody who sees a masked value could find the key by trying.
    #[error(
        "PGASSAY_MASK_KEY is too short: who knows one value could find the key by trying; it must have {SHORTEST} characters or \
         more, such as `openssl rand -hex 32` prints"
    )]
    TooShort,
    /// The system has no random bytes.
    #[error("no key can be made up for masking: {0}; set PGASSAY_MASK_KEY")]
    NotRandom(getrandom::Error),
}

impl Key {
    /// The key that somebody chose; else one that is made up, with what is to be said of that.
    ///
    /// # Errors
    /// The one that was chosen is too short, or none can be made up.
    pub fn new(chosen: Option<&str>) -> Result<(Self, Option<&'static str>), KeyError> {
        match chosen {
            Some(text) => Ok((Self::chosen(text)?, None)),
            None => Ok((Self::random()?, Some(MADE_UP))),
        }
    }

    /// The key that somebody chose.
    ///
    /// # Errors
    /// It is too short.
    pub fn chosen(text: &str) -> Result<Self, KeyError> {
        if text.chars().count() < SHORTEST {
            return Err(KeyError::TooShort);
        }
        Ok(Self::of(text.as_bytes()))
    }

    /// A key that nobody knows, and that is gone with this process.
    ///
    /// # Errors
    /// The system gives no random bytes.
    pub fn random() -> Result<Self, KeyError> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(KeyError::NotRandom)?;
        Ok(Self::of(&bytes))
    }

    fn of(bytes: &[u8]) -> Self {
        // HMAC hashes a key that is longer than a block, and fills up a shorter one with zeros.
        let mut block = [0; 64];
        if bytes.len() > block.len() {
            use sha2::Digest;
            block[..32].copy_from_slice(&Sha256::digest(bytes));
        } else {
            block[..bytes.len()].copy_from_slice(bytes);
        }
        Self {
            started: Hmac::new(&block.into()),
        }
    }

    /// HMAC-SHA-256 of what a rule (its word) makes of a value. A rule's word holds no zero byte, so that no other
    /// rule and value are the same message.
    pub(super) fn digest(&self, rule: &str, value: &[u8]) -> [u8; 32] {
        self.digest_of(&[rule.as_bytes(), &[0], value])
    }

    /// HMAC-SHA-256 of parts, as one message.
    pub(super) fn digest_of(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = self.started.clone();
        for part in parts {
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }

    /// As many bytes as are wanted, drawn from a value.
    pub(super) fn draws(&self, rule: &str, value: &[u8]) -> Draws<'_> {
        Draws {
            key: self,
            seed: self.digest(rule, value),
            block: [0; 32],
            at: 32,
            count: 0,
        }
    }
}

/// Bytes and numbers that are drawn from a value, one after the other.
#[derive(Debug)]
pub(super) struct Draws<'k> {
    key: &'k Key,
    seed: [u8; 32],
    block: [u8; 32],
    at: usize,
    count: u64,
}

impl<'k> Draws<'k> {
    /// What they are drawn with.
    pub(super) fn key(&self) -> &'k Key {
        self.key
    }

    pub(super) fn byte(&mut self) -> u8 {
        if self.at == self.block.len() {
            self.block = self
                .key
                .digest_of(&[b"draw\0", &self.seed, &self.count.to_be_bytes()]);
            self.count += 1;
            self.at = 0;
        }
        self.at += 1;
        self.block[self.at - 1]
    }

    /// A number below `limit`, all as good as equally often.
    pub(super) fn below(&mut self, limit: u64) -> u64 {
        let mut bytes = [0; 16];
        for byte in &mut bytes {
            *byte = self.byte();
        }
        let drawn = u128::from_be_bytes(bytes) % u128::from(limit.max(1));
        u64::try_from(drawn).unwrap_or_default()
    }

    /// One of a list.
    pub(super) fn one_of<'l>(&mut self, list: &[&'l str]) -> &'l str {
        let at = self.below(list.len() as u64);
        let at = usize::try_from(at).unwrap_or_default();
        list.get(at).copied().unwrap_or_default()
    }

    /// So many digits.
    pub(super) fn digits(&mut self, count: usize) -> String {
        let digit = |_| char::from(b'0' + u8::try_from(self.below(10)).unwrap_or_default());
        (0..count).map(digit).collect()
    }

    /// So many hexadecimal digits.
    pub(super) fn hex(&mut self, count: usize) -> String {
        let mut text = String::new();
        while text.len() < count {
            text.push_str(&format!("{:02x}", self.byte()));
        }
        text.truncate(count);
        text
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;

    #[test]
    fn it_is_hmac_sha_256() {
        // The fourth and sixth cases of RFC 4231: a key shorter than a block, and one longer.
        let hex = |bytes: &[u8]| {
            bytes
                .iter()
                .map(|it| format!("{it:02x}"))
                .collect::<String>()
        };
        let key: Vec<u8> = (1..=25).collect();
        assert_eq!(
            hex(&Key::of(&key).digest_of(&[&[0xcd; 50]])),
            "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"
        );
        assert_eq!(
            hex(&Key::of(&[0xaa; 131]).digest_of(&[
                b"Test Using Larger Than Block-Size Key",
                b" - Hash Key First"
            ])),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        );
    }

    #[test]
    fn a_key_is_not_shown_and_a_short_one_is_refused() {
        assert!(matches!(
            Key::chosen("123456789012345"),
            Err(KeyError::TooShort)
        ));
        let key = Key::chosen("a secret of some length").unwrap();
        assert_eq!(format!("{key:?}"), "Key(***)");
    }

    #[test]
    fn two_keys_that_are_made_up_differ() {
        let one = Key::random().unwrap().digest("hash", b"x");
        assert_ne!(one, Key::random().unwrap().digest("hash", b"x"));
    }

    #[test]
    fn of_a_key_that_is_made_up_something_is_said() {
        let (key, remark) = Key::new(Some("a secret of some length")).unwrap();
        assert_eq!(remark, None);
        let same = Key::chosen("a secret of some length").unwrap();
        assert_eq!(key.digest("hash", b"x"), same.digest("hash", b"x"));
        assert!(
            Key::new(None)
                .unwrap()
                .1
                .unwrap()
                .contains("PGASSAY_MASK_KEY")
        );
        assert!(Key::new(Some("short")).is_err());
    }

    #[test]
    fn what_is_drawn_depends_on_key_rule_and_value_alone() {
        let key = Key::chosen("a secret of some length").unwrap();
        let drawn = |key: &Key, rule, value: &str| key.draws(rule, value.as_bytes()).hex(200);
        let first = drawn(&key, "hash", "ada");
        assert_eq!(first.len(), 200);
        assert_eq!(first, drawn(&key.clone(), "hash", "ada"));
        assert_ne!(first, drawn(&key, "hash", "bob"));
        assert_ne!(first, drawn(&key, "fake.name", "ada"));
        let other = Key::chosen("another secret of some length").unwrap();
        assert_ne!(first, drawn(&other, "hash", "ada"));
    }
}
