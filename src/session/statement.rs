//! Sending one statement as psql sends it, and what follows from its result.

use super::copy::CopyCommand;
use super::exchange::{Copied, CopySource, Exchange, Rows, Sent};
use super::extended::Sending;
use super::extension::CreateExtension;
use super::frame::Frame;
use super::interpreter::{Failure, FailureKind, Interpreter, ended_failure};
use super::ledger::Booking;
use super::redirect::Redirect;
use super::rows::QueryError;
use super::wire::{TransactionStatus, WireError};
use crate::event::{Excerpt, ServerMessage, SqlError};
use crate::script::{Fragment, Location, leading_words};

/// The name that psql gives to its own savepoints.
const SAVEPOINT: &str = "pg_psql_temporary_savepoint";

impl Interpreter<'_> {
    /// Runs a statement of the script.
    pub(super) fn statement(
        &mut self,
        frame: &mut Frame,
        fragment: Fragment,
    ) -> Result<(), Failure> {
        if fragment.is_empty() {
            return Ok(());
        }
        let location = fragment.location();
        self.sink.begin(&location, &frame.source(&location));
        self.echo_query(fragment.text());
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
        let location = fragment.location();
        self.announce(fragment.text());
        let sending = std::mem::take(&mut self.sending);
        let sent = self.guarded(fragment.text(), &location, rows, |interpreter| {
            interpreter.exchange(frame, fragment, &sending, rows)
        })?;
        self.settle(frame, fragment, &sending, sent)
    }

    /// Sends a statement as `\watch` does: without what `AUTOCOMMIT` and `ON_ERROR_ROLLBACK` ask for, without a word to
    /// the variables, and the same way every time.
    ///
    /// # Errors
    /// As of `send`.
    pub(super) fn send_bare(
        &mut self,
        frame: &mut Frame,
        fragment: &Fragment,
    ) -> Result<Sent, Failure> {
        self.announce(fragment.text());
        let sending = self.sending.clone();
        let sent = self.exchange(frame, fragment, &sending, &Rows::Print)?;
        self.settle(frame, fragment, &sending, sent)
    }

    /// A statement is about to be sent.
    fn announce(&mut self, text: &str) {
        self.sink.statement(text);
        self.settle_doubts();
    }

    fn settle(
        &mut self,
        frame: &mut Frame,
        fragment: &Fragment,
        sending: &Sending,
        sent: Sent,
    ) -> Result<Sent, Failure> {
        if sent.is_skipped {
            if is_copy_from_script(fragment.text()) {
                pass_copy_data(frame);
            }
            return Ok(sent);
        }
        if let Some(mut error) = sent.error.clone() {
            if matches!(sending, Sending::Prepared { .. }) {
                // It counts in a statement that was prepared elsewhere.
                error.position = None;
            }
            self.failed(frame, fragment, error)?;
        }
        self.sink.settled(self.connection.status());
        self.settle_doubts();
        Ok(sent)
    }

    /// Puts around an exchange what `AUTOCOMMIT`, `ON_ERROR_ROLLBACK` and the variables that tell of
    /// the last statement ask for.
    pub(super) fn guarded(
        &mut self,
        text: &str,
        location: &Location,
        rows: &Rows,
        exchange: impl FnOnce(&mut Self) -> Result<Sent, Failure>,
    ) -> Result<Sent, Failure> {
        self.begin_implicitly(text, location)?;
        let booking = self.book(text, location)?;
        if booking == Booking::Skip {
            return Ok(Sent::skipped());
        }
        let savepoint = self.connection.status() == TransactionStatus::Open
            && self.variables.is_on("ON_ERROR_ROLLBACK")
            && self
                .connection
                .execute(&format!("SAVEPOINT {SAVEPOINT}"))
                .is_ok();
        let sent = exchange(self)?;
        if savepoint {
            self.end_savepoint(sent.touched_savepoints, location)?;
        }
        self.close(booking, sent.error.is_some(), location)?;
        self.print_notifications();
        // Of a result that is kept, who uses it says how it went.
        if sent.error.is_some() || matches!(rows, Rows::Print) {
            self.note_result(&sent);
        }
        Ok(sent)
    }

    /// Sends the text itself, or does what stands for it.
    fn exchange(
        &mut self,
        frame: &mut Frame,
        fragment: &Fragment,
        sending: &Sending,
        rows: &Rows,
    ) -> Result<Sent, Failure> {
        let location = fragment.location();
        let text = fragment.text();
        self.asks(fragment);
        if sending.is_simple()
            && let Some(pgtap) = &self.surroundings.pgtap
            && self.connection.status() != TransactionStatus::Failed
            && let Some(wanted) = CreateExtension::parse(text)
        {
            let error = match pgtap.create_extension(self.connection, &wanted) {
                Ok(()) => None,
                Err(QueryError::Server(message)) => Some(*message),
                Err(QueryError::Wire(error)) => return Err(self.wire_failure(error, &location)),
            };
            return Ok(Sent {
                error,
                ..Sent::default()
            });
        }
        let quiet = self.variables.is_on("QUIET");
        let mut exchange = Exchange::new(self.sink, &location, &self.print, rows, quiet);
        exchange.redirect = self.redirect.as_mut();
        exchange.rows_target = self.rows_target.as_mut();
        exchange.scanner = Some(&mut frame.scanner);
        let result = self.connection.ask(sending.request(text), &mut exchange);
        let sent = exchange.finish();
        self.forget_large_object(sent.has_tag);
        if sent.error.is_some() && sent.copied != Copied::In && is_copy_from_script(text) {
            pass_copy_data(frame);
        }
        match result {
            Ok(()) => Ok(sent),
            Err(wire) => {
                if let Some(error) = sent.error {
                    self.record(frame, fragment, error);
                }
                Err(self.wire_failure(wire, &location))
            }
        }
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
        self.echo_query(sql);
        let sending = std::mem::take(&mut self.sending);
        let is_from_script = matches!(source, Some(CopySource::Script));
        let sent = self.guarded(sql, location, &Rows::Print, |interpreter| {
            let quiet = interpreter.variables.is_on("QUIET");
            let print = &interpreter.print;
            let mut exchange =
                Exchange::new(interpreter.sink, location, print, &Rows::Print, quiet);
            exchange.redirect = interpreter.redirect.as_mut();
            if is_from_script {
                exchange.scanner = Some(&mut frame.scanner);
            }
            exchange.copy_source = source;
            exchange.copy_target = target;
            let result = interpreter
                .connection
                .ask(sending.request(sql), &mut exchange);
            let sent = exchange.finish();
            interpreter.forget_large_object(sent.has_tag);
            if sent.error.is_some() && sent.copied != Copied::In && is_from_script {
                pass_copy_data(frame);
            }
            match result {
                Ok(()) => Ok(sent),
                Err(wire) => Err(interpreter.wire_failure(wire, location)),
            }
        })?;
        if sent.is_skipped && is_from_script {
            pass_copy_data(frame);
        }
        match sent.error {
            None => Ok(()),
            Some(message) => {
                let excerpt = frame.excerpt(location);
                self.failed_at(location.clone(), Some(excerpt), message)?;
                self.sink.settled(self.connection.status());
                Ok(())
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

    fn end_savepoint(&mut self, touched: bool, location: &Location) -> Result<(), Failure> {
        let statement = match self.connection.status() {
            TransactionStatus::Failed => format!("ROLLBACK TO {SAVEPOINT}"),
            // psql leaves its savepoint alone where the script works with savepoints or transactions.
            TransactionStatus::Open if !touched => format!("RELEASE {SAVEPOINT}"),
            _ => return Ok(()),
        };
        match self.connection.execute(&statement) {
            Err(QueryError::Wire(error)) => Err(self.wire_failure(error, location)),
            _ => Ok(()),
        }
    }

    /// Sets the variables in which psql tells of the last statement.
    pub(super) fn note_result(&mut self, sent: &Sent) {
        let error = sent.error.as_ref();
        if sent.copied == Copied::Out && error.is_some() {
            // As in psql 18, which knows no result of such a COPY.
            self.last_error.clone_from(&sent.error);
            return self.note_own_failure();
        }
        let state = error
            .map_or("00000", |error| error.code.as_str())
            .to_owned();
        let mut values = vec![
            (
                "ERROR",
                if error.is_some() { "true" } else { "false" }.to_owned(),
            ),
            ("SQLSTATE", state.clone()),
            ("ROW_COUNT", sent.count.to_string()),
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

    /// With each command tag psql notes a row's number, which rows no longer have.
    pub(super) fn forget_large_object(&mut self, has_tag: bool) {
        if has_tag {
            // The name is valid and takes any value.
            let _ = self.variables.set("LASTOID", "0");
        }
    }

    /// Sets them where it was psql that failed, not the server: in `\gset`, or for a statement of `\gexec`; and where it
    /// does not tell what the server said.
    pub(super) fn note_own_failure(&mut self) {
        for (name, value) in [
            ("ERROR", "true"),
            ("SQLSTATE", ""),
            ("ROW_COUNT", "0"),
            ("LAST_ERROR_SQLSTATE", ""),
            ("LAST_ERROR_MESSAGE", ""),
        ] {
            // These names are valid and take any value.
            let _ = self.variables.set(name, value);
        }
    }

    pub(super) fn failed(
        &mut self,
        frame: &Frame,
        fragment: &Fragment,
        mut message: ServerMessage,
    ) -> Result<(), Failure> {
        // The script does not hold the statement of a `\gexec`, so that the error has to show it.
        if fragment.is_brought() && message.internal_query.is_none() {
            message.internal_position = message.position.take();
            message.internal_query = Some(fragment.text().to_owned());
        }
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
        let stop = self.stops_at_error();
        let text = format!("{}: {}", message.severity, message.message);
        self.sink.error(SqlError {
            location: location.clone(),
            message,
            excerpt,
            swallowed: !self.stops_script_at_error(),
        });
        if stop {
            self.error_stopped = true;
            Err(Failure {
                kind: FailureKind::Sql,
                text,
                location: Some(location),
            })
        } else {
            Ok(())
        }
    }

    /// Records the error with which a connection ended.
    fn record(&mut self, frame: &Frame, fragment: &Fragment, message: ServerMessage) {
        let (location, excerpt) = place(frame, fragment, &message);
        let excerpt = Some(excerpt);
        self.sink.error(SqlError {
            location,
            message,
            excerpt,
            swallowed: false,
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

/// Passes over the data of a `COPY` that failed before it took any: they are no statements. psql 15.20 does so;
/// 15.18 sent them to the server.
fn pass_copy_data(frame: &mut Frame) {
    frame.scanner.copy_data();
}

/// Whether a statement takes its data from the lines of the script behind it.
pub fn is_copy_from_script(text: &str) -> bool {
    let is_copy = words(text).next().is_some_and(|word| word == "copy");
    let behind = text.to_ascii_lowercase().find("copy").map(|at| at + 4);
    is_copy
        && behind.is_some_and(|at| {
            CopyCommand::parse(&text[at..]).is_ok_and(|copy| copy.is_from_script())
        })
}

/// Whether psql would not begin a transaction before this statement (its `command_no_begin`).
pub fn is_outside_transactions(text: &str) -> bool {
    let words: Vec<String> = words(text).take(4).collect();
    let word = |index: usize| words.get(index).map_or("", String::as_str);
    let second = word(1);
    match word(0) {
        "abort" | "begin" | "start" | "commit" | "end" | "rollback" | "vacuum" => true,
        "prepare" => second == "transaction",
        // Of one table it may stand in a transaction; of all it may not.
        "cluster" => second.is_empty(),
        "create" if second == "unique" => word(2) == "index" && word(3) == "concurrently",
        "create" | "drop" if second == "index" => word(2) == "concurrently",
        "create" => matches!(second, "database" | "tablespace"),
        "drop" => matches!(second, "database" | "tablespace" | "system"),
        "alter" => second == "system",
        "reindex" if matches!(second, "table" | "index") => word(2) == "concurrently",
        "reindex" => matches!(second, "database" | "system" | "tablespace"),
        "discard" => second == "all",
        _ => false,
    }
}

/// The words that a statement begins with, in lower case.
fn words(text: &str) -> impl Iterator<Item = String> + '_ {
    leading_words(text).map(str::to_lowercase)
}
