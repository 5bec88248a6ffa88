//! Where output goes: `\o`, `\out`, and the files and programs of `\g`.

use super::frame::Frame;
use super::interpreter::Interpreter;
use super::metacommand::{Trouble, expand_home};
use super::redirect::{Closed, Redirect};
use super::variables::Echo;
use crate::script::{ArgumentKind, Command, Location};

impl Interpreter<'_> {
    /// Prints to wherever query output goes.
    pub(super) fn print(&mut self, bytes: &[u8]) {
        match &mut self.redirect {
            Some(redirect) => {
                redirect.write(bytes);
                redirect.flush();
            }
            None => self.sink.output(bytes),
        }
    }

    /// Repeats a statement before it is sent, where `ECHO` says so.
    pub(super) fn echo_query(&mut self, text: &str) {
        if self.variables.echo() == Echo::Queries {
            self.print_line(text);
        }
    }

    /// Prints what came by `NOTIFY`, as psql does after each statement.
    pub(super) fn print_notifications(&mut self) {
        for notification in self.connection.take_notifications() {
            let payload = match notification.payload.as_str() {
                "" => String::new(),
                payload => format!(" with payload \"{payload}\""),
            };
            let text = format!(
                "Asynchronous notification \"{}\"{payload} received from server process with PID {}.\n",
                notification.channel, notification.process_id
            );
            self.print(text.as_bytes());
        }
    }

    /// Opens a file, or a pipe where a `|` stands before the name of a program.
    pub(super) fn open_redirect(&self, name: &str) -> Result<Redirect, Trouble> {
        if let Some(program) = name.strip_prefix('|') {
            self.check_shell()?;
            return Redirect::to_program(program.to_owned()).map_err(Trouble::Refused);
        }
        let path = self.place.directory.join(expand_home(name));
        Redirect::open(&path, &self.surroundings.writable).map_err(Trouble::Refused)
    }

    /// The same for `\g`: a file is opened when there is a result for it.
    pub(super) fn planned_redirect(&self, name: &str) -> Result<Redirect, Trouble> {
        if name.starts_with('|') {
            return self.open_redirect(name);
        }
        let path = self.place.directory.join(expand_home(name));
        Redirect::planned(&path, &self.surroundings.writable).map_err(Trouble::Refused)
    }

    /// Closes what output went to; a program runs now. How it ends is only told in variables, as psql has it.
    pub(super) fn close_redirect(
        &mut self,
        redirect: Redirect,
        location: &Location,
    ) -> Result<(), Trouble> {
        match redirect.close() {
            Closed::Whole => Ok(()),
            Closed::Incomplete => Err(Trouble::Error(
                "the file could not be written completely".into(),
            )),
            Closed::Program(program, input) => {
                self.run_printing(&program, Some(input), location).map(drop)
            }
        }
    }

    /// `\o [FILE]`, `\o |PROGRAM`.
    pub(super) fn redirect_output(
        &mut self,
        frame: &mut Frame,
        command: &Command,
    ) -> Result<(), Trouble> {
        let name = self.argument_without_semicolons(frame, ArgumentKind::FilePipe)?;
        if let Some(before) = self.redirect.take() {
            self.close_redirect(before, &command.location)?;
        }
        if let Some(name) = name.filter(|name| !name.is_empty()) {
            self.redirect = Some(self.open_redirect(&name)?);
        }
        Ok(())
    }
}
