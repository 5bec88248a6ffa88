//! A kept file: JSON in the cache directory that run after run reads and changes. It is written whole or not at all, and
//! changed under a lock, so that runs side by side do not lose what each other kept.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::Cache;
use super::entry::lock_alone;
use crate::cluster::ClusterError;

/// What a kept file can hold.
pub trait Kept: Serialize + DeserializeOwned {
    /// The number of its form, changed whenever that is. It stands in its field `format`.
    const FORMAT: u32;
}

/// Where it lies.
#[derive(Debug, Clone)]
pub struct KeptFile {
    path: PathBuf,
    cache: Cache,
}

/// Why what is kept cannot be had, or nothing can be kept.
#[derive(Debug, thiserror::Error)]
pub enum KeptFileError {
    /// The cache directory cannot be used.
    #[error(transparent)]
    Cache(#[from] ClusterError),
    /// The file cannot be read or written.
    #[error(transparent)]
    System(#[from] io::Error),
    /// It is not what was written.
    #[error("{0}")]
    Damaged(serde_json::Error),
    /// Its form is another.
    #[error("another version of pgassay wrote it; `pgassay cache clean` removes it")]
    OtherVersion,
}

impl KeptFile {
    /// The one of this name in a directory of the cache directory.
    pub fn new(cache_dir: &Path, directory: &str, name: &str) -> Self {
        Self {
            path: cache_dir.join(directory).join(format!("{name}.json")),
            cache: Cache::new(cache_dir),
        }
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads it; none where nothing was kept yet. What somebody else could have written is not read.
    ///
    /// # Errors
    /// Why what lies there is of no use.
    pub fn read<T: Kept>(&self) -> Result<Option<T>, KeptFileError> {
        /// All that versions of pgassay agree on.
        #[derive(Deserialize)]
        struct Form {
            format: u32,
        }
        self.cache.check()?;
        let text = match fs::read(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let Form { format } = serde_json::from_slice(&text).map_err(KeptFileError::Damaged)?;
        if format != T::FORMAT {
            return Err(KeptFileError::OtherVersion);
        }
        serde_json::from_slice(&text)
            .map(Some)
            .map_err(KeptFileError::Damaged)
    }

    /// Puts in its place what `change` makes of what lies there by now. Where `change` fails, it stays as it is. Returns
    /// what is kept.
    ///
    /// # Errors
    /// That it cannot be written, and those of `change`.
    pub fn update<T: Kept>(
        &self,
        change: impl FnOnce(Result<Option<T>, KeptFileError>) -> Result<T, KeptFileError>,
    ) -> Result<T, KeptFileError> {
        self.cache.prepare()?;
        let directory = self.path.parent().unwrap_or(&self.path);
        fs::create_dir_all(directory)?;
        // Nobody else changes a file of the directory until this is closed.
        let held = File::open(directory)?;
        lock_alone(&held)?;
        let kept = change(self.read())?;
        let text = serde_json::to_vec(&kept).map_err(io::Error::from)?;
        let mut file = tempfile::Builder::new()
            .prefix(".new-")
            .tempfile_in(directory)?;
        file.write_all(&text)?;
        file.persist(&self.path).map_err(|error| error.error)?;
        Ok(kept)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;

    #[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
    struct Names {
        format: u32,
        names: Vec<String>,
    }

    impl Kept for Names {
        const FORMAT: u32 = 7;
    }

    fn file(around: &Path) -> KeptFile {
        KeptFile::new(&around.join("cache"), "names", "project")
    }

    fn add(file: &KeptFile, name: &str) -> Result<Names, KeptFileError> {
        file.update(|found| {
            let mut names: Names = found?.unwrap_or_default();
            names.format = Names::FORMAT;
            names.names.push(name.to_owned());
            Ok(names)
        })
    }

    #[test]
    fn runs_side_by_side_keep_each_others_results() {
        let around = tempfile::tempdir().unwrap();
        let file = file(around.path());
        std::thread::scope(|scope| {
            for run in 0..4 {
                let file = &file;
                scope.spawn(move || {
                    for number in 0..20 {
                        add(file, &format!("{run}-{number}.sql")).unwrap();
                    }
                });
            }
        });
        let mut names = file.read::<Names>().unwrap().unwrap().names;
        names.sort();
        names.dedup();
        assert_eq!(names.len(), 80);
        let left = fs::read_dir(file.path().parent().unwrap()).unwrap();
        assert_eq!(left.count(), 1);
    }

    #[test]
    fn what_is_damaged_or_of_another_version_is_told_and_stays_unless_it_is_replaced() {
        let around = tempfile::tempdir().unwrap();
        let file = file(around.path());
        assert!(file.read::<Names>().unwrap().is_none());
        let kept = add(&file, "a").unwrap();
        assert_eq!(file.read::<Names>().unwrap(), Some(kept));
        let whole = fs::read(file.path()).unwrap();
        let half = &whole[..whole.len() / 2];
        let newer = b"{\"format\":99,\"what\":\"we do not know\"}".as_slice();
        for text in [half, newer] {
            fs::write(file.path(), text).unwrap();
            let is_newer = matches!(file.read::<Names>(), Err(KeptFileError::OtherVersion));
            assert_eq!(is_newer, text == newer);
            assert!(is_newer || matches!(file.read::<Names>(), Err(KeptFileError::Damaged(_))));
            assert!(add(&file, "b").is_err());
            assert_eq!(fs::read(file.path()).unwrap(), text);
        }
        let replaced = file.update(|_| {
            Ok(Names {
                format: Names::FORMAT,
                ..Names::default()
            })
        });
        assert_eq!(file.read::<Names>().unwrap(), Some(replaced.unwrap()));
    }
}
