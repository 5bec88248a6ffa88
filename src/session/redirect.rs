use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Component, Path, PathBuf};

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
        match File::create(path) {
            Ok(file) => Ok(Self {
                file: BufWriter::new(file),
                failed: false,
            }),
            Err(error) => Err(format!("cannot write {}: {error}", path.display())),
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
