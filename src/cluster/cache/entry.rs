//! Entries as directories: who may have written them, who uses them, and how they go away.

use std::fs::{self, File, Metadata, TryLockError};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use nix::unistd::Uid;

use crate::cluster::tree;

/// The age at which something unfinished is taken for abandoned, if nobody holds its lock.
const ABANDONED: Duration = Duration::from_mins(1);
/// How long a lock is waited for.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long between two looks at a lock.
const PAUSE: Duration = Duration::from_millis(20);

/// Refuses a directory in which others could have laid an entry, which would run as a server: its place among the
/// temporary files is known to all. One that is missing is fine.
pub(super) fn check_owner(directory: &Path) -> io::Result<()> {
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
pub(super) fn distrust(found: &Metadata) -> Option<String> {
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
pub(super) fn open_lock(entry: &Path) -> io::Result<Option<File>> {
    match File::open(entry.join("lock")) {
        Ok(lock) => Ok(Some(lock)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether `lock` still is the lock of the entry at that path.
pub(super) fn is_lock_of(lock: &File, entry: &Path) -> bool {
    match (lock.metadata(), entry.join("lock").metadata()) {
        (Ok(ours), Ok(there)) => (ours.dev(), ours.ino()) == (there.dev(), there.ino()),
        _ => false,
    }
}

/// Locks something of the cache for whoever changes it. Locks are held for moments, so one that is not to be had within
/// seconds is somebody's who was stopped, or a file system's that cannot lock.
///
/// # Errors
/// The system's error, and that the lock was not to be had.
pub(super) fn lock_alone(lock: &File) -> io::Result<()> {
    lock_patiently(|| lock.try_lock())
}

/// The same, as one of its readers.
pub(super) fn lock_to_read(lock: &File) -> io::Result<()> {
    lock_patiently(|| lock.try_lock_shared())
}

fn lock_patiently(try_lock: impl Fn() -> Result<(), TryLockError>) -> io::Result<()> {
    let began = Instant::now();
    loop {
        match try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::Error(error)) => return Err(error),
            Err(TryLockError::WouldBlock) if began.elapsed() > PATIENCE => {
                return Err(io::Error::new(
                    io::ErrorKind::TimedOut,
                    format!(
                        "somebody else has had it locked for {} s",
                        PATIENCE.as_secs()
                    ),
                ));
            }
            Err(TryLockError::WouldBlock) => thread::sleep(PAUSE),
        }
    }
}

/// Removes an entry, whole or not, unless somebody has it locked; returns whether it is gone.
pub(super) fn discard(entry: &Path) -> io::Result<bool> {
    match fs::symlink_metadata(entry) {
        Ok(found) if found.is_dir() => {}
        Ok(_) => return tree::remove_any(entry).map(|()| true),
        Err(error) => return tree::gone(Err(error)).map(|()| true),
    }
    // One whose lock is lost gets another, so that nobody else removes it at the same time, and then makes it anew.
    let lock = match File::create_new(entry.join("lock")) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => open_lock(entry)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        made => Some(made?),
    };
    lock.map_or(Ok(true), |lock| discard_locked_by(&lock, entry))
}

/// Removes the entry whose lock this is, unless somebody has locked it; returns whether it is gone.
fn discard_locked_by(lock: &File, entry: &Path) -> io::Result<bool> {
    let locked = lock.try_lock();
    if !is_lock_of(lock, entry) {
        // It went between opening and locking; what may lie there now is another's.
        return Ok(true);
    }
    match locked {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Ok(false),
        Err(TryLockError::Error(error)) => return Err(error),
    }
    let parent = entry.parent().unwrap_or(entry);
    // Out of the way at once, so that nobody takes half of it for an entry.
    let old = tempfile::Builder::new()
        .prefix(".old-")
        .tempdir_in(parent)?;
    tree::gone(fs::rename(entry, old.path()))?;
    tree::remove(old.path())?;
    Ok(true)
}

/// Names and paths of what a directory holds; nothing when there is no such directory.
pub(super) fn entries(directory: &Path) -> io::Result<Vec<(String, PathBuf)>> {
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
pub(super) fn is_unfinished(name: &str) -> bool {
    name.starts_with(".new-") || name.starts_with(".old-")
}

/// Removes what runs that died in the middle have left unfinished.
pub(super) fn remove_abandoned(directory: &Path) -> io::Result<()> {
    for (name, path) in entries(directory)? {
        let changed = fs::symlink_metadata(&path).and_then(|found| found.modified());
        let old = changed.is_ok_and(|time| time.elapsed().is_ok_and(|age| age > ABANDONED));
        if is_unfinished(&name) && old {
            discard(&path)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_removes_an_entry_leaves_the_one_that_was_stored_in_its_place_meanwhile() {
        let around = tempfile::tempdir().unwrap();
        let entry = around.path().join("entry");
        let make = || {
            fs::create_dir(&entry).unwrap();
            fs::write(entry.join("lock"), "").unwrap();
        };
        make();
        let lock = open_lock(&entry).unwrap().unwrap();
        // Another run removes it, and stores the same anew.
        assert!(discard(&entry).unwrap());
        assert!(!entry.exists());
        make();
        assert!(discard_locked_by(&lock, &entry).unwrap());
        assert!(entry.join("lock").is_file());
    }

    #[test]
    fn an_entry_goes_even_without_its_lock_but_not_while_it_is_read() {
        let around = tempfile::tempdir().unwrap();
        let entry = around.path().join("entry");
        fs::create_dir(&entry).unwrap();
        assert!(discard(&entry).unwrap());
        assert!(!entry.exists());
        fs::create_dir(&entry).unwrap();
        fs::write(entry.join("lock"), "").unwrap();
        let reader = open_lock(&entry).unwrap().unwrap();
        lock_to_read(&reader).unwrap();
        assert!(!discard(&entry).unwrap());
        drop(reader);
        // A process that another test starts at this moment has all open files until it is the other program.
        let began = Instant::now();
        while !discard(&entry).unwrap() {
            assert!(began.elapsed() < PATIENCE);
            thread::sleep(PAUSE);
        }
        let names = fs::read_dir(around.path()).unwrap().count();
        assert_eq!(names, 0);
    }
}
