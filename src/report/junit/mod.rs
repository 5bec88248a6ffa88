//! `JUnit` XML, as CI systems read it (`docs/junit.md` says who reads what). A suite for each test file, a case for
//! each assertion. Suites are written as their files finish; nothing of them is kept. Where the text goes, and that
//! it replaces an older file in one go, is the caller's care.

mod suite;

use std::io::{self, Write};

use crate::event::{Event, FileOutcome};

use super::Reporter;

/// Writes `JUnit` XML.
pub struct Junit<W: Write> {
    writer: W,
    suites: usize,
}

/// What stands before the first suite, and behind the last one.
const FRAME: (&str, &str) = (
    "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<testsuites>\n",
    "</testsuites>\n",
);

impl<W: Write> Junit<W> {
    /// A report that writes to `writer`. What was written is whole only after [`Reporter::finish`].
    pub fn new(writer: W) -> Self {
        Self { writer, suites: 0 }
    }

    /// The writer, with all that was written.
    pub fn into_writer(self) -> W {
        self.writer
    }

    fn open(&mut self) -> io::Result<()> {
        if self.suites == 0 {
            self.writer.write_all(FRAME.0.as_bytes())
        } else {
            Ok(())
        }
    }

    fn file_finished(&mut self, outcome: &FileOutcome) -> io::Result<()> {
        self.open()?;
        let suite = suite::render(outcome, self.suites)?;
        self.suites += 1;
        self.writer.write_all(suite.as_bytes())
    }
}

impl<W: Write> Reporter for Junit<W> {
    fn event(&mut self, event: &Event) -> io::Result<()> {
        match event {
            Event::FileFinished(outcome) => self.file_finished(outcome),
            // That a run ended early shows in the exit code; the format has no place for it.
            Event::Prepared(_)
            | Event::RunStarted(_)
            | Event::FileStarted { .. }
            | Event::Remark(_)
            | Event::RunFinished(_) => Ok(()),
        }
    }

    fn finish(&mut self) -> io::Result<()> {
        self.open()?;
        self.writer.write_all(FRAME.1.as_bytes())?;
        self.writer.flush()
    }
}

/// The report of these files, as a whole.
///
/// # Errors
/// None but those of the XML writer, which writes to memory here.
pub fn junit(outcomes: &[FileOutcome]) -> io::Result<String> {
    let mut text = FRAME.0.to_owned();
    for (id, outcome) in outcomes.iter().enumerate() {
        text.push_str(&suite::render(outcome, id)?);
    }
    text.push_str(FRAME.1);
    Ok(text)
}
