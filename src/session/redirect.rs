use std::fs::{self, File, Metadata};
use std::io::{BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Component, Path, PathBuf};

use nix::fcntl::OFlag;

/// A file into which a script sends output: `\o`, `\g FILE`, `\copy … to`.
#[derive(Debug)]
pub(super) struct Redirect {
    file: BufWriter<File>,
    failed: bool,
}

impl Redirect {
    /// Opens a file for writing, if a script may write there.
    ///
    /// # Errors
    /// A text that says why not.
    pub(super) fn open(path: &Path, writable: &[PathBuf]) -> Result<Self, String> {
        if !may_write(path, writable) {
            return Err(format!(
                "may not write {}: test files write below the project or the temporary directory only",
                path.display()
            ));
        }
        match create(path) {
            Ok(file) => Ok(Self {
                file: BufWriter::new(file),
                failed: false,
            }),
            Err(why) => Err(format!("cannot write {}: {why}", path.display())),
        }
    }

    pub(super) fn write(&mut self, bytes: &[u8]) {
        self.failed |= self.file.write_all(bytes).is_err();
    }

    /// Closes the file; whether all of it was written.
    pub(super) fn close(mut self) -> bool {
        self.file.flush().is_ok() && !self.failed
    }
}

/// Why a file is not opened that [`is_plain`] does not hold for.
pub(super) const NOT_PLAIN: &str =
    "it is no regular file, and a pipe or a device could make the run wait for ever";

/// Whether what was found at a path is a regular file, or `/dev/null`: what never makes anybody wait.
pub(super) fn is_plain(path: &Path, found: &Metadata) -> bool {
    let is_null = || fs::canonicalize(path).is_ok_and(|path| path == Path::new("/dev/null"));
    found.is_file() || is_null()
}

/// Opens a file to write it anew.
fn create(path: &Path) -> Result<File, String> {
    if fs::metadata(path).is_ok_and(|found| !is_plain(path, &found) && !found.is_dir()) {
        return Err(NOT_PLAIN.to_owned());
    }
    // Should it have been replaced by a pipe meanwhile, opening it does not wait either.
    File::options()
        .write(true)
        .create(true)
        .truncate(true)
        .custom_flags(OFlag::O_NONBLOCK.bits())
        .open(path)
        .map_err(|error| error.to_string())
}

/// Whether a path lies below one of the directories, links and `..` followed.
fn may_write(path: &Path, writable: &[PathBuf]) -> bool {
    if path == Path::new("/dev/null") {
        return true;
    }
    let Some(name) = path
        .file_name()
        .filter(|_| !path.ends_with(Component::ParentDir))
    else {
        return false;
    };
    let target = match (fs::canonicalize(path), path.parent().map(fs::canonicalize)) {
        (Ok(there), _) => there,
        (Err(_), Some(Ok(parent))) => parent.join(name),
        _ => return false,
    };
    writable
        .iter()
        .filter_map(|directory| fs::canonicalize(directory).ok())
        .any(|directory| target.starts_with(directory))
}
