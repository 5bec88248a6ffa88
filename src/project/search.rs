use std::io;
use std::path::{Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

/// A directory that cannot be searched.
#[derive(Debug)]
pub(crate) struct SearchError {
    /// The directory or the entry that could not be looked at.
    pub(crate) path: PathBuf,
    /// What the system says.
    pub(crate) source: io::Error,
}

/// Every file below a directory that is `wanted`, in no order. Directories and files that are not `visible` by
/// their names are passed over. Symbolic links are followed; one that leads back to a directory above it is not.
/// One that leads nowhere counts as a file, so that reading it tells of it.
pub(crate) fn search(
    directory: &Path,
    visible: fn(&str) -> bool,
    wanted: impl Fn(&Path) -> bool,
) -> Result<Vec<PathBuf>, SearchError> {
    let seen =
        |entry: &DirEntry| entry.depth() == 0 || visible(&entry.file_name().to_string_lossy());
    let mut files = Vec::new();
    let walk = WalkDir::new(directory).follow_links(true).into_iter();
    for entry in walk.filter_entry(seen) {
        match entry {
            Ok(entry) if entry.file_type().is_file() => files.push(entry.into_path()),
            Ok(_) => {}
            Err(error) if error.loop_ancestor().is_some() => {}
            Err(error) => {
                let path = error.path().unwrap_or(directory).to_owned();
                let name = path.file_name().map(|name| name.to_string_lossy());
                if !path.is_symlink() {
                    let source = error.into_io_error();
                    let source = source.unwrap_or_else(|| io::ErrorKind::Other.into());
                    return Err(SearchError { path, source });
                }
                if name.is_some_and(|name| visible(&name)) {
                    files.push(path);
                }
            }
        }
    }
    files.retain(|file| wanted(file));
    Ok(files)
}

/// Whether a file's name ends with a dot and one of these endings, and has something before them.
pub(crate) fn has_ending<S: AsRef<str>>(path: &Path, endings: &[S]) -> bool {
    let Some(name) = path.file_name().map(|name| name.to_string_lossy()) else {
        return false;
    };
    endings.iter().any(|ending| {
        name.strip_suffix(ending.as_ref())
            .and_then(|stem| stem.strip_suffix('.'))
            .is_some_and(|stem| !stem.is_empty())
    })
}
