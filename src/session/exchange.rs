//! What one statement brings: rows to print or keep, notices, errors, data of `COPY`.

use super::print::{PrintOptions, Printer};
use super::redirect::Redirect;
use super::rows::{Row, text_row};
use super::sink::Sink;
use super::wire::{CopyChunk, Field, Receiver};
use crate::event::{Notice, ServerMessage};
use crate::script::{Location, Scanner};

/// How much of an unfinished result is held back, in bytes. psql holds all of it; here memory is bounded.
const HELD_BACK: usize = 16 * 1024 * 1024;

/// What becomes of the rows.
pub(super) enum Rows {
    /// They are printed.
    Print,
    /// `\gset`: one row, kept as text.
    Keep,
}

/// What a statement came to.
#[derive(Default)]
pub(super) struct Sent {
    /// The first error.
    pub(super) error: Option<ServerMessage>,
    /// The columns of the last result, where rows are kept.
    pub(super) fields: Vec<Field>,
    /// The rows kept (at most two: more than one is an error for `\gset`).
    pub(super) rows: Vec<Row>,
    /// Whether there was a result with columns, where rows are kept.
    pub(super) returned_rows: bool,
    /// The last command tag.
    pub(super) tag: String,
    /// How many rows it speaks of.
    pub(super) count: u64,
}

/// Where the data of a `\copy … from` comes from.
pub(super) enum CopySource {
    /// The lines of the script behind the command.
    Script,
    /// A file.
    File(std::fs::File),
}

/// Takes what one statement brings.
pub(super) struct Exchange<'e> {
    /// Where output goes instead of the sink.
    pub(super) redirect: Option<&'e mut Redirect>,
    /// Who has the inline data of a `COPY … FROM STDIN`.
    pub(super) scanner: Option<&'e mut Scanner>,
    /// Where the data of a `\copy … from` comes from.
    pub(super) copy_source: Option<CopySource>,
    /// Where the data of a `\copy … to` goes.
    pub(super) copy_target: Option<&'e mut Redirect>,
    sink: &'e mut dyn Sink,
    location: &'e Location,
    print: &'e PrintOptions,
    rows: &'e Rows,
    quiet: bool,
    inline_data_sent: bool,
    printer: Option<Printer>,
    buffer: Vec<u8>,
    /// The last result as it would be printed, where rows are kept: if another follows, it is.
    kept: Vec<u8>,
    sent: Sent,
}

impl<'e> Exchange<'e> {
    /// One that prints to `sink`, and for which a `COPY … FROM STDIN` has no data.
    pub(super) fn new(
        sink: &'e mut dyn Sink,
        location: &'e Location,
        print: &'e PrintOptions,
        rows: &'e Rows,
        quiet: bool,
    ) -> Self {
        Self {
            redirect: None,
            scanner: None,
            copy_source: None,
            copy_target: None,
            sink,
            location,
            print,
            rows,
            quiet,
            inline_data_sent: false,
            printer: None,
            buffer: Vec::new(),
            kept: Vec::new(),
            sent: Sent::default(),
        }
    }

    /// Prints what is left.
    pub(super) fn finish(mut self) -> Sent {
        self.end_result();
        self.write_out();
        self.sent
    }

    fn write_out(&mut self) {
        if self.buffer.is_empty() {
            return;
        }
        match &mut self.redirect {
            Some(redirect) => redirect.write(&self.buffer),
            None => self.sink.output(&self.buffer),
        }
        self.buffer.clear();
    }

    fn end_result(&mut self) {
        let Some(printer) = self.printer.take() else {
            return;
        };
        match self.rows {
            Rows::Print => {
                printer.end(&mut self.buffer);
                self.write_out();
            }
            Rows::Keep => drop(printer.end(&mut self.kept)),
        }
    }
}

impl Receiver for Exchange<'_> {
    fn fields(&mut self, fields: Vec<Field>) {
        let out = match self.rows {
            Rows::Print => &mut self.buffer,
            Rows::Keep => {
                self.buffer.append(&mut self.kept);
                self.write_out();
                self.sent.returned_rows = true;
                self.sent.fields.clone_from(&fields);
                self.sent.rows.clear();
                &mut self.kept
            }
        };
        self.printer = Some(Printer::begin(self.print.clone(), fields, out));
    }

    fn row(&mut self, values: &[Option<&[u8]>]) {
        let Some(printer) = &mut self.printer else {
            return;
        };
        match self.rows {
            Rows::Print => {
                printer.row(values, &mut self.buffer);
                if self.buffer.len() > HELD_BACK {
                    self.write_out();
                }
            }
            Rows::Keep => {
                printer.row(values, &mut self.kept);
                if self.sent.rows.len() < 2 {
                    self.sent.rows.push(text_row(values));
                }
            }
        }
    }

    fn complete(&mut self, tag: &str) {
        self.inline_data_sent = false;
        let had_rows = self.printer.is_some();
        self.end_result();
        tag.clone_into(&mut self.sent.tag);
        self.sent.count = tag
            .rsplit(' ')
            .next()
            .and_then(|count| count.parse().ok())
            .unwrap_or(0);
        let shows_tag = !had_rows
            || ["INSERT", "UPDATE", "DELETE", "MERGE"]
                .iter()
                .any(|verb| tag.starts_with(verb));
        if !self.quiet
            && shows_tag
            && matches!(self.rows, Rows::Print)
            && !tag.starts_with("SELECT ")
        {
            self.buffer.extend_from_slice(tag.as_bytes());
            self.buffer.push(b'\n');
            self.write_out();
        }
    }

    fn error(&mut self, message: ServerMessage) {
        // psql collects a result before it prints it, so that of an unfinished one nothing is seen.
        self.printer = None;
        self.buffer.clear();
        self.sent.error.get_or_insert(message);
    }

    fn notice(&mut self, message: ServerMessage) {
        self.sink.notice(Notice {
            location: self.location.clone(),
            message,
        });
    }

    fn copy_out(&mut self, data: &[u8]) {
        if let Some(target) = &mut self.copy_target {
            // A full disk shows when the file is closed.
            target.write(data);
        } else {
            self.buffer.extend_from_slice(data);
            self.write_out();
        }
    }

    fn copy_in(&mut self) -> CopyChunk {
        match &mut self.copy_source {
            Some(CopySource::File(file)) => {
                let mut chunk = vec![0; 64 * 1024];
                match std::io::Read::read(file, &mut chunk) {
                    Ok(0) => CopyChunk::End,
                    Ok(count) => {
                        chunk.truncate(count);
                        CopyChunk::Data(chunk)
                    }
                    Err(error) => CopyChunk::Fail(error.to_string()),
                }
            }
            // Inline data is taken in one piece, once.
            Some(CopySource::Script) | None => match &mut self.scanner {
                Some(scanner) if !self.inline_data_sent => {
                    self.inline_data_sent = true;
                    CopyChunk::Data(scanner.copy_data().text().as_bytes().to_vec())
                }
                _ => CopyChunk::End,
            },
        }
    }
}
