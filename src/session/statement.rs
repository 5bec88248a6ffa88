//! Sending one statement as psql sends it, and taking what comes back.

use super::extension::CreateExtension;
use super::interpreter::{Failure, FailureKind, Frame, Interpreter, ended_failure};
use super::print::{PrintOptions, Printer};
use super::redirect::Redirect;
use super::rows::QueryError;
use super::sink::Sink;
use super::wire::{CopyChunk, Field, Receiver, TransactionStatus, WireError};
use crate::event::{Excerpt, Notice, ServerMessage, SqlError};
use crate::script::{Fragment, Location, Scanner};

/// The name that psql gives to its own savepoints.
const SAVEPOINT: &str = "pg_psql_temporary_savepoint";

/// How much of an unfinished result is held back, in bytes. psql holds all of it; here memory is bounded.
const HELD_BACK: usize = 16 * 1024 * 1024;

/// What becomes of the rows.
pub(super) enum Rows {
    /// They are printed.
    Print,
    /// `\gset`: one row, kept as text.
    Keep,
}

/// What a statement came to, where it matters to the caller.
#[derive(Default)]
pub(super) struct Sent {
    /// Whether no error occurred.
    pub(super) succeeded: bool,
    /// The columns of the last result.
    pub(super) fields: Vec<Field>,
    /// The rows kept (at most two: more than one is an error for `\gset`).
    pub(super) rows: Vec<Vec<Option<String>>>,
}

impl Interpreter<'_> {
    /// Runs a statement of the script.
    pub(super) fn statement(
        &mut self,
        frame: &mut Frame,
        fragment: Fragment,
    ) -> Result<(), Failure> {
        if fragment.is_blank() {
            return Ok(());
        }
        let location = fragment.location();
        self.sink.begin(&location, &frame.source(&location));
        let sent = self.send(frame, &fragment, &Rows::Print);
        self.sink.end();
        frame.previous = Some(fragment);
        sent.map(drop)
    }

    /// Sends a statement and takes what comes back; the step has begun already.
    ///
    /// # Errors
    /// When the script must stop: by `ON_ERROR_STOP`, a lost connection, the deadline.
    pub(super) fn send(
        &mut self,
        frame: &mut Frame,
        fragment: &Fragment,
        rows: &Rows,
    ) -> Result<Sent, Failure> {
        let text = fragment.text().to_owned();
        self.begin_implicitly(&text, &fragment.location())?;
        let savepoint = self.connection.status() == TransactionStatus::Open
            && self.variables.is_on("ON_ERROR_ROLLBACK")
            && self
                .connection
                .execute(&format!("SAVEPOINT {SAVEPOINT}"))
                .is_ok();
        let (sent, error, tag, count) = self.exchange(frame, fragment, &text, rows)?;
        if savepoint {
            self.end_savepoint(&tag, &fragment.location())?;
        }
        self.note_result(error.as_ref(), count);
        match error {
            None => Ok(sent),
            Some(error) => self.failed(frame, fragment, error).map(|()| sent),
        }
    }

    /// Sends the text itself, or does what stands for it.
    #[allow(
        clippy::type_complexity,
        reason = "a result of one caller, taken apart at once"
    )]
    fn exchange(
        &mut self,
        frame: &mut Frame,
        fragment: &Fragment,
        text: &str,
        rows: &Rows,
    ) -> Result<(Sent, Option<ServerMessage>, String, u64), Failure> {
        let location = fragment.location();
        if let Some(pgtap) = &self.surroundings.pgtap
            && self.connection.status() != TransactionStatus::Failed
            && let Some(wanted) = CreateExtension::parse(text)
        {
            let outcome = match pgtap.create_extension(self.connection, &wanted) {
                Ok(()) => (
                    Sent {
                        succeeded: true,
                        ..Sent::default()
                    },
                    None,
                ),
                Err(QueryError::Server(message)) => (Sent::default(), Some(*message)),
                Err(QueryError::Wire(error)) => return Err(self.wire_failure(error, &location)),
            };
            return Ok((outcome.0, outcome.1, "CREATE EXTENSION".into(), 0));
        }
        let mut exchange = Exchange {
            sink: self.sink,
            redirect: self.redirect.as_mut(),
            scanner: Some(&mut frame.scanner),
            copy_source: None,
            inline_data_sent: false,
            copy_target: None,
            location: &location,
            print: &self.print,
            quiet: self.variables.is_on("QUIET"),
            rows,
            printer: None,
            buffer: Vec::new(),
            sent: Sent::default(),
            error: None,
            tag: String::new(),
            count: 0,
        };
        let result = self.connection.query(text, &mut exchange);
        exchange.finish();
        let Exchange {
            mut sent,
            error,
            tag,
            count,
            ..
        } = exchange;
        if let Err(wire) = result {
            if let Some(error) = error {
                self.record(frame, fragment, error, false);
            }
            return Err(self.wire_failure(wire, &location));
        }
        sent.succeeded = error.is_none();
        Ok((sent, error, tag, count))
    }

    /// Runs a `COPY` that stands for a `\copy`, with its data from or to a file or the script.
    pub(super) fn copy(
        &mut self,
        frame: &mut Frame,
        sql: &str,
        location: &Location,
        source: Option<CopySource>,
        target: Option<&mut Redirect>,
    ) -> Result<(), Failure> {
        let rows = Rows::Print;
        let mut exchange = Exchange {
            sink: self.sink,
            redirect: self.redirect.as_mut(),
            scanner: matches!(source, Some(CopySource::Script)).then_some(&mut frame.scanner),
            copy_source: source,
            inline_data_sent: false,
            copy_target: target,
            location,
            print: &self.print,
            quiet: self.variables.is_on("QUIET"),
            rows: &rows,
            printer: None,
            buffer: Vec::new(),
            sent: Sent::default(),
            error: None,
            tag: String::new(),
            count: 0,
        };
        let result = self.connection.query(sql, &mut exchange);
        exchange.finish();
        let Exchange { error, count, .. } = exchange;
        if let Err(wire) = result {
            return Err(self.wire_failure(wire, location));
        }
        self.note_result(error.as_ref(), count);
        match error {
            None => Ok(()),
            Some(message) => {
                let excerpt = frame.excerpt(location);
                self.failed_at(location.clone(), Some(excerpt), message)
            }
        }
    }

    /// With `AUTOCOMMIT` off, psql begins a transaction before a statement that is not about one.
    fn begin_implicitly(&mut self, text: &str, location: &Location) -> Result<(), Failure> {
        if self.connection.status() != TransactionStatus::Idle
            || self.variables.is_on("AUTOCOMMIT")
            || is_outside_transactions(text)
        {
            return Ok(());
        }
        match self.connection.execute("BEGIN") {
            Err(QueryError::Wire(error)) => Err(self.wire_failure(error, location)),
            _ => Ok(()),
        }
    }

    fn end_savepoint(&mut self, tag: &str, location: &Location) -> Result<(), Failure> {
        let statement = match self.connection.status() {
            TransactionStatus::Failed => format!("ROLLBACK TO {SAVEPOINT}"),
            // psql leaves its savepoint alone where the script works with savepoints or transactions.
            TransactionStatus::Open
                if !matches!(tag, "COMMIT" | "ROLLBACK" | "SAVEPOINT" | "RELEASE") =>
            {
                format!("RELEASE {SAVEPOINT}")
            }
            _ => return Ok(()),
        };
        match self.connection.execute(&statement) {
            Err(QueryError::Wire(error)) => Err(self.wire_failure(error, location)),
            _ => Ok(()),
        }
    }

    /// Sets the variables in which psql tells of the last statement.
    fn note_result(&mut self, error: Option<&ServerMessage>, count: u64) {
        let state = error
            .map_or("00000", |error| error.code.as_str())
            .to_owned();
        let mut values = vec![
            (
                "ERROR",
                if error.is_some() { "true" } else { "false" }.to_owned(),
            ),
            ("SQLSTATE", state.clone()),
            ("ROW_COUNT", count.to_string()),
        ];
        if let Some(error) = error {
            values.push(("LAST_ERROR_MESSAGE", error.message.clone()));
            values.push(("LAST_ERROR_SQLSTATE", state));
            self.last_error = Some(error.clone());
        }
        for (name, value) in values {
            // These names are valid and take any value.
            let _ = self.variables.set(name, &value);
        }
    }

    fn failed(
        &mut self,
        frame: &Frame,
        fragment: &Fragment,
        message: ServerMessage,
    ) -> Result<(), Failure> {
        let (location, excerpt) = place(frame, fragment, &message);
        self.failed_at(location, Some(excerpt), message)
    }

    /// Records an error, and stops the script where `ON_ERROR_STOP` says so.
    pub(super) fn failed_at(
        &mut self,
        location: Location,
        excerpt: Option<Excerpt>,
        message: ServerMessage,
    ) -> Result<(), Failure> {
        if let Some(ended) = self.connection.cancelled() {
            return Err(ended_failure(ended, Some(location)));
        }
        let stop = self.variables.is_on("ON_ERROR_STOP");
        let text = format!("{}: {}", message.severity, message.message);
        self.sink.error(SqlError {
            location: location.clone(),
            message,
            excerpt,
            swallowed: !stop,
        });
        if stop {
            Err(Failure {
                kind: FailureKind::Sql,
                text,
                location: Some(location),
            })
        } else {
            Ok(())
        }
    }

    fn record(
        &mut self,
        frame: &Frame,
        fragment: &Fragment,
        message: ServerMessage,
        swallowed: bool,
    ) {
        let (location, excerpt) = place(frame, fragment, &message);
        self.sink.error(SqlError {
            location,
            message,
            excerpt: Some(excerpt),
            swallowed,
        });
    }

    pub(super) fn wire_failure(&self, error: WireError, location: &Location) -> Failure {
        match (error, self.connection.cancelled()) {
            (WireError::Abandoned(ended), _) => Failure {
                text: "its statement could not be cancelled, and its session was given up".into(),
                ..ended_failure(ended, Some(location.clone()))
            },
            (_, Some(ended)) => ended_failure(ended, Some(location.clone())),
            (error, None) => Failure {
                kind: FailureKind::ConnectionLost,
                text: error.to_string(),
                location: Some(location.clone()),
            },
        }
    }
}

/// Where an error shows: the server's own position, else the beginning of the statement.
fn place(frame: &Frame, fragment: &Fragment, message: &ServerMessage) -> (Location, Excerpt) {
    let location = match message.position {
        Some(character) => fragment.locate(character),
        None => fragment.location(),
    };
    let excerpt = frame.excerpt(&location);
    (location, excerpt)
}

/// Whether psql would not begin a transaction before this statement (its `command_no_begin`).
fn is_outside_transactions(text: &str) -> bool {
    let mut words = words(text);
    let first = words.next().unwrap_or_default();
    let second = words.next().unwrap_or_default();
    match first.as_str() {
        "abort" | "begin" | "start" | "commit" | "end" | "rollback" | "vacuum" | "cluster"
        | "listen" => true,
        "prepare" => second == "transaction",
        "create" => {
            matches!(second.as_str(), "database" | "tablespace")
                || (text.to_ascii_lowercase().contains("concurrently")
                    && matches!(second.as_str(), "index" | "unique"))
        }
        "drop" => {
            matches!(second.as_str(), "database" | "tablespace" | "system")
                || (second == "index" && words.next().as_deref() == Some("concurrently"))
        }
        "alter" => second == "system",
        "reindex" => matches!(second.as_str(), "database" | "system"),
        "discard" => second == "all",
        _ => false,
    }
}

/// The words of a statement in lower case, comments passed over.
fn words(text: &str) -> impl Iterator<Item = String> + '_ {
    let mut rest = text;
    std::iter::from_fn(move || {
        loop {
            rest = rest.trim_start();
            if let Some(comment) = rest.strip_prefix("--") {
                rest = comment.split_once('\n').map_or("", |(_, after)| after);
            } else if let Some(comment) = rest.strip_prefix("/*") {
                rest = comment.split_once("*/").map_or("", |(_, after)| after);
            } else {
                break;
            }
        }
        let end = rest
            .find(|character: char| !character.is_alphanumeric() && character != '_')
            .unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        rest = after;
        (!word.is_empty()).then(|| word.to_lowercase())
    })
}

/// Where the data of a `\copy … from` comes from.
pub(super) enum CopySource {
    /// The lines of the script behind the command.
    Script,
    /// A file.
    File(std::fs::File),
}

/// Takes what one statement brings.
struct Exchange<'e> {
    sink: &'e mut dyn Sink,
    redirect: Option<&'e mut Redirect>,
    scanner: Option<&'e mut Scanner>,
    copy_source: Option<CopySource>,
    inline_data_sent: bool,
    copy_target: Option<&'e mut Redirect>,
    location: &'e Location,
    print: &'e PrintOptions,
    quiet: bool,
    rows: &'e Rows,
    printer: Option<Printer>,
    buffer: Vec<u8>,
    sent: Sent,
    error: Option<ServerMessage>,
    tag: String,
    count: u64,
}

impl Exchange<'_> {
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
        if let Some(printer) = self.printer.take() {
            printer.end(&mut self.buffer);
            self.write_out();
        }
    }

    fn finish(&mut self) {
        self.end_result();
        self.write_out();
    }
}

impl Receiver for Exchange<'_> {
    fn fields(&mut self, fields: Vec<Field>) {
        match self.rows {
            Rows::Print => {
                self.printer = Some(Printer::begin(self.print.clone(), fields, &mut self.buffer));
            }
            Rows::Keep => {
                self.sent.fields = fields;
                self.sent.rows.clear();
            }
        }
    }

    fn row(&mut self, values: &[Option<&[u8]>]) {
        if let Some(printer) = &mut self.printer {
            printer.row(values, &mut self.buffer);
            if self.buffer.len() > HELD_BACK {
                self.write_out();
            }
        } else if self.sent.rows.len() < 2 {
            let text = |value: &Option<&[u8]>| {
                value.map(|bytes| String::from_utf8_lossy(bytes).into_owned())
            };
            self.sent.rows.push(values.iter().map(text).collect());
        }
    }

    fn complete(&mut self, tag: &str) {
        self.inline_data_sent = false;
        let had_rows = self.printer.is_some();
        self.end_result();
        tag.clone_into(&mut self.tag);
        self.count = tag
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
        self.error.get_or_insert(message);
    }

    fn notice(&mut self, message: ServerMessage) {
        self.sink.notice(Notice {
            location: self.location.clone(),
            message,
        });
    }

    fn copy_out(&mut self, data: &[u8]) {
        match &mut self.copy_target {
            // A full disk shows when the file is closed.
            Some(target) => target.write(data),
            None => {
                self.buffer.extend_from_slice(data);
                self.write_out();
            }
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
