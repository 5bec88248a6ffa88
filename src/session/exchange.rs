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
    /// Those of the last result are kept as text, for `\gset` and `\gexec`; others are printed.
    Keep,
}

/// A result that was kept.
pub(super) struct Kept {
    /// Its columns.
    pub(super) fields: Vec<Field>,
    /// Its rows.
    pub(super) rows: Vec<Row>,
    /// Whether it is complete.
    complete: bool,
}

/// What a statement came to.
#[derive(Default)]
pub(super) struct Sent {
    /// The first error.
    pub(super) error: Option<ServerMessage>,
    /// The last result, where rows are kept and it has any.
    pub(super) kept: Option<Kept>,
    /// Whether it ended a transaction, or worked with savepoints.
    pub(super) touched_savepoints: bool,
    /// How many rows it speaks of.
    pub(super) count: u64,
    /// Whether psql would speak of a result by its command tag, were it not quiet.
    pub(super) has_tag: bool,
    /// How many rows its first result brought; none where there was no result.
    pub(super) first_rows: Option<u64>,
    /// What became of the data of a COPY.
    pub(super) copied: Copied,
    /// Whether it was not sent at all, since it ran before.
    pub(super) is_skipped: bool,
}

impl Sent {
    /// What comes of a statement that is passed over.
    pub(super) fn skipped() -> Self {
        Self {
            is_skipped: true,
            ..Self::default()
        }
    }
}

/// What became of the data of a COPY.
#[derive(Default, Clone, Copy, PartialEq, Eq)]
pub(super) enum Copied {
    /// Nothing yet.
    #[default]
    Nothing,
    /// A `COPY … FROM STDIN` took its data, or was given all there was.
    In,
    /// A `COPY … TO STDOUT` brought some of its data.
    Out,
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
    /// Where rows go instead, but not command tags.
    pub(super) rows_target: Option<&'e mut Redirect>,
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
    copied_out: bool,
    rows_so_far: u64,
    printer: Option<Printer>,
    buffer: Vec<u8>,
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
            rows_target: None,
            scanner: None,
            copy_source: None,
            copy_target: None,
            sink,
            location,
            print,
            rows,
            quiet,
            inline_data_sent: false,
            copied_out: false,
            rows_so_far: 0,
            printer: None,
            buffer: Vec::new(),
            sent: Sent::default(),
        }
    }

    /// Prints what is left.
    pub(super) fn finish(mut self) -> Sent {
        self.end_result();
        self.write_out();
        if let Some(redirect) = self.redirect {
            redirect.flush();
        }
        self.sent
    }

    fn write_out(&mut self) {
        if self.buffer.is_empty() {
            return;
        }
        match self.rows_target.as_mut().or(self.redirect.as_mut()) {
            Some(redirect) => redirect.write(&self.buffer),
            None => self.sink.output(&self.buffer),
        }
        self.buffer.clear();
    }

    fn write_tag(&mut self, tag: &str) {
        let line = format!("{tag}\n");
        match &mut self.redirect {
            Some(redirect) => redirect.write(line.as_bytes()),
            None => self.sink.output(line.as_bytes()),
        }
    }

    /// Prints a result that was kept though it turns out not to be the last one.
    fn print_kept(&mut self) {
        if let Some(kept) = self.sent.kept.take() {
            let mut printer = Printer::begin(self.print.clone(), kept.fields, &mut self.buffer);
            for row in &kept.rows {
                let values: Vec<Option<&[u8]>> = row
                    .iter()
                    .map(|value| value.as_ref().map(String::as_bytes))
                    .collect();
                printer.row(&values, &mut self.buffer);
            }
            printer.end(&mut self.buffer);
            self.write_out();
        }
    }

    fn end_result(&mut self) {
        if let Some(printer) = self.printer.take() {
            printer.end(&mut self.buffer);
            // A result that prints nothing makes its file all the same.
            if let Some(target) = &mut self.rows_target {
                target.write(&[]);
            }
            self.write_out();
        }
    }
}

impl Receiver for Exchange<'_> {
    fn fields(&mut self, fields: Vec<Field>) {
        match self.rows {
            Rows::Print => {
                // A rule may make a statement bring several results; only the last one is completed.
                self.end_result();
                self.printer = Some(Printer::begin(self.print.clone(), fields, &mut self.buffer));
            }
            Rows::Keep => {
                self.print_kept();
                self.sent.kept = Some(Kept {
                    fields,
                    rows: Vec::new(),
                    complete: false,
                });
            }
        }
    }

    fn row(&mut self, values: &[Option<&[u8]>]) {
        self.rows_so_far += 1;
        if let Some(printer) = &mut self.printer {
            printer.row(values, &mut self.buffer);
            if self.buffer.len() > HELD_BACK {
                self.write_out();
            }
        } else if let Some(kept) = &mut self.sent.kept {
            kept.rows.push(text_row(values));
        }
    }

    fn complete(&mut self, tag: &str) {
        self.inline_data_sent = false;
        let rows = std::mem::take(&mut self.rows_so_far);
        self.sent.first_rows.get_or_insert(rows);
        let mut had_rows = self.printer.is_some();
        self.end_result();
        match &mut self.sent.kept {
            Some(kept) if !kept.complete => {
                kept.complete = true;
                had_rows = true;
            }
            _ => self.print_kept(),
        }
        self.sent.touched_savepoints |=
            matches!(tag, "COMMIT" | "ROLLBACK" | "SAVEPOINT" | "RELEASE");
        // Where the rows of a COPY went, its tag would stand among them; psql then forgets their number, too.
        let copied_out = std::mem::take(&mut self.copied_out);
        let count = tag.rsplit(' ').next().filter(|_| !copied_out);
        self.sent.count = count.and_then(|count| count.parse().ok()).unwrap_or(0);
        let shows_tag = !had_rows && !copied_out
            || ["INSERT", "UPDATE", "DELETE", "MERGE"]
                .iter()
                .any(|verb| tag.starts_with(verb));
        self.sent.has_tag |= shows_tag;
        if !self.quiet && shows_tag {
            self.write_tag(tag);
        }
    }

    fn error(&mut self, message: ServerMessage) {
        // psql collects a result before it prints it, so that of an unfinished one nothing is seen.
        self.printer = None;
        self.buffer.clear();
        if self.sent.kept.take_if(|kept| !kept.complete).is_none() {
            self.print_kept();
        }
        self.sent.count = 0;
        self.sent.error.get_or_insert(message);
    }

    fn notice(&mut self, message: ServerMessage) {
        self.sink.notice(Notice {
            location: self.location.clone(),
            message,
        });
    }

    fn copy_out(&mut self, data: &[u8]) {
        self.sent.copied = Copied::Out;
        if let Some(target) = &mut self.copy_target {
            // A full disk shows when the file is closed.
            target.write(data);
        } else {
            self.copied_out = self.rows_target.is_none();
            self.buffer.extend_from_slice(data);
            if let Some(target) = &mut self.rows_target {
                // Even if there are no data, there is a file.
                target.write(&[]);
            }
            self.write_out();
        }
    }

    fn copy_in(&mut self) -> CopyChunk {
        self.sent.copied = Copied::In;
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
