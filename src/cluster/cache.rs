//! The cache: data directories that took time to make, each under a key of all that went into it.
//!
//! ```text
//! <cache directory>/initdb/<key>/data/…     what initdb made
//!                               /manifest   a hash of all that `data` holds
//!                               /lock       shared while it is read, exclusive while it is made or removed
//!                         .new-…, .old-…    being made, being removed
//! ```
//!
//! An entry appears whole by a rename, so that two runs can make the same one, and a crash leaves only a `.new-…`,
//! which a later run removes. Nothing is forced to the disk, which could take seconds on a busy machine: each
//! loading compares the contents with the manifest, so what a power cut or anybody else damaged is made anew.

use std::fs::{self, DirBuilder, File, Metadata, Permissions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use nix::unistd::Uid;
use sha2::{Digest, Sha256};

use super::{ClusterError, DataDirectory, RunDirectory, tree};

/// Changed whenever what is stored, or the way of storing it, changes.
const FORMAT: &str = "1";
/// The age at which something unfinished is taken for abandoned, if nobody holds its lock.
const ABANDONED: Duration = Duration::from_mins(1);
/// How many entries of a kind are kept: the ones used last.
const ENTRIES: usize = 8;

/// The directory of what `initdb` made.
const INITDB: &str = "initdb";

/// The name of an entry: a hash of all that went into it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CacheKey(String);

impl CacheKey {
    /// The key of these parts; neither their order nor their bounds may change without changing it.
    pub fn of<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut digest = Sha256::new();
        digest.update(FORMAT);
        for part in parts {
            digest.update((part.len() as u64).to_le_bytes());
            digest.update(part);
        }
        Self(tree::hexadecimal(&digest.finalize()[..16]))
    }

    /// As the name of a directory: 32 hexadecimal digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a directory's name is that of an entry.
    fn is_name(name: &str) -> bool {
        name.len() == 32 && name.bytes().all(|byte| byte.is_ascii_hexdigit())
    }
}

/// A cache directory.
#[derive(Debug, Clone)]
pub struct Cache {
    path: PathBuf,
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

impl Cache {
    /// The cache in `path`, which is made when something is stored.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
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

    /// Copies an entry into `run` as `name`; none when there is none. A damaged entry is removed and is none.
    pub fn load(
        &self,
        key: &CacheKey,
        run: &RunDirectory,
        name: &str,
    ) -> Result<Option<DataDirectory>, ClusterError> {
        let directory = self.path.join(INITDB);
        for path in [&self.path, &directory] {
            check_owner(path).map_err(ClusterError::cache("trust", path))?;
        }
        let entry = directory.join(key.as_str());
        match fs::symlink_metadata(&entry) {
            Ok(found) if found.is_dir() && distrust(&found).is_none() => {}
            Ok(_) => {
                discard(&entry)
                    .map_err(ClusterError::cache("remove a foreign entry of", &entry))?;
                return Ok(None);
            }
            Err(_) => return Ok(None),
        }
        let Some(lock) = open_lock(&entry).map_err(ClusterError::cache("read", &entry))? else {
            discard(&entry).map_err(ClusterError::cache("remove a damaged entry of", &entry))?;
            return Ok(None);
        };
        lock.lock_shared()
            .map_err(ClusterError::cache("lock", &entry))?;
        if !is_lock_of(&lock, &entry) {
            // Removed between opening and locking.
            return Ok(None);
        }
        let path = run.path().join(name);
        let whole = match fs::read_to_string(entry.join("manifest")) {
            Ok(manifest) if entry.join("data").is_dir() => {
                manifest == tree::copy_and_hash(&entry.join("data"), &path, Some(run.user()))?
            }
            _ => false,
        };
        if !whole {
            drop(lock);
            tree::remove(&path).map_err(ClusterError::io("remove", &path))?;
            discard(&entry).map_err(ClusterError::cache("remove a damaged entry of", &entry))?;
            return Ok(None);
        }
        // The time of use; which entries go first depends on it, nothing else does.
        let _ = lock.set_modified(SystemTime::now());
        Ok(Some(DataDirectory::at(path, run.user().clone())))
    }

    /// Stores a copy of `data`, in which no server may run. When another run has stored the same meanwhile, that
    /// stays. Entries that were not used for longest go when there are too many.
    pub fn store(&self, key: &CacheKey, data: &DataDirectory) -> Result<(), ClusterError> {
        data.refuse_running()?;
        let directory = self.path.join(INITDB);
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
        lock.lock().map_err(failed("lock"))?;
        let manifest = tree::copy_and_hash(data.path(), &new.path().join("data"), None)?;
        fs::write(new.path().join("manifest"), manifest).map_err(failed("write into"))?;
        let entry = directory.join(key.as_str());
        match fs::rename(new.path(), &entry) {
            Ok(()) => {
                // It is an entry now, and no longer the temporary directory that is removed below.
                let _ = new.keep();
            }
            // Another run was first; ours goes when `new` is dropped.
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::DirectoryNotEmpty | io::ErrorKind::AlreadyExists
                ) => {}
            Err(error) => return Err(failed("write into")(error)),
        }
        drop(lock);
        trim(&directory, &entry).map_err(failed("tidy"))
    }
}

/// Removes all entries, and only what the tool has made, from the cache in `cache_dir`. Entries that a run is
/// reading or making at the moment are left.
pub fn cache_clean(cache_dir: &Path) -> Result<Removed, ClusterError> {
    let mut removed = Removed::default();
    check_owner(cache_dir).map_err(ClusterError::cache("trust", cache_dir))?;
    let directory = cache_dir.join(INITDB);
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
    let _ = fs::remove_dir(cache_dir);
    Ok(removed)
}

/// Refuses a directory in which others could have laid an entry, which would run as a server: its place among the
/// temporary files is known to all. One that is missing is fine.
fn check_owner(directory: &Path) -> io::Result<()> {
    let found = match fs::symlink_metadata(directory) {
        // Its owner may lead it elsewhere, as to a larger disk.
        Ok(found) if found.is_symlink() && distrust(&found).is_none() => fs::metadata(directory),
        found => found,
    };
    match found.map(|found| distrust(&found)) {
        Ok(Some(why)) => Err(io::Error::other(why)),
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Why not only the tool's user can have written something, in words.
fn distrust(found: &Metadata) -> Option<String> {
    const WRITABLE_BY_OTHERS: u32 = 0o022;
    let own = Uid::effective().as_raw();
    // Root needs no cache to do what it wants.
    if found.uid() != own && found.uid() != 0 {
        Some(format!(
            "it belongs to the user with id {} and not to the one who runs this, {own}",
            found.uid()
        ))
    } else if !found.is_symlink() && found.mode() & WRITABLE_BY_OTHERS != 0 {
        Some("others than its owner can write to it (`chmod go-w` mends that)".to_owned())
    } else {
        None
    }
}

/// Opens the lock of an entry; none when there is no such file.
fn open_lock(entry: &Path) -> io::Result<Option<File>> {
    match File::open(entry.join("lock")) {
        Ok(lock) => Ok(Some(lock)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether `lock` still is the lock of the entry at that path.
fn is_lock_of(lock: &File, entry: &Path) -> bool {
    match (lock.metadata(), entry.join("lock").metadata()) {
        (Ok(ours), Ok(there)) => (ours.dev(), ours.ino()) == (there.dev(), there.ino()),
        _ => false,
    }
}

/// Removes an entry, whole or not, unless somebody has it locked; returns whether it is gone.
fn discard(entry: &Path) -> io::Result<bool> {
    let lock = open_lock(entry)?;
    match lock.as_ref().map_or(Ok(()), File::try_lock) {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Ok(false),
        Err(TryLockError::Error(error)) => return Err(error),
    }
    let parent = entry.parent().unwrap_or(entry);
    // Out of the way at once, so that nobody takes half of it for an entry.
    let old = match tempfile::Builder::new().prefix(".old-").tempdir_in(parent) {
        Ok(old) => old,
        // The cache was never made.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(true),
        Err(error) => return Err(error),
    };
    match fs::rename(entry, old.path()) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    tree::remove(old.path())?;
    Ok(true)
}

/// Names and paths of what a directory holds; nothing when there is no such directory.
fn entries(directory: &Path) -> io::Result<Vec<(String, PathBuf)>> {
    let entries = match directory.read_dir() {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let named = |entry: io::Result<fs::DirEntry>| {
        let entry = entry?;
        Ok((
            entry.file_name().to_string_lossy().into_owned(),
            entry.path(),
        ))
    };
    entries.map(named).collect()
}

/// Whether a name is that of an entry being made or removed.
fn is_unfinished(name: &str) -> bool {
    name.starts_with(".new-") || name.starts_with(".old-")
}

/// Removes what runs that died in the middle have left unfinished.
fn remove_abandoned(directory: &Path) -> io::Result<()> {
    for (name, path) in entries(directory)? {
        let changed = fs::symlink_metadata(&path).and_then(|found| found.modified());
        let old = changed.is_ok_and(|time| time.elapsed().is_ok_and(|age| age > ABANDONED));
        if is_unfinished(&name) && old {
            discard(&path)?;
        }
    }
    Ok(())
}

/// Removes the entries that were not used for longest, except `newest`, while there are too many.
fn trim(directory: &Path, newest: &Path) -> io::Result<()> {
    let mut aged: Vec<(SystemTime, PathBuf)> = entries(directory)?
        .into_iter()
        .filter(|(name, path)| CacheKey::is_name(name) && path != newest)
        .map(|(_, path)| {
            let used = path
                .join("lock")
                .metadata()
                .and_then(|found| found.modified());
            (used.unwrap_or(SystemTime::UNIX_EPOCH), path)
        })
        .collect();
    aged.sort();
    let surplus = (aged.len() + 1).saturating_sub(ENTRIES);
    for (_, path) in aged.into_iter().take(surplus) {
        discard(&path)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{chown, symlink};

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
