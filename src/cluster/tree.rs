//! A tree of files: copied, measured, removed; many files at a time. It knows nothing of servers but which files of a
//! data directory are only a running one's.

use std::fmt::Write as _;
use std::fs::{self, DirBuilder, File};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use xxhash_rust::xxh3::Xxh3;

use super::{ClusterError, ServiceUser};

/// Makes a directory that only its owner may enter, and gives it to `user`.
pub(super) fn make_private(path: &Path, user: Option<&ServiceUser>) -> io::Result<()> {
    DirBuilder::new().mode(0o700).create(path)?;
    user.map_or(Ok(()), |user| user.own(path))
}

/// What a tree holds.
#[derive(Debug, Default)]
struct Listing {
    /// Directories below the root, outer before inner, relative to it; with the path to read each from.
    directories: Vec<PathBuf>,
    /// Files below the root, relative to it, with their sizes in bytes.
    files: Vec<(PathBuf, u64)>,
}

/// Files of a data directory that belong to its running server and mean nothing to a copy.
fn is_of_the_server(relative: &Path) -> bool {
    ["postmaster.pid", "postmaster.opts"].iter().any(|name| relative == Path::new(name))
        // What these directories hold is dropped when a server starts.
        || ["pg_dynshmem", "pg_notify", "pg_stat_tmp"]
            .iter()
            .any(|directory| relative.parent() == Some(Path::new(directory)))
}

/// Lists the tree at `root`. The links in `pg_tblspc` are followed, so that a copy has tablespaces of its own.
fn list(root: &Path) -> io::Result<Listing> {
    let mut listing = Listing::default();
    let mut pending = vec![PathBuf::new()];
    while let Some(directory) = pending.pop() {
        for entry in root.join(&directory).read_dir()? {
            let entry = entry?;
            let relative = directory.join(entry.file_name());
            if is_of_the_server(&relative) {
                continue;
            }
            let in_tablespaces = directory == Path::new("pg_tblspc");
            let found = if in_tablespaces {
                entry.path().metadata()?
            } else {
                entry.metadata()?
            };
            if found.is_dir() {
                pending.push(relative.clone());
                listing.directories.push(relative);
            } else if found.is_file() {
                listing.files.push((relative, found.len()));
            }
        }
    }
    Ok(listing)
}

/// Copies the tree at `from` to `to`, which must not exist; all of the copy belongs to `user` (`None`: to who runs
/// this). Links other than tablespaces, sockets and what only a running server needs are left out.
pub(super) fn copy(from: &Path, to: &Path, user: Option<&ServiceUser>) -> Result<(), ClusterError> {
    copy_by(from, to, user, |from, to| fs::copy(from, to).map(drop)).map(drop)
}

/// As [`copy`]; returns a text that is the same for trees with the same directories, files and contents.
pub(super) fn copy_and_hash(
    from: &Path,
    to: &Path,
    user: Option<&ServiceUser>,
) -> Result<String, ClusterError> {
    let (listing, mut hashes) = copy_by(from, to, user, copy_file_and_hash)?;
    hashes.sort();
    let mut directories = listing.directories;
    directories.sort();
    let mut digest = Xxh3::new();
    let mut bytes = 0;
    for directory in &directories {
        digest.update(directory.as_os_str().as_encoded_bytes());
        digest.update(b"/\0");
    }
    for ((file, size), hash) in &hashes {
        digest.update(file.as_os_str().as_encoded_bytes());
        digest.update(b"\0");
        digest.update(&hash.to_le_bytes());
        bytes += size;
    }
    let hash = digest.digest128();
    let (directories, files) = (directories.len(), hashes.len());
    Ok(format!(
        "{directories} directories, {files} files, {bytes} bytes, {hash:032x}\n"
    ))
}

/// Copies a file, and returns a hash of what was written, which tells damage and not malice: who could change the file
/// could change the hash beside it too. It goes block by block, so that the memory that it takes does
/// not grow with the file. Having the system copy and reading the copy again takes longer, save on one file system whose
/// files can share blocks; run directories lie in memory, and the cache does not.
fn copy_file_and_hash(from: &Path, to: &Path) -> io::Result<u128> {
    const BLOCK: u64 = 64 << 10;
    let mut source = File::open(from)?;
    let mut target = File::options()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(to)?;
    let size = source.metadata()?.len().clamp(1, BLOCK);
    let mut block = vec![0; usize::try_from(size).unwrap_or(1)];
    let mut digest = Xxh3::new();
    loop {
        match source.read(&mut block) {
            Ok(0) => return Ok(digest.digest128()),
            Ok(read) => {
                target.write_all(&block[..read])?;
                digest.update(&block[..read]);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// A file and its size, with what was made of it.
type Copied<T> = ((PathBuf, u64), T);

/// Copies the tree at `from` to `to`, each file by `copy_file`; returns what there was to copy.
fn copy_by<T: Send>(
    from: &Path,
    to: &Path,
    user: Option<&ServiceUser>,
    copy_file: impl Fn(&Path, &Path) -> io::Result<T> + Sync,
) -> Result<(Listing, Vec<Copied<T>>), ClusterError> {
    let mut listing = list(from).map_err(ClusterError::io("read", from))?;
    make_private(to, user).map_err(ClusterError::io("make", to))?;
    for directory in &listing.directories {
        let target = to.join(directory);
        make_private(&target, user).map_err(ClusterError::io("make", &target))?;
    }
    let files = std::mem::take(&mut listing.files);
    let copied = files.into_par_iter().with_min_len(16).map(|file| {
        let target = to.join(&file.0);
        let made = copy_file(&from.join(&file.0), &target)
            .and_then(|made| user.map_or(Ok(()), |user| user.own(&target)).map(|()| made))
            .map_err(ClusterError::io("copy to", &target))?;
        Ok((file, made))
    });
    let copied = copied.collect::<Result<Vec<_>, ClusterError>>()?;
    Ok((listing, copied))
}

/// Bytes as lower-case hexadecimal digits.
pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Removes the tree at `root`, and nothing that a link in it points to. Somebody else's removing the same tree at
/// the same time does no harm.
pub(super) fn remove(root: &Path) -> io::Result<()> {
    let entries: Vec<PathBuf> = match root.read_dir() {
        Ok(entries) => entries
            .map(|entry| Ok(entry?.path()))
            .collect::<io::Result<_>>()?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    entries.par_iter().try_for_each(|path| remove_any(path))?;
    gone(fs::remove_dir_all(root))
}

/// Removes a file, a link or a tree.
pub(super) fn remove_any(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => gone(fs::remove_dir_all(path)),
        Ok(_) => gone(fs::remove_file(path)),
        Err(error) => gone(Err(error)),
    }
}

/// How many bytes the tree at `root` takes on the disk, links not followed; what cannot be read counts nothing.
pub(super) fn size(root: &Path) -> u64 {
    let entries = walkdir::WalkDir::new(root)
        .into_iter()
        .filter_map(Result::ok);
    let taken = entries
        .filter_map(|entry| entry.metadata().ok())
        .map(|found| found.blocks() * 512);
    taken.sum()
}

/// Takes for done what another has done already.
pub(super) fn gone(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}
