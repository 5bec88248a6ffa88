//! The question whether something that cannot be taken back is to be done with a database. Its name is the answer.

use std::io::{self, BufRead, IsTerminal, Write};

use super::Error;
use super::target::Way;

/// Asks for the database's name, on a terminal. `whether` is what may be, for where there is no terminal; `what` becomes of it.
pub(super) fn ask(way: &Way, whether: &str, what: &str) -> Result<(), Error> {
    let name = way.info.database();
    if !io::stdin().is_terminal() {
        return Err(
            format!("there is no terminal to ask on whether {whether}; --yes says so").into(),
        );
    }
    let question = format!(
        "{} ({}) {what}.\nType the database's name, {name}, to go on: ",
        way.shown(),
        way.target.name
    );
    let mut err = io::stderr().lock();
    let asked = write!(err, "{question}").and_then(|()| err.flush());
    asked.map_err(|error| format!("cannot ask: {error}"))?;
    let mut answer = String::new();
    io::stdin()
        .lock()
        .read_line(&mut answer)
        .map_err(|error| format!("cannot read the answer: {error}"))?;
    if answer.trim() == name {
        Ok(())
    } else {
        Err("that is not its name; nothing was done".into())
    }
}
