//! A JUnit report on its way to its file.

use std::fmt;
use std::fs;
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use super::report_file::ReportFile;
use crate::event::Event;
use crate::report::{Junit, Reporter};

/// A JUnit report on its way to a file.
pub(super) struct JunitFile {
    target: PathBuf,
    reporter: Junit<BufWriter<ReportFile>>,
}

impl JunitFile {
    /// Opens it. Directories that are missing are made.
    ///
    /// # Errors
    /// In words: that it cannot be written, which is better told before the tests than after them.
    pub(super) fn create(path: &Path) -> Result<Self, String> {
        // A link's target is replaced, not the link.
        let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let file = ReportFile::open(&target).map_err(|error| complaint(path, &error))?;
        Ok(Self {
            target,
            reporter: Junit::new(BufWriter::new(file)),
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
        let file = finished
            .and_then(|()| writer.into_inner().map_err(io::IntoInnerError::into_error))
            .map_err(|error| complaint(&target, &error))?;
        file.settle(&target)
            .map_err(|error| complaint(&target, &error))
    }
}

fn complaint(target: &Path, error: &dyn fmt::Display) -> String {
    format!(
        "cannot write JUnit to {}: {error}; name a file in a directory that can be written to",
        target.display()
    )
}
