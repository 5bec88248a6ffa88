//! A run as JSON lines: one event a line, in the order in which they happened. The shapes are this module's own
//! (module `record`) and documented in `docs/json.md`; they change only with [`VERSION`], whatever becomes of the types
//! inside.

mod record;
mod trial;

use std::io::{self, Write};

use crate::event::Event;

use super::Reporter;
use record::Record;

/// The version of the format. It rises when a field or an event is renamed, removed or changes its meaning; readers
/// must expect new fields and new events under the same version.
pub const VERSION: u32 = 1;

/// Writes a run as JSON lines.
pub struct Json<W: Write> {
    writer: W,
    begun: bool,
}

impl<W: Write> Json<W> {
    /// A stream that writes to `writer`, each event with one write and a flush.
    pub fn new(writer: W) -> Self {
        Self {
            writer,
            begun: false,
        }
    }

    /// The writer, with all that was written.
    pub fn into_writer(self) -> W {
        self.writer
    }

    fn write(&mut self, record: &Record<'_>) -> io::Result<()> {
        let mut line = Vec::new();
        if !self.begun {
            self.begun = true;
            push(&mut line, &Record::stream())?;
        }
        push(&mut line, record)?;
        self.writer.write_all(&line)?;
        self.writer.flush()
    }
}

fn push(line: &mut Vec<u8>, record: &Record<'_>) -> io::Result<()> {
    serde_json::to_writer(&mut *line, record)?;
    line.push(b'\n');
    Ok(())
}

impl<W: Write> Reporter for Json<W> {
    fn event(&mut self, event: &Event) -> io::Result<()> {
        self.write(&match event {
            Event::Prepared(stage) => Record::prepared(stage),
            Event::RunStarted(start) => Record::run_started(start),
            Event::FileStarted { file, worker } => Record::FileStarted {
                file,
                worker: *worker,
            },
            Event::FileFinished(outcome) => Record::file_finished(outcome),
            Event::Remark(text) => Record::Remark { text },
            Event::RunFinished(summary) => Record::run_finished(summary),
        })
    }

    fn finish(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}
