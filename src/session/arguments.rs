//! Reading the arguments of backslash commands.

use super::frame::Frame;
use super::interpreter::Interpreter;
use super::metacommand::Trouble;
use crate::script::{Argument, ArgumentKind, ScriptError};

impl Interpreter<'_> {
    /// The next argument; commands in its backticks are run where that is allowed.
    pub(super) fn read_argument(
        &mut self,
        frame: &mut Frame,
        kind: ArgumentKind,
        strip_semicolons: bool,
    ) -> Result<Option<Argument>, Trouble> {
        let location = frame.scanner.location();
        let evaluation = self.evaluation();
        let read = if strip_semicolons {
            frame.scanner.argument_without_semicolons(kind, &evaluation)
        } else {
            frame.scanner.argument(kind, &evaluation)
        };
        let came = evaluation.came.into_inner();
        self.take_note(came, &location)?;
        match read {
            // psql complains, and the command goes on without it.
            Err(ScriptError::UnterminatedArgument { location, .. }) => {
                self.remark(&location, "unterminated quoted string".into());
                Ok(None)
            }
            read => Ok(read?),
        }
    }

    pub(super) fn argument(
        &mut self,
        frame: &mut Frame,
        kind: ArgumentKind,
    ) -> Result<Option<String>, Trouble> {
        let argument = self.read_argument(frame, kind, false)?;
        Ok(argument.map(|argument| argument.text))
    }

    /// As psql reads the names of files, and a few more.
    pub(super) fn argument_without_semicolons(
        &mut self,
        frame: &mut Frame,
        kind: ArgumentKind,
    ) -> Result<Option<String>, Trouble> {
        let argument = self.read_argument(frame, kind, true)?;
        Ok(argument.map(|argument| argument.text))
    }

    /// An argument that must be there; `what` it is.
    pub(super) fn required(&mut self, frame: &mut Frame, what: &str) -> Result<String, Trouble> {
        self.argument(frame, ArgumentKind::Normal)?
            .ok_or_else(|| missing(what))
    }

    /// A word of `\c`: none for `-`, unless that is quoted.
    pub(super) fn connection_word(&mut self, frame: &mut Frame) -> Result<Option<String>, Trouble> {
        let word = self.read_argument(frame, ArgumentKind::ConnectionIdentifier, true)?;
        let word = word.filter(|word| word.quoted || !matches!(word.text.as_str(), "" | "-"));
        Ok(word.map(|word| word.text))
    }

    /// All that are left.
    pub(super) fn arguments(&mut self, frame: &mut Frame) -> Result<Vec<String>, Trouble> {
        let mut arguments = Vec::new();
        while let Some(argument) = self.argument(frame, ArgumentKind::Normal)? {
            arguments.push(argument);
        }
        Ok(arguments)
    }
}

pub(super) fn missing(what: &str) -> Trouble {
    Trouble::Error(format!("missing required argument: {what}"))
}
