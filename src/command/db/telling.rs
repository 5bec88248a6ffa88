use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use crate::settings::{Settings, Verbosity};

/// The width of the column with the first word of a line.
const WORD: usize = 9;

/// Tells what is done, a line each, on standard output.
pub(super) struct Telling {
    verbosity: Verbosity,
    color: bool,
    /// How many things were done.
    done: usize,
}

impl Telling {
    pub(super) fn new(settings: &Settings) -> Self {
        Self {
            verbosity: settings.verbosity,
            color: settings.color.is_on(io::stdout().is_terminal()),
            done: 0,
        }
    }

    /// Something was done, in this time.
    pub(super) fn done(&mut self, word: &str, what: &str, took: Duration) {
        self.done += 1;
        let (green, plain) = if self.color {
            ("\x1b[32m", "\x1b[0m")
        } else {
            ("", "")
        };
        self.line(&format!(
            "{green}{word:>WORD$}{plain}  {what}  ({:.2}s)",
            took.as_secs_f64()
        ));
    }

    /// How many things were done.
    pub(super) fn count(&self) -> usize {
        self.done
    }

    /// What was said by a script or a tool, for whoever wants to know more.
    pub(super) fn detail(&self, text: &str) {
        if self.verbosity >= Verbosity::Verbose {
            self.line(text);
        }
    }

    /// A line of its own. A reader that went away has seen enough.
    pub(super) fn line(&self, text: &str) {
        if self.verbosity > Verbosity::Quiet {
            let _ = writeln!(io::stdout().lock(), "{text}");
        }
    }
}
