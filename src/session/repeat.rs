//! `\watch`: sends a statement again and again, as often as it says.

use std::thread;
use std::time::{Duration, Instant};

use super::exchange::Sent;
use super::frame::Frame;
use super::interpreter::{Interpreter, ended_failure};
use super::metacommand::Trouble;
use crate::script::{ArgumentKind, Command, Fragment, Location, Variables};

/// How often a pause looks at what may end it.
const TICK: Duration = Duration::from_millis(20);

/// What `\watch` is told.
#[derive(Debug, Default, PartialEq)]
struct Repetition {
    interval: Option<f64>,
    count: Option<u32>,
    least_rows: Option<u32>,
}

impl Repetition {
    /// Takes up one argument.
    ///
    /// # Errors
    /// psql's complaint.
    fn take(&mut self, argument: &str) -> Result<(), String> {
        let (name, value) = argument.split_once('=').unwrap_or(("", argument));
        let is = |word: &str| name == word || !name.is_empty() && name == &word[..1];
        if name.is_empty() && !argument.starts_with('=') || is("interval") {
            // As C reads it, what is empty is none.
            let number = value.trim_start();
            let seconds = if value.is_empty() {
                Ok(0.0)
            } else {
                number.parse()
            };
            let seconds = seconds
                .ok()
                .filter(|seconds| Duration::try_from_secs_f64(*seconds).is_ok());
            let seconds = seconds.ok_or_else(|| format!("incorrect interval value \"{value}\""))?;
            once(&mut self.interval, seconds, "interval value is specified")
        } else if is("count") {
            let count = value.parse().ok().filter(|count| *count > 0);
            let count = count.ok_or_else(|| format!("incorrect iteration count \"{value}\""))?;
            once(&mut self.count, count, "iteration count is specified")
        } else if is("min_rows") {
            let rows = value.parse().ok().filter(|rows| *rows > 0);
            let rows = rows.ok_or_else(|| format!("incorrect minimum row count \"{value}\""))?;
            once(&mut self.least_rows, rows, "minimum row count specified")
        } else {
            Err(format!("unrecognized parameter \"{argument}\""))
        }
    }
}

fn once<T>(place: &mut Option<T>, value: T, what: &str) -> Result<(), String> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(format!("{what} more than once")),
    }
}

impl Interpreter<'_> {
    /// `\watch [SECONDS] [interval=SECONDS] [count=N] [min_rows=N]`. Without a count or a number of rows it would
    /// not end.
    pub(super) fn repeat(&mut self, frame: &mut Frame, command: &Command) -> Result<(), Trouble> {
        let done = self.repeat_query(frame, command);
        // psql forgets the statement, however it went.
        frame.scanner.clear_buffer();
        done
    }

    fn repeat_query(&mut self, frame: &mut Frame, command: &Command) -> Result<(), Trouble> {
        self.refuse_unseen("watch")?;
        let mut told = Repetition::default();
        while let Some(argument) = self.argument_without_semicolons(frame, ArgumentKind::Normal)? {
            told.take(&argument).map_err(Trouble::Error)?;
        }
        if told.count.is_none() && told.least_rows.is_none() {
            return Err(Trouble::Refused(
                "without a count it would not end; say how often, as in \"\\watch count=3 interval=0.1\""
                    .into(),
            ));
        }
        let interval = told.interval.unwrap_or_else(|| {
            let said = self.variables.get("WATCH_INTERVAL");
            said.and_then(|said| said.parse().ok()).unwrap_or(2.0)
        });
        let interval = Duration::try_from_secs_f64(interval).unwrap_or_default();
        let query = frame.take_query();
        if query.is_empty() {
            return Err(Trouble::Error(
                "\\watch cannot be used with an empty query".into(),
            ));
        }
        let mut times = 0_u32;
        let done = loop {
            match self.round(frame, &query, command) {
                Ok(sent) if sent.error.is_some() => {
                    // It is a command that failed, so that psql passes over the rest of its line.
                    frame.scanner.abandon_command();
                    break Ok(());
                }
                Ok(sent) => {
                    times += 1;
                    let rows = sent.first_rows.unwrap_or(0);
                    let too_few = told.least_rows.is_some_and(|least| rows < least.into());
                    if too_few || told.count == Some(times) || self.sink.wants_stop() {
                        break Ok(());
                    }
                }
                Err(trouble) => break Err(trouble),
            }
            if let Err(trouble) = self.pause(interval, &command.location) {
                break Err(trouble);
            }
        };
        // Wherever the rows went, psql ends the last line on the terminal.
        self.print_line("");
        done
    }

    fn round(
        &mut self,
        frame: &mut Frame,
        query: &Fragment,
        command: &Command,
    ) -> Result<Sent, Trouble> {
        self.sink.end();
        let location = query.location();
        self.sink.begin(&location, &frame.source(&location));
        let sent = self.send_bare(frame, query);
        self.sink.end();
        self.sink.begin(&command.location, "");
        Ok(sent?)
    }

    /// Waits, unless the deadline or an interruption comes first.
    fn pause(&self, time: Duration, location: &Location) -> Result<(), Trouble> {
        let began = Instant::now();
        loop {
            if let Some(ended) = self.connection.ended() {
                return Err(ended_failure(ended, Some(location.clone())).into());
            }
            match time.checked_sub(began.elapsed()) {
                None | Some(Duration::ZERO) => return Ok(()),
                Some(left) => thread::sleep(left.min(TICK)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(arguments: &[&str]) -> Result<Repetition, String> {
        let mut told = Repetition::default();
        arguments
            .iter()
            .try_for_each(|argument| told.take(argument))
            .map(|()| told)
    }

    #[test]
    fn arguments_have_names_that_may_be_short() {
        let told = Repetition {
            interval: Some(0.5),
            count: Some(3),
            least_rows: Some(2),
        };
        assert_eq!(read(&["i=0.5", "c=3", "m=2"]).as_ref(), Ok(&told));
        assert_eq!(read(&[" 0.5", "count=3", "min_rows=2"]).as_ref(), Ok(&told));
    }

    #[test]
    fn what_is_wrong_is_said_in_psqls_words() {
        for (arguments, complaint) in [
            (&["x"][..], "incorrect interval value \"x\""),
            (&["-1"], "incorrect interval value \"-1\""),
            (&["c=0"], "incorrect iteration count \"0\""),
            (&["m="], "incorrect minimum row count \"\""),
            (&["1", "i=2"], "interval value is specified more than once"),
            (
                &["c=1", "c=1"],
                "iteration count is specified more than once",
            ),
            (&["co=1"], "unrecognized parameter \"co=1\""),
            (&["z=1"], "unrecognized parameter \"z=1\""),
            (&["=1"], "unrecognized parameter \"=1\""),
        ] {
            assert_eq!(read(arguments).unwrap_err(), complaint);
        }
    }
}
