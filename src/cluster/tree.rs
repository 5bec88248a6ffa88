//! A tree of files: copied, listed, removed; many files at a time.

use std::fmt::Write;
use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use sha2::{Digest, Sha256};

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
    listing.files.sort();
    Ok(listing)
}

/// Copies the tree at `from` to `to`, which must not exist; all of the copy belongs to `user` (`None`: to who runs
/// this). Links other than tablespaces, sockets and what only a running server needs are left out.
pub(super) fn copy(from: &Path, to: &Path, user: Option<&ServiceUser>) -> Result<(), ClusterError> {
    let listing = list(from).map_err(ClusterError::io("read", from))?;
    make_private(to, user).map_err(ClusterError::io("make", to))?;
    for directory in &listing.directories {
        let target = to.join(directory);
        make_private(&target, user).map_err(ClusterError::io("make", &target))?;
    }
    listing
        .files
        .par_iter()
        .with_min_len(16)
        .try_for_each(|(file, _)| {
            let target = to.join(file);
            fs::copy(from.join(file), &target)
                .and_then(|_| user.map_or(Ok(()), |user| user.own(&target)))
                .map_err(ClusterError::io("copy to", &target))
        })
}

/// A text that changes when a file or directory of the tree is missing, is new, or has another size.
pub(super) fn fingerprint(root: &Path) -> io::Result<String> {
    let mut listing = list(root)?;
    listing.directories.sort();
    let mut digest = Sha256::new();
    let mut bytes = 0;
    for directory in &listing.directories {
        digest.update(directory.as_os_str().as_encoded_bytes());
        digest.update(b"/\n");
    }
    for (file, size) in &listing.files {
        digest.update(file.as_os_str().as_encoded_bytes());
        digest.update(format!("\n{size}\n"));
        bytes += size;
    }
    let hash = hexadecimal(&digest.finalize());
    let (directories, files) = (listing.directories.len(), listing.files.len());
    Ok(format!(
        "{directories} directories, {files} files, {bytes} bytes, {hash}\n"
    ))
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
