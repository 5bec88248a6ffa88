//! One file per subcommand: the only places that see everything.

use std::process::ExitCode;

/// Reads the command line, does what it says and returns the exit code.
pub fn main() -> ExitCode {
    ExitCode::SUCCESS
}
