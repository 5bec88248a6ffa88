use std::fmt;

use sha2::{Digest, Sha256};

use crate::cluster::tree;

/// Changed whenever what is stored, or the way of storing it, changes.
const FORMAT: &str = "3";

/// What an entry of the cache holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EntryKind {
    /// What `initdb` made.
    Initdb,
    /// Roles, and a database with the first so many migrations.
    Prefix,
    /// The golden data directory: roles and a whole template database.
    Golden,
}

impl EntryKind {
    /// All of them, in the order in which they are made.
    pub const ALL: [Self; 3] = [Self::Initdb, Self::Prefix, Self::Golden];

    /// Its name, which is that of its directory too.
    pub fn word(self) -> &'static str {
        match self {
            Self::Initdb => "initdb",
            Self::Prefix => "prefix",
            Self::Golden => "golden",
        }
    }
}

/// The name of an entry: its kind, and a hash of all that went into it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CacheKey {
    kind: EntryKind,
    hash: String,
}

impl CacheKey {
    /// The key of these parts; neither their order nor their bounds may change without changing it.
    pub fn of<'a>(kind: EntryKind, parts: impl IntoIterator<Item = &'a [u8]>) -> Self {
        Self {
            kind,
            hash: Self::hash_of(parts),
        }
    }

    /// The hash alone, as 32 hexadecimal digits.
    pub fn hash_of<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> String {
        let mut digest = Sha256::new();
        digest.update(FORMAT);
        for part in parts {
            digest.update((part.len() as u64).to_le_bytes());
            digest.update(part);
        }
        tree::hexadecimal(&digest.finalize()[..16])
    }

    /// What the entry holds.
    pub fn kind(&self) -> EntryKind {
        self.kind
    }

    /// The hash, which is the name of the entry's directory: 32 hexadecimal digits.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// Whether a directory's name is that of an entry.
    pub(super) fn is_name(name: &str) -> bool {
        name.len() == 32 && name.bytes().all(|byte| byte.is_ascii_hexdigit())
    }
}

impl fmt::Display for CacheKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind.word(), self.hash)
    }
}
