//! Backslash commands that send the statement before them, or else the last one sent: `\g`, `\gx`, `\gset`, `\gexec`.

use super::exchange::{Rows, Sent};
use super::frame::Frame;
use super::interpreter::Interpreter;
use super::metacommand::Trouble;
use super::redirect::Redirect;
use super::variables::is_special;
use crate::script::{ArgumentKind, Command, Fragment};

impl Interpreter<'_> {
    /// `\g [FILE]`: sends it, and prints what it brings.
    pub(super) fn go(&mut self, frame: &mut Frame, command: &Command) -> Result<(), Trouble> {
        let target = self.argument(frame, ArgumentKind::FilePipe)?;
        let target = match target {
            Some(text) if text.starts_with('|') => {
                return Err(Trouble::Refused(
                    "pipes to programs are not run by test files".into(),
                ));
            }
            Some(text) if text.starts_with('(') => {
                return Err(Trouble::Refused(
                    "options in parentheses are not supported; use \\pset before".into(),
                ));
            }
            Some(name) => Some(self.open_redirect(&name)?),
            None => None,
        };
        let Some(query) = frame.take_query() else {
            return Ok(());
        };
        let before = match target {
            Some(target) => Some(self.redirect.replace(target)),
            None => None,
        };
        let result = self.send_at(frame, &query, &Rows::Print, command);
        if let Some(before) = before {
            let file = std::mem::replace(&mut self.redirect, before);
            if !file.is_none_or(Redirect::close) {
                return Err(Trouble::Error(
                    "the file could not be written completely".into(),
                ));
            }
        }
        frame.previous = Some(query);
        result.map(drop)
    }

    fn send_at(
        &mut self,
        frame: &mut Frame,
        query: &Fragment,
        rows: &Rows,
        command: &Command,
    ) -> Result<Sent, Trouble> {
        // What it prints belongs to the statement, not to the command behind it.
        self.sink.end();
        let location = query.location();
        self.sink.begin(&location, &frame.source(&location));
        let sent = self.send(frame, query, rows);
        self.sink.end();
        self.sink.begin(&command.location, "");
        Ok(sent?)
    }

    /// `\gset [PREFIX]`: sends it, and makes variables of the one row that it brings.
    pub(super) fn gset(&mut self, frame: &mut Frame, command: &Command) -> Result<(), Trouble> {
        let prefix = self
            .argument(frame, ArgumentKind::Normal)?
            .unwrap_or_default();
        let Some(query) = frame.take_query() else {
            return Ok(());
        };
        let sent = self.send_at(frame, &query, &Rows::Keep, command)?;
        frame.previous = Some(query);
        let kept = match &sent.kept {
            Some(kept) => kept,
            None if sent.error.is_some() => return Ok(()),
            // The last statement was one that brings no rows.
            None => {
                self.note_result(&sent);
                return Ok(());
            }
        };
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
                self.note_result(&sent);
                Ok(())
            }
            _ => Err(Trouble::Error(
                "more than one row returned for \\gset".into(),
            )),
        }
    }

    /// `\gx [FILE]`: like `\g`, a line a column.
    pub(super) fn go_expanded(
        &mut self,
        frame: &mut Frame,
        command: &Command,
    ) -> Result<(), Trouble> {
        let before = std::mem::replace(&mut self.print.expanded, true);
        let done = self.go(frame, command);
        self.print.expanded = before;
        done
    }

    /// `\gexec`: sends it, and then each value that it brings, row by row, as a statement of its own.
    pub(super) fn gexec(&mut self, frame: &mut Frame, command: &Command) -> Result<(), Trouble> {
        let Some(query) = frame.take_query() else {
            return Ok(());
        };
        let mut sent = self.send_at(frame, &query, &Rows::Keep, command)?;
        let rows = sent.kept.take().map(|kept| kept.rows).unwrap_or_default();
        let mut all_succeeded = sent.error.is_none();
        for text in rows.into_iter().flatten().flatten() {
            let statement = query.bringing(&text);
            if !statement.is_blank() && !self.sink.wants_stop() {
                let sent = self.send_at(frame, &statement, &Rows::Print, command)?;
                all_succeeded &= sent.error.is_none();
            }
        }
        // The variables tell of the query itself, unless something failed.
        if all_succeeded {
            self.note_result(&sent);
        }
        frame.previous = Some(query);
        Ok(())
    }
}
