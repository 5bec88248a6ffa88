//! Where JUnit goes: a regular file is replaced in one go when the report is whole; anything else that lies at the
//! path, such as a pipe or a device, is written to.

use std::fmt;
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::event::Event;
use crate::report::{Junit, Reporter};

/// A JUnit report on its way to a file.
pub(super) struct JunitFile {
    target: PathBuf,
    reporter: Junit<BufWriter<Sink>>,
}

/// What is written to until the report is whole.
enum Sink {
    /// A file beside the target.
    Beside(NamedTempFile),
    /// The target itself, which is no regular file.
    Target(File),
}

impl JunitFile {
    /// Opens it. Directories that are missing are made.
    ///
    /// # Errors
    /// In words: that it cannot be written, which is better told before the tests than after them.
    pub(super) fn create(path: &Path) -> Result<Self, String> {
        // A link's target is replaced, not the link.
        let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let sink = Sink::open(&target).map_err(|error| complaint(path, &error))?;
        Ok(Self {
            target,
            reporter: Junit::new(BufWriter::new(sink)),
        })
    }

    /// Tells it an event.
    pub(super) fn event(&mut self, event: &Event) -> io::Result<()> {
        self.reporter.event(event)
    }

    /// What to say of an error.
    pub(super) fn complaint(&self, error: &io::Error) -> String {
        complaint(&self.target, error)
    }

    /// Ends the report and puts it where it belongs.
    ///
    /// # Errors
    /// In words.
    pub(super) fn persist(mut self) -> Result<(), String> {
        let finished = self.reporter.finish();
        let target = self.target;
        let writer = self.reporter.into_writer();
        let sink = finished
            .and_then(|()| writer.into_inner().map_err(io::IntoInnerError::into_error))
            .map_err(|error| complaint(&target, &error))?;
        sink.settle(&target)
            .map_err(|error| complaint(&target, &error))
    }
}

impl Sink {
    fn open(target: &Path) -> io::Result<Self> {
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
            .prefix(".pgassay-junit-")
            // Temporary files are private; a report is as readable as any file, by the umask.
            .permissions(Permissions::from_mode(0o666))
            .tempfile_in(directory)
            .map(Self::Beside)
    }

    fn settle(self, target: &Path) -> io::Result<()> {
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

impl Write for Sink {
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

fn complaint(target: &Path, error: &dyn fmt::Display) -> String {
    format!(
        "cannot write JUnit to {}: {error}; name a file in a directory that can be written to",
        target.display()
    )
}
