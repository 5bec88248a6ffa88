//! An entry that is being used: while it is held, nobody removes it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::{ClusterError, DataDirectory, ServiceUser, manifest, tree};

/// An entry of the cache, for as long as this lives.
#[derive(Debug)]
pub struct HeldEntry {
    entry: PathBuf,
    about: String,
    manifest: String,
    user: ServiceUser,
    /// Shared; closed with this.
    lock: File,
}

impl HeldEntry {
    /// The entry in this directory, by its lock, for servers that this user runs; none where it is not whole.
    pub(super) fn new(entry: PathBuf, lock: File, user: ServiceUser) -> Option<Self> {
        let manifest = fs::read_to_string(entry.join("manifest")).ok()?;
        let about = fs::read_to_string(entry.join("about")).ok()?;
        entry.join("data").is_dir().then_some(Self {
            entry,
            about,
            manifest,
            user,
            lock,
        })
    }

    /// What its maker wrote about it. Whether it is what the maker wrote shows when it is copied.
    pub fn about(&self) -> &str {
        &self.about
    }

    /// Notes the time of use. Which entries go first depends on it, nothing else does.
    pub(super) fn mark_used(&self) {
        let _ = self.lock.set_modified(SystemTime::now());
    }

    /// Copies its data directory to `path`, which must not exist and must lie in a run directory.
    ///
    /// # Errors
    /// Also when it is not what its maker stored: somebody has damaged it. Then nothing of it is left at `path`.
    pub fn copy_to(&self, path: &Path) -> Result<DataDirectory, ClusterError> {
        let copied = tree::copy_and_hash(&self.entry.join("data"), path, Some(&self.user));
        let error = match copied {
            Ok(tree) if self.manifest == manifest(&tree, &self.about) => {
                return Ok(DataDirectory::at(path.to_path_buf(), self.user.clone()));
            }
            Ok(_) => ClusterError::Damaged {
                path: self.entry.clone(),
            },
            Err(error) => error,
        };
        tree::remove(path).map_err(ClusterError::io("remove", path))?;
        Err(error)
    }
}
