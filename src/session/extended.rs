//! The extended protocol as scripts use it: `\bind`, `\bind_named`, `\parse`, `\close_prepared`, `\gdesc`.

use super::exchange::{Rows, Sent};
use super::frame::Frame;
use super::interpreter::Interpreter;
use super::metacommand::Trouble;
use super::wire::{CopyChunk, Field, Receiver, Request};
use crate::event::ServerMessage;
use crate::script::{Command, Fragment, quote_literal};

/// How the next statement is sent.
#[derive(Debug, Default, Clone)]
pub(super) enum Sending {
    /// As it stands.
    #[default]
    Simple,
    /// With parameters (`\bind`).
    WithParameters(Vec<String>),
    /// Not at all: a prepared statement in its place (`\bind_named`).
    Prepared {
        name: String,
        parameters: Vec<String>,
    },
}

impl Sending {
    pub(super) fn request<'r>(&'r self, sql: &'r str) -> Request<'r> {
        match self {
            Self::Simple => Request::Simple(sql),
            Self::WithParameters(parameters) => Request::WithParameters { sql, parameters },
            Self::Prepared { name, parameters } => Request::Prepared { name, parameters },
        }
    }

    pub(super) fn is_simple(&self) -> bool {
        matches!(self, Self::Simple)
    }
}

impl Interpreter<'_> {
    /// `\bind [PARAMETER…]`.
    pub(super) fn bind(&mut self, frame: &mut Frame) -> Result<(), Trouble> {
        self.sending = Sending::WithParameters(self.arguments(frame)?);
        Ok(())
    }

    /// `\bind_named NAME [PARAMETER…]`.
    pub(super) fn bind_named(&mut self, frame: &mut Frame) -> Result<(), Trouble> {
        self.sending = Sending::Simple;
        let name = self.required(frame, "the name of a prepared statement")?;
        let parameters = self.arguments(frame)?;
        self.sending = Sending::Prepared { name, parameters };
        Ok(())
    }

    /// `\parse NAME`: prepares the statement before it.
    pub(super) fn parse(&mut self, frame: &mut Frame, command: &Command) -> Result<(), Trouble> {
        let name = self.required(frame, "the name of a prepared statement")?;
        let query = frame.take_query();
        self.asks(&query);
        let text = query.text().to_owned();
        let request = Request::Prepare {
            name: &name,
            sql: &text,
        };
        let asked = self.ask(frame, &query, request, command);
        frame.remember(query);
        self.confirm_asked(asked?.as_ref());
        Ok(())
    }

    /// `\close_prepared NAME`.
    pub(super) fn close_prepared(
        &mut self,
        frame: &mut Frame,
        command: &Command,
    ) -> Result<(), Trouble> {
        let name = self.required(frame, "the name of a prepared statement")?;
        let query = frame.scanner.take_buffer();
        let asked = self.ask(frame, &query, Request::Close { name: &name }, command);
        frame.remember(query);
        self.confirm_asked(asked?.as_ref());
        Ok(())
    }

    /// What psql prints of success is the command's tag, which is empty here.
    fn confirm_asked(&mut self, answer: Option<&Vec<Field>>) {
        if answer.is_some() {
            self.forget_large_object(true);
            if !self.variables.is_on("QUIET") {
                self.print(b"\n");
            }
        }
    }

    /// `\gdesc`: prints names and types of the columns that the statement before it would bring.
    pub(super) fn describe(&mut self, frame: &mut Frame, command: &Command) -> Result<(), Trouble> {
        let query = frame.take_query();
        let text = query.text().to_owned();
        let described = self.ask(frame, &query, Request::Describe { sql: &text }, command);
        frame.remember(query.clone());
        let Some(fields) = described? else {
            return Ok(());
        };
        if fields.is_empty() {
            self.print(b"The command has no result, or the result has no columns.\n");
            return Ok(());
        }
        let rows: Vec<String> = fields
            .iter()
            .map(|field| {
                format!(
                    "({},'{}'::pg_catalog.oid,{})",
                    quote_literal(&field.name),
                    field.type_oid,
                    field.type_modifier
                )
            })
            .collect();
        let statement = query.bringing(&format!(
            "SELECT name AS \"Column\", pg_catalog.format_type(tp, tpm) AS \"Type\"\nFROM (VALUES {}) s(name, tp, tpm)",
            rows.join(",")
        ));
        Ok(self.send(frame, &statement, &Rows::Print).map(drop)?)
    }

    /// Sends a request that runs nothing. What it describes; none where it failed and the script goes on.
    fn ask(
        &mut self,
        frame: &mut Frame,
        query: &Fragment,
        request: Request<'_>,
        command: &Command,
    ) -> Result<Option<Vec<Field>>, Trouble> {
        self.sending = Sending::Simple;
        self.finish_command(frame, command);
        self.echo_sent(frame, query);
        let location = &command.location;
        let mut description = Description::default();
        let sent = self.guarded(query.text(), location, &Rows::Print, |interpreter| {
            let asked = interpreter.connection.ask(request, &mut description);
            for message in std::mem::take(&mut description.notices) {
                interpreter.tell(location, message);
            }
            asked.map_err(|error| interpreter.wire_failure(error, location))?;
            Ok(Sent {
                error: description.error.take(),
                ..Sent::default()
            })
        })?;
        match sent.error {
            None => Ok(Some(description.fields)),
            Some(error) => {
                self.failed(frame, query, error)?;
                Ok(None)
            }
        }
    }
}

/// What a request brings that runs nothing.
#[derive(Default)]
struct Description {
    fields: Vec<Field>,
    error: Option<ServerMessage>,
    notices: Vec<ServerMessage>,
}

impl Receiver for Description {
    fn fields(&mut self, fields: Vec<Field>) {
        self.fields = fields;
    }

    fn row(&mut self, _: &[Option<&[u8]>]) {}

    fn complete(&mut self, _: &str) {}

    fn error(&mut self, message: ServerMessage) {
        self.error.get_or_insert(message);
    }

    fn notice(&mut self, message: ServerMessage) {
        self.notices.push(message);
    }

    fn copy_out(&mut self, _: &[u8]) {}

    fn copy_in(&mut self) -> CopyChunk {
        CopyChunk::End
    }
}
