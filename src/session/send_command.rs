//! Backslash commands that send the statement before them, or else the last one sent: `\g`, `\gx`, `\gset`, `\gexec`.

use super::exchange::{Kept, Rows, Sent};
use super::extended::Sending;
use super::frame::Frame;
use super::interpreter::Interpreter;
use super::metacommand::Trouble;
use super::pset::Said;
use super::variables::{Echo, is_special};
use crate::script::{ArgumentKind, Command, Fragment};

impl Interpreter<'_> {
    /// `\g [(OPTION…)] [FILE]`, and `\gx`: sends it, and prints what it brings; `\gx` a line a column.
    pub(super) fn go(&mut self, frame: &mut Frame, command: &Command) -> Result<(), Trouble> {
        let before = self.print.clone();
        let done = self.go_with_options(frame, command);
        self.print = before;
        done
    }

    fn go_with_options(&mut self, frame: &mut Frame, command: &Command) -> Result<(), Trouble> {
        let mut target = self.argument(frame, ArgumentKind::FilePipe)?;
        if let Some(first) = target.as_ref().and_then(|text| text.strip_prefix('(')) {
            self.print_options(frame, first.to_owned())?;
            target = self.argument(frame, ArgumentKind::FilePipe)?;
        }
        if command.name == "gx" {
            self.print.expanded = true;
        }
        let target = match target {
            Some(name) => Some(self.planned_redirect(&name)?),
            None => None,
        };
        let query = self.query(frame);
        self.rows_target = target;
        let result = self.send_at(frame, &query, &Rows::Print, command);
        frame.remember(query);
        if let Some(target) = self.rows_target.take() {
            // What a program prints is the command's own.
            self.sink
                .begin(&command.location, &frame.source(&command.location));
            let closed = self.close_redirect(target, &command.location);
            return result.and(closed);
        }
        result.map(drop)
    }

    /// Sets the options that stand in parentheses, up to the one that ends with `)`.
    fn print_options(&mut self, frame: &mut Frame, first: String) -> Result<(), Trouble> {
        let mut next = Some(first);
        let mut failed = None;
        while let Some(option) = next {
            let (option, is_last) = match option.strip_suffix(')') {
                Some(option) => (option, true),
                None => (option.as_str(), false),
            };
            let (name, value) = match option.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None => (option, None),
            };
            if !name.is_empty() || value.is_some() {
                // psql goes on to the parenthesis, and fails then.
                match self.set_print(name, value, Said::Silently) {
                    Err(Trouble::Error(text)) => failed = Some(text),
                    done => done?,
                }
            }
            if is_last {
                return failed.map_or(Ok(()), |text| Err(Trouble::Error(text)));
            }
            next = self.argument(frame, ArgumentKind::Normal)?;
        }
        Err(Trouble::Error("missing right parenthesis".into()))
    }

    /// What is to be sent; a prepared statement has nothing of its own.
    pub(super) fn query(&mut self, frame: &mut Frame) -> Fragment {
        match self.sending {
            Sending::Prepared { .. } => frame.scanner.take_buffer(),
            Sending::Simple | Sending::WithParameters(_) => frame.take_query(),
        }
    }

    pub(super) fn send_at(
        &mut self,
        frame: &mut Frame,
        query: &Fragment,
        rows: &Rows,
        command: &Command,
    ) -> Result<Sent, Trouble> {
        self.finish_command(frame, command);
        // What it prints belongs to the statement, not to the command behind it.
        self.sink.end();
        let location = if query.is_blank() {
            command.location.clone()
        } else {
            query.location()
        };
        self.sink.begin(&location, &frame.source(&location));
        self.echo_sent(frame, query);
        let sent = self.send(frame, query, rows);
        self.sink.end();
        self.sink.begin(&command.location, "");
        Ok(sent?)
    }

    /// Repeats what is sent; in the place of nothing psql repeats what was sent before.
    pub(super) fn echo_sent(&mut self, frame: &Frame, query: &Fragment) {
        let shown = match &frame.previous {
            Some(previous) if query.is_empty() => previous.text(),
            _ => query.text(),
        };
        self.echo_query(shown);
    }

    /// `\gset [PREFIX]`: sends it, and makes variables of the one row that it brings.
    pub(super) fn gset(&mut self, frame: &mut Frame, command: &Command) -> Result<(), Trouble> {
        let prefix = self
            .argument(frame, ArgumentKind::Normal)?
            .unwrap_or_default();
        let query = self.query(frame);
        let sent = self.send_at(frame, &query, &Rows::Keep, command)?;
        frame.remember(query);
        let kept = match &sent.kept {
            Some(kept) => kept,
            None if sent.error.is_some() => return Ok(()),
            // The last statement was one that brings no rows.
            None => {
                self.note_result(&sent);
                return Ok(());
            }
        };
        let stored = self.store(&prefix, kept, command);
        match stored {
            Ok(()) => self.note_result(&sent),
            Err(_) => self.note_own_failure(),
        }
        stored
    }

    /// Makes variables of the one row of a result.
    fn store(&mut self, prefix: &str, kept: &Kept, command: &Command) -> Result<(), Trouble> {
        match kept.rows.as_slice() {
            [] => Err(Trouble::Error("no rows returned for \\gset".into())),
            [row] => {
                for (field, value) in kept.fields.iter().zip(row) {
                    let name = format!("{prefix}{}", field.name);
                    if is_special(&name) {
                        let text = format!(
                            "attempt to \\gset into specially treated variable \"{name}\" ignored"
                        );
                        self.remark(&command.location, text);
                        continue;
                    }
                    match value {
                        Some(value) => self.variables.set(&name, value).map_err(Trouble::Error)?,
                        None => self.variables.unset(&name),
                    }
                }
                Ok(())
            }
            _ => Err(Trouble::Error(
                "more than one row returned for \\gset".into(),
            )),
        }
    }

    /// `\gexec`: sends it, and then each value that it brings, row by row, as a statement of its own.
    pub(super) fn gexec(&mut self, frame: &mut Frame, command: &Command) -> Result<(), Trouble> {
        let query = self.query(frame);
        // psql sends the first that is brought the same way, parameters and all.
        let mut sending = Some(self.sending.clone());
        let mut sent = self.send_at(frame, &query, &Rows::Keep, command)?;
        let rows = sent.kept.take().map(|kept| kept.rows).unwrap_or_default();
        let mut all_brought_succeeded = true;
        for text in rows.into_iter().flatten().flatten() {
            let statement = query.bringing(&text);
            if !statement.is_blank() && !self.sink.wants_stop() {
                if self.variables.echo() == Echo::All {
                    self.print_line(&text);
                }
                self.sending = sending.take().unwrap_or_default();
                let brought = self.send_at(frame, &statement, &Rows::Print, command);
                if brought.is_err() {
                    self.note_own_failure();
                }
                all_brought_succeeded &= brought?.error.is_none();
            }
        }
        // The variables tell of the query itself; where one that it brought failed, of no error of the server's.
        if !all_brought_succeeded {
            self.note_own_failure();
        } else if sent.error.is_none() {
            self.note_result(&sent);
        }
        frame.remember(query);
        Ok(())
    }
}
