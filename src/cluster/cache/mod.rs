//! The cache: data directories that took time to make, each under a key of all that went into it.
//!
//! ```text
//! <cache directory>/<kind>/<hash>/data/…     the data directory
//!                                /about      what its maker knows of it, as text
//!                                /manifest   a hash of all that `data` and `about` hold
//!                                /lock       shared while it is read, exclusive while it is made or removed
//!                         .new-…, .old-…     being made, being removed
//! ```
//!
//! An entry appears whole by a rename, so that two runs can make the same one, and a crash leaves only a `.new-…`,
//! which a later run removes. Nothing is forced to the disk, which could take seconds on a busy machine: each
//! loading compares the contents with the manifest, so what a power cut or anybody else damaged is made anew.

mod entry;
mod held;
mod kept_file;
mod key;

use std::fs::{self, DirBuilder, File, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use sha2::{Digest, Sha256};

pub use held::HeldEntry;
pub use kept_file::{Kept, KeptFile, KeptFileError};
pub use key::{CacheKey, EntryKind};

use super::{ClusterError, DataDirectory, RunDirectory, ServiceUser, tree};
use entry::{
    check_owner, discard, distrust, entries, is_lock_of, is_unfinished, lock_alone, lock_to_read,
    open_lock, remove_abandoned,
};

/// How much is kept: what was not used for longest goes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CacheLimits {
    /// How many bytes all entries together may take.
    pub bytes: u64,
    /// How long an entry stays that nobody uses.
    pub age: Duration,
}

impl Default for CacheLimits {
    /// 2 GiB and 14 days.
    fn default() -> Self {
        Self {
            bytes: 2 << 30,
            age: Duration::from_hours(14 * 24),
        }
    }
}

/// A cache directory.
#[derive(Debug, Clone)]
pub struct Cache {
    path: PathBuf,
    limits: CacheLimits,
}

/// What [`cache_clean`] removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Removed {
    /// How many entries were removed.
    pub entries: usize,
    /// How many bytes they took on the disk.
    pub bytes: u64,
    /// How many entries were left because a run is reading or making them.
    pub in_use: usize,
}

/// An entry as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What it holds.
    pub kind: EntryKind,
    /// The hash of its key.
    pub hash: String,
    /// How many bytes its data directory has; none when it is damaged.
    pub bytes: Option<u64>,
    /// When it was last used.
    pub used: SystemTime,
    /// What its maker knows of it.
    pub about: String,
    path: PathBuf,
}

impl Cache {
    /// The cache in `path`, which is made when something is stored.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            limits: CacheLimits::default(),
        }
    }

    /// The same one, within other limits.
    #[must_use]
    pub fn within(self, limits: CacheLimits) -> Self {
        Self { limits, ..self }
    }

    /// Whether what lies there can be trusted; one that is missing can.
    ///
    /// # Errors
    /// When others than its user can write to it.
    pub fn check(&self) -> Result<(), ClusterError> {
        check_owner(&self.path).map_err(ClusterError::cache("trust", &self.path))
    }

    /// Makes its directory, if that is missing, and tries whether it can be written to.
    ///
    /// # Errors
    /// When nothing can be kept there.
    pub fn prepare(&self) -> Result<(), ClusterError> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.path)
            .map_err(ClusterError::cache("make", &self.path))?;
        check_owner(&self.path).map_err(ClusterError::cache("trust", &self.path))?;
        tempfile::tempfile_in(&self.path)
            .map(drop)
            .map_err(ClusterError::cache("write into", &self.path))
    }

    /// What the maker of an entry wrote about it; none where there is no such entry. Only [`load`](Self::load) tells
    /// whether the entry is whole.
    pub fn about(&self, key: &CacheKey) -> Option<String> {
        let directory = self.directory(key.kind());
        check_owner(&self.path).ok()?;
        check_owner(&directory).ok()?;
        fs::read_to_string(directory.join(key.hash()).join("about")).ok()
    }

    /// Copies an entry into `run` as `name`; none when there is none. Nobody removes an entry while what is
    /// returned with the copy lives.
    ///
    /// # Errors
    /// [`ClusterError::Discarded`] where it was damaged and was removed, and what the system says.
    pub fn load(
        &self,
        key: &CacheKey,
        run: &RunDirectory,
        name: &str,
    ) -> Result<Option<(DataDirectory, HeldEntry)>, ClusterError> {
        let directory = self.directory(key.kind());
        for path in [&self.path, &directory] {
            check_owner(path).map_err(ClusterError::cache("trust", path))?;
        }
        let entry = directory.join(key.hash());
        let damaged = || {
            let path = entry.clone();
            match discard(&entry) {
                Ok(_) => Err(ClusterError::Discarded { path }),
                Err(error) => Err(ClusterError::cache("remove a damaged entry of", &entry)(
                    error,
                )),
            }
        };
        match fs::symlink_metadata(&entry) {
            Ok(found) if found.is_dir() && distrust(&found).is_none() => {}
            Ok(_) => return damaged(),
            Err(_) => return Ok(None),
        }
        let Some(lock) = open_lock(&entry).map_err(ClusterError::cache("read", &entry))? else {
            return damaged();
        };
        lock_to_read(&lock).map_err(ClusterError::cache("lock", &entry))?;
        if !is_lock_of(&lock, &entry) {
            // Removed between opening and locking.
            return Ok(None);
        }
        let Some(held) = HeldEntry::new(entry.clone(), lock, run.user().clone()) else {
            return damaged();
        };
        match held.copy_to(&run.path().join(name)) {
            Ok(data) => {
                held.mark_used();
                Ok(Some((data, held)))
            }
            Err(ClusterError::Damaged { .. }) => {
                drop(held);
                damaged()
            }
            Err(error) => Err(error),
        }
    }

    /// Stores a copy of `data`, in which no server may run, with what is to be known about it. When another run has
    /// stored the same meanwhile, that stays. What goes beyond the limits is removed.
    pub fn store(
        &self,
        key: &CacheKey,
        data: &DataDirectory,
        about: &str,
    ) -> Result<(), ClusterError> {
        data.refuse_running()?;
        let directory = self.directory(key.kind());
        let failed = |doing| ClusterError::cache(doing, &directory);
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&directory)
            .map_err(failed("make"))?;
        for path in [&self.path, &directory] {
            check_owner(path).map_err(ClusterError::cache("trust", path))?;
        }
        remove_abandoned(&directory).map_err(failed("tidy"))?;
        let new = tempfile::Builder::new()
            .prefix(".new-")
            .permissions(Permissions::from_mode(0o700))
            .tempdir_in(&directory)
            .map_err(failed("write into"))?;
        let lock = File::create_new(new.path().join("lock")).map_err(failed("write into"))?;
        lock_alone(&lock).map_err(failed("lock"))?;
        let tree = tree::copy_and_hash(data.path(), &new.path().join("data"), None)?;
        fs::write(new.path().join("about"), about).map_err(failed("write into"))?;
        fs::write(new.path().join("manifest"), manifest(&tree, about))
            .map_err(failed("write into"))?;
        let entry = directory.join(key.hash());
        match fs::rename(new.path(), &entry) {
            Ok(()) => {
                // It is an entry now, and no longer the temporary directory that is removed below.
                let _ = new.keep();
            }
            // Another run was first, or there is one that is of no use and that nobody could remove, since a run reads
            // it. Ours goes when `new` is dropped. Whoever loads the other compares it with its manifest and what it was
            // made from, so that it does no harm but that the next run makes it anew too.
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::DirectoryNotEmpty | io::ErrorKind::AlreadyExists
                ) => {}
            Err(error) => return Err(failed("write into")(error)),
        }
        drop(lock);
        self.trim(&entry).map_err(failed("tidy"))
    }

    /// Removes an entry, unless a run is reading it.
    pub fn discard(&self, key: &CacheKey) -> Result<(), ClusterError> {
        let entry = self.directory(key.kind()).join(key.hash());
        if fs::symlink_metadata(&entry).is_err() {
            return Ok(());
        }
        discard(&entry)
            .map(drop)
            .map_err(ClusterError::cache("remove an entry of", &entry))
    }

    /// All entries; those used last come first.
    pub fn list(&self) -> Result<Vec<Entry>, ClusterError> {
        self.check()?;
        self.entries()
            .map_err(ClusterError::cache("read", &self.path))
    }

    fn entries(&self) -> io::Result<Vec<Entry>> {
        let mut all = Vec::new();
        for kind in EntryKind::ALL {
            for (name, path) in entries(&self.directory(kind))? {
                if !CacheKey::is_name(&name) {
                    continue;
                }
                let read = |file: &str| fs::read_to_string(path.join(file)).unwrap_or_default();
                let used = path.join("lock").metadata().and_then(|it| it.modified());
                all.push(Entry {
                    kind,
                    hash: name,
                    bytes: bytes_of(&read("manifest")),
                    used: used.unwrap_or(SystemTime::UNIX_EPOCH),
                    about: read("about"),
                    path,
                });
            }
        }
        all.sort_by_key(|entry| std::cmp::Reverse(entry.used));
        Ok(all)
    }

    /// Removes what goes beyond the limits, but never `newest`.
    fn trim(&self, newest: &Path) -> io::Result<()> {
        let mut bytes = 0_u64;
        for entry in self.entries()? {
            let size = entry.bytes.unwrap_or_else(|| tree::size(&entry.path));
            let age = entry.used.elapsed().unwrap_or_default();
            let goes = bytes.saturating_add(size) > self.limits.bytes || age > self.limits.age;
            if goes && entry.path != newest {
                discard(&entry.path)?;
            } else {
                bytes = bytes.saturating_add(size);
            }
        }
        Ok(())
    }

    fn directory(&self, kind: EntryKind) -> PathBuf {
        self.path.join(kind.word())
    }
}

/// What a manifest says: of the tree, and of what was written about it.
fn manifest(tree: &str, about: &str) -> String {
    let about = tree::hexadecimal(&Sha256::digest(about));
    format!("{tree}about {about}\n")
}

/// The size that a manifest tells.
fn bytes_of(manifest: &str) -> Option<u64> {
    let words: Vec<&str> = manifest.split_whitespace().collect();
    let at = words.iter().position(|word| *word == "bytes,")?;
    words.get(at.checked_sub(1)?)?.parse().ok()
}

/// Removes all entries, and only what the tool has made, from the cache in `cache_dir`. Entries that a run is
/// reading or making at the moment are left.
pub fn cache_clean(cache_dir: &Path) -> Result<Removed, ClusterError> {
    let mut removed = Removed::default();
    check_owner(cache_dir).map_err(ClusterError::cache("trust", cache_dir))?;
    for kind in EntryKind::ALL {
        let directory = cache_dir.join(kind.word());
        let failed = |doing| ClusterError::cache(doing, &directory);
        for (name, path) in entries(&directory).map_err(failed("read"))? {
            if !CacheKey::is_name(&name) && !is_unfinished(&name) {
                continue;
            }
            let bytes = tree::size(&path);
            if discard(&path).map_err(ClusterError::cache("remove an entry of", &path))? {
                removed.entries += 1;
                removed.bytes += bytes;
            } else {
                removed.in_use += 1;
            }
        }
        // Stays when it holds something that is in use, or somebody else's.
        let _ = fs::remove_dir(&directory);
    }
    let _ = fs::remove_dir(cache_dir);
    Ok(removed)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{chown, symlink};

    use nix::unistd::Uid;

    use super::*;

    #[test]
    fn a_cache_that_others_can_write_to_is_refused() {
        let around = tempfile::tempdir().unwrap();
        let at = |name: &str| around.path().join(name);
        let refused = |name: &str| {
            let prepared = Cache::new(at(name)).prepare().err();
            let cleaned = cache_clean(&at(name)).err();
            assert_eq!(prepared.is_some(), cleaned.is_some(), "{name}");
            prepared.map(|error| error.to_string()).unwrap_or_default()
        };
        assert_eq!(refused("new"), "");
        fs::create_dir(at("open")).unwrap();
        fs::set_permissions(at("open"), Permissions::from_mode(0o777)).unwrap();
        assert!(refused("open").contains("others than its owner can write to it"));
        symlink(at("open"), at("link")).unwrap();
        assert!(refused("link").contains("others than its owner can write to it"));
        if Uid::effective().is_root() {
            fs::create_dir(at("foreign")).unwrap();
            chown(at("foreign"), Some(65534), None).unwrap();
            assert!(refused("foreign").contains("it belongs to the user with id 65534"));
        }
    }
}
