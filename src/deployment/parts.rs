//! The parts of a script, one after the other, without running it: its statements and backslash commands. Variables are not put
//! in, and both ways of an `\if` are taken.

use crate::script::{Scan, Scanner, Variables};
use crate::session::is_copy_from_script;

/// A part of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    /// The text of a statement.
    Statement(String),
    /// The name of a backslash command.
    Command(String),
}

/// Goes through the parts of a script.
pub(super) struct Parts {
    scanner: Scanner,
    /// The statement that a command sends.
    waiting: Option<Part>,
    is_over: bool,
}

/// The commands that send the statement before them.
const SENDING: [&str; 9] = [
    "g",
    "gx",
    "gexec",
    "gset",
    "gdesc",
    "bind_named",
    "sendpipeline",
    "watch",
    "crosstabview",
];

impl Parts {
    /// Of a text.
    pub(super) fn of(text: &str) -> Self {
        Self {
            scanner: Scanner::new("migration".into(), text),
            waiting: None,
            is_over: false,
        }
    }
}

impl Iterator for Parts {
    type Item = Part;

    fn next(&mut self) -> Option<Part> {
        if let Some(part) = self.waiting.take() {
            return Some(part);
        }
        while !self.is_over {
            match self.scanner.next(&Plain, true) {
                Ok(Scan::Statement(fragment)) if fragment.is_empty() => {}
                Ok(Scan::Statement(fragment)) => {
                    if is_copy_from_script(fragment.text()) {
                        self.scanner.copy_data();
                    }
                    return Some(Part::Statement(fragment.text().to_owned()));
                }
                Ok(Scan::Command(command)) => {
                    self.scanner.skip_command();
                    if SENDING.contains(&command.name.as_str()) {
                        let sent = self.scanner.take_buffer();
                        self.waiting = Some(Part::Statement(sent.text().to_owned()));
                    }
                    return Some(Part::Command(command.name));
                }
                Ok(Scan::End(rest)) => {
                    self.is_over = true;
                    if !rest.is_empty() {
                        return Some(Part::Statement(rest.text().to_owned()));
                    }
                }
                Err(_) => self.is_over = true,
            }
        }
        None
    }
}

/// No variable is known: what a script interpolates stays as it is written.
struct Plain;

impl Variables for Plain {
    fn get(&self, _: &str) -> Option<&str> {
        None
    }
}
