use std::io;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use crate::session::Interruption;

/// Lets SIGINT, SIGTERM and SIGHUP (a closed terminal) interrupt the run instead of ending the process,
/// so that servers are stopped and directories removed.
///
/// # Errors
/// When the handlers cannot be installed.
pub fn listen() -> io::Result<Interruption> {
    let interruption = Interruption::default();
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        let number = usize::try_from(signal).unwrap_or_default();
        signal_hook::flag::register_usize(signal, interruption.cell(), number)?;
    }
    Ok(interruption)
}

/// The name of a signal that [`listen`] listens for.
pub fn signal_name(signal: usize) -> &'static str {
    match i32::try_from(signal) {
        Ok(SIGINT) => "SIGINT",
        Ok(SIGTERM) => "SIGTERM",
        Ok(SIGHUP) => "SIGHUP",
        _ => "a signal",
    }
}
