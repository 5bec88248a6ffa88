//! A report is what a run looks like from outside: lines for people, `JUnit`, JSON or TAP. This module renders
//! events to text and writes that text to a writer it was given. It opens no file, runs nothing and judges
//! nothing: verdicts come with the events.
//!
//! Every [`Reporter`] is a match over all events, with explicit empty arms: a new event breaks the build
//! wherever it may matter. The rendering beneath is functions from a value to a `String`.

mod advice;
mod case;
pub mod console;
pub mod coverage;
mod diagnostic;
mod difference;
mod figures;
pub mod json;
pub mod junit;
mod page;
mod server_message;
pub mod tap_stream;
mod visible;
mod xml_text;

use std::io;

use crate::event::Event;

pub use console::{Console, ConsoleOptions};
pub use json::Json;
pub use junit::Junit;
pub use tap_stream::{TapStream, TapVersion};

/// How much the console says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Verbosity {
    /// Only failures and the summary.
    Quiet,
    /// A line a file.
    #[default]
    Normal,
    /// Every assertion.
    Verbose,
}

/// Something that tells a run's events to somebody.
///
/// Errors are those of the writer, as they are. A broken pipe (`ErrorKind::BrokenPipe`) is among them: whether it
/// matters is the caller's to decide (somebody who pipes the console into `head` has seen enough, so the run goes
/// on without it). After an error a reporter may be dropped; it is not required to make sense of later events.
pub trait Reporter {
    /// Tells one event. Events come in the order in which they happened.
    fn event(&mut self, event: &Event) -> io::Result<()>;

    /// Ends the report and flushes the writer. Called once, after the last event, however the run ended.
    fn finish(&mut self) -> io::Result<()>;
}
