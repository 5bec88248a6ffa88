//! Large objects: `\lo_import`, `\lo_export`, `\lo_unlink`. They go through the server's own functions, piece by piece.

use std::io::Read;

use super::copy::open_to_read;
use super::frame::Frame;
use super::interpreter::Interpreter;
use super::metacommand::{Trouble, expand_home};
use super::redirect::Redirect;
use super::rows::QueryError;
use super::wire::{Connection, TransactionStatus};
use crate::script::{ArgumentKind, Command, Location, quote_literal};

/// How many bytes go in one statement.
const PIECE: usize = 1024 * 1024;

impl Interpreter<'_> {
    /// `\lo_import FILE [COMMENT]`: the number of the new object goes to the variable `LASTOID`.
    pub(super) fn import_large_object(
        &mut self,
        frame: &mut Frame,
        command: &Command,
    ) -> Result<(), Trouble> {
        self.refuse_unseen("lo_import")?;
        let name = self.required(frame, "a file's name")?;
        let comment = self.argument(frame, ArgumentKind::Normal)?;
        self.refuse_in_failed_transaction()?;
        let path = self.place.directory.join(expand_home(&name));
        let unreadable = |why: String| {
            Trouble::Error(format!("could not open file \"{}\": {why}", path.display()))
        };
        self.reads(&path);
        let mut file = open_to_read(&path).map_err(unreadable)?;
        let number = self.in_own_transaction(&command.location, |connection| {
            let number = connection
                .value("SELECT pg_catalog.lo_create(0)")?
                .unwrap_or_default();
            let mut at = 0;
            let mut piece = Vec::with_capacity(PIECE);
            loop {
                piece.clear();
                let read = Read::by_ref(&mut file)
                    .take(PIECE as u64)
                    .read_to_end(&mut piece);
                if let Err(error) = read {
                    return Ok(Err(unreadable(error.to_string())));
                }
                if piece.is_empty() {
                    break;
                }
                connection.execute(&format!(
                    "SELECT pg_catalog.lo_put({number}, {at}, pg_catalog.decode('{}', 'hex'))",
                    hexadecimal(&piece)
                ))?;
                at += piece.len();
            }
            if let Some(comment) = &comment {
                connection.execute(&format!(
                    "COMMENT ON LARGE OBJECT {number} IS {}",
                    quote_literal(comment)
                ))?;
            }
            Ok(Ok(number))
        })?;
        // It may have changed meanwhile.
        self.reads(&path);
        self.tell_large_object(&format!("lo_import {number}"));
        self.variables
            .set("LASTOID", &number)
            .map_err(Trouble::Error)
    }

    /// `\lo_export NUMBER FILE`.
    pub(super) fn export_large_object(
        &mut self,
        frame: &mut Frame,
        command: &Command,
    ) -> Result<(), Trouble> {
        let number = self.large_object(frame)?;
        let name = self.required(frame, "a file's name")?;
        // A bar at its beginning is a part of the name here.
        let path = self.place.directory.join(expand_home(&name));
        let writable = &self.surroundings.writable;
        Redirect::planned(&path, writable).map_err(Trouble::Refused)?;
        let file = self.in_own_transaction(&command.location, |connection| {
            let mut file = None;
            let mut at = 0;
            loop {
                let piece = connection.value(&format!(
                    "SELECT pg_catalog.encode(pg_catalog.lo_get({number}, {at}, {PIECE}), 'hex')"
                ))?;
                let piece = bytes(&piece.unwrap_or_default());
                // What was in the file is lost only when there is an object.
                let mut opened = match file.take() {
                    Some(opened) => opened,
                    None => match Redirect::open(&path, writable) {
                        Ok(opened) => opened,
                        Err(why) => return Ok(Err(Trouble::Refused(why))),
                    },
                };
                if piece.is_empty() {
                    return Ok(Ok(opened));
                }
                at += piece.len();
                opened.write(&piece);
                file = Some(opened);
            }
        })?;
        self.close_redirect(file, &command.location)?;
        self.tell_large_object("lo_export");
        Ok(())
    }

    /// `\lo_unlink NUMBER`.
    pub(super) fn unlink_large_object(
        &mut self,
        frame: &mut Frame,
        command: &Command,
    ) -> Result<(), Trouble> {
        self.refuse_unseen("lo_unlink")?;
        let number = self.large_object(frame)?;
        self.in_own_transaction(&command.location, |connection| {
            connection.execute(&format!("SELECT pg_catalog.lo_unlink({number})"))?;
            Ok(Ok(()))
        })?;
        self.tell_large_object(&format!("lo_unlink {number}"));
        Ok(())
    }

    /// The number of an object. As psql reads it: what is no number is 0.
    fn large_object(&mut self, frame: &mut Frame) -> Result<u32, Trouble> {
        let said = self.required(frame, "the number of a large object")?;
        Ok(said.parse().unwrap_or(0))
    }

    fn tell_large_object(&mut self, text: &str) {
        if !self.variables.is_on("QUIET") {
            self.print(format!("{text}\n").as_bytes());
        }
    }

    fn refuse_in_failed_transaction(&self) -> Result<(), Trouble> {
        if self.connection.status() == TransactionStatus::Failed {
            return Err(Trouble::Error("current transaction is aborted".into()));
        }
        Ok(())
    }

    /// Does the work in the transaction that is open, or in one of its own.
    fn in_own_transaction<T>(
        &mut self,
        location: &Location,
        work: impl FnOnce(&mut Connection) -> Result<Result<T, Trouble>, QueryError>,
    ) -> Result<T, Trouble> {
        self.refuse_in_failed_transaction()?;
        let is_own = self.connection.status() == TransactionStatus::Idle;
        let stays_open = !self.variables.is_on("AUTOCOMMIT");
        let run = || {
            if is_own {
                self.connection.execute("BEGIN")?;
            }
            let done = work(self.connection)?;
            if is_own && !stays_open && done.is_ok() {
                self.connection.execute("COMMIT")?;
            }
            Ok(done)
        };
        let done = match run() {
            Ok(done) => done,
            Err(QueryError::Server(message)) => Err(Trouble::Error(message.message)),
            Err(QueryError::Wire(error)) => return Err(self.wire_failure(error, location).into()),
        };
        if done.is_err() && is_own && !stays_open {
            match self.connection.execute("ROLLBACK") {
                Err(QueryError::Wire(error)) => {
                    return Err(self.wire_failure(error, location).into());
                }
                Ok(()) | Err(QueryError::Server(_)) => {}
            }
        }
        done
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |value: u8| char::from(DIGITS[usize::from(value & 15)]);
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(*byte)])
        .collect()
}

/// The bytes that hexadecimal digits stand for, as far as they do.
fn bytes(text: &str) -> Vec<u8> {
    let digit = |byte: u8| {
        char::from(byte)
            .to_digit(16)
            .and_then(|digit| u8::try_from(digit).ok())
    };
    let pairs = text.as_bytes().chunks_exact(2);
    pairs
        .map_while(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_go_to_hexadecimal_digits_and_back() {
        let all: Vec<u8> = (0..=255).collect();
        assert_eq!(hexadecimal(b"\x00\x7f\xff"), "007fff");
        assert_eq!(bytes(&hexadecimal(&all)), all);
    }
}
