//! A golden data directory: what the clusters of a run's workers are copies of.

use std::fs;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use super::{ClusterError, DataDirectory, HeldEntry};

/// A golden data directory, in which no server runs.
#[derive(Debug)]
pub struct GoldenDirectory {
    source: Source,
    /// A copy that was made already, for whoever asks first.
    ready: Mutex<Option<DataDirectory>>,
}

#[derive(Debug)]
enum Source {
    /// It was made by this run and lies in its run directory.
    Made(DataDirectory),
    /// It lies in the cache.
    Kept(HeldEntry),
}

impl GoldenDirectory {
    /// One that this run has made.
    pub fn made(data: DataDirectory) -> Self {
        Self {
            source: Source::Made(data),
            ready: Mutex::new(None),
        }
    }

    /// An entry of the cache, with a copy of it, which the first worker gets.
    pub fn kept(entry: HeldEntry, copy: DataDirectory) -> Self {
        Self {
            source: Source::Kept(entry),
            ready: Mutex::new(Some(copy)),
        }
    }

    /// Where it was made; none where the cache has it already.
    pub fn as_made(&self) -> Option<&DataDirectory> {
        match &self.source {
            Source::Made(data) => Some(data),
            Source::Kept(_) => None,
        }
    }

    /// Copies it to `path`, which must not exist and must lie in the same run directory.
    pub fn copy_to(&self, path: &Path) -> Result<DataDirectory, ClusterError> {
        let ready = self
            .ready
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        match (ready, &self.source) {
            (Some(data), _) => {
                fs::rename(data.path(), path).map_err(ClusterError::io("make", path))?;
                Ok(DataDirectory::at(path.to_path_buf(), data.user().clone()))
            }
            (None, Source::Made(data)) => data.copy_to(path),
            (None, Source::Kept(entry)) => entry.copy_to(path),
        }
    }
}
