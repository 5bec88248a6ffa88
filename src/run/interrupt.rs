use std::{fs, io};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use crate::session::Interruption;

/// Lets SIGINT, SIGTERM and SIGHUP (a closed terminal) interrupt the run instead of ending the process,
/// so that servers are stopped and directories removed. Further ones change nothing: tidying up is under way.
///
/// Under `nohup`, a closed terminal does not interrupt.
///
/// # Errors
/// When the handlers cannot be installed.
pub fn listen() -> io::Result<Interruption> {
    let interruption = Interruption::default();
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        if signal == SIGHUP && is_ignored(signal) {
            continue;
        }
        let number = usize::try_from(signal).unwrap_or_default();
        signal_hook::flag::register_usize(signal, interruption.cell(), number)?;
    }
    Ok(interruption)
}

/// Whether the process was started with this signal ignored, where the system tells (Linux).
fn is_ignored(signal: i32) -> bool {
    fs::read_to_string("/proc/self/status").is_ok_and(|status| ignores(&status, signal))
}

/// Whether the mask `SigIgn` of a `/proc/…/status` has this signal (`proc_pid_status(5)`).
fn ignores(status: &str, signal: i32) -> bool {
    let mask = status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask >> (signal - 1) & 1 == 1)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mask_of_ignored_signals_counts_from_one() {
        let status = |mask| format!("SigBlk:\t0000000000000000\nSigIgn:\t{mask}\nSigCgt:\t0\n");
        assert!(ignores(&status("0000000000000001"), SIGHUP));
        assert!(!ignores(&status("0000000000001002"), SIGHUP));
        assert!(ignores(&status("0000000000001002"), SIGINT));
        assert!(!ignores("Name:\tx\n", SIGHUP));
    }
}
