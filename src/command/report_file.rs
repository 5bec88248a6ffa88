//! A file that a run writes at its end: a regular one is replaced in one go when it is whole; anything else that lies
//! at the path, such as a pipe or a device, is written to.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use tempfile::NamedTempFile;

/// What is written to until all of it is there.
pub(super) enum ReportFile {
    /// A file beside the target.
    Beside(NamedTempFile),
    /// The target itself, which is no regular file.
    Target(File),
}

impl ReportFile {
    /// Opens it. Directories that are missing are made.
    pub(super) fn open(target: &Path) -> io::Result<Self> {
        match fs::metadata(target) {
            Ok(there) if there.is_dir() => {
                return Err(io::Error::new(
                    io::ErrorKind::IsADirectory,
                    "it is a directory",
                ));
            }
            Ok(there) if !there.is_file() => {
                return Ok(Self::Target(OpenOptions::new().write(true).open(target)?));
            }
            _ => {}
        }
        let parent = target
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty());
        let directory = parent.unwrap_or(Path::new("."));
        fs::create_dir_all(directory)?;
        tempfile::Builder::new()
            .prefix(".pgassay-report-")
            // Temporary files are private; a report is as readable as any file, by the umask.
            .permissions(Permissions::from_mode(0o666))
            .tempfile_in(directory)
            .map(Self::Beside)
    }

    /// Puts it where it belongs.
    pub(super) fn settle(self, target: &Path) -> io::Result<()> {
        let file = match self {
            Self::Target(_) => return Ok(()),
            Self::Beside(file) => file,
        };
        if let Ok(old) = fs::metadata(target) {
            file.as_file().set_permissions(old.permissions())?;
        }
        file.persist(target).map(drop).map_err(|error| error.error)
    }
}

impl Write for ReportFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Beside(file) => file.write(bytes),
            Self::Target(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Beside(file) => file.flush(),
            Self::Target(file) => file.flush(),
        }
    }
}
