//! The `pgassay` binary: calls the library and returns its exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    pgassay::command::main()
}
