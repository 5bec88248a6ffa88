//! One file per subcommand: the only places that see everything. Here what went wrong becomes words on
//! standard error and an exit code.

mod archive;
mod cache;
mod changed_lines;
mod coverage;
mod db;
mod exit;
mod find_dependency;
mod followed;
mod foreign_server;
mod functions;
mod gate;
mod git;
mod golden;
mod groundwork;
mod junit_file;
mod last_coverage;
mod located;
mod migrate;
mod migrate_command;
mod occupied;
mod pinned;
mod protection;
mod psql;
mod question;
mod recipe;
mod reckoning;
mod report_file;
mod reporters;
mod saved;
mod seeds;
mod selection;
mod shell;
mod snapshot;
mod steps;
mod target;
mod telling;
mod test;
mod throwaway;
mod version;

use std::io::{self, Write};
use std::process::ExitCode;

use crate::cli::{self, Command};
use crate::settings::Environment;

pub use exit::Exit;

/// Why a command could not do its work. Its text is what the user reads.
type Error = Box<dyn std::error::Error + Send + Sync>;

/// Reads the command line, does what it says and returns the exit code.
pub fn main() -> ExitCode {
    let invocation = match cli::parse(std::env::args_os()) {
        Ok(invocation) => invocation,
        Err(error) => {
            // Help goes to standard output, mistakes to standard error; a closed pipe is no error.
            let _ = error.print();
            return if error.use_stderr() {
                Exit::Error.into()
            } else {
                Exit::Success.into()
            };
        }
    };
    let exit = run(&invocation).unwrap_or_else(|error| {
        complain(&error.to_string());
        Exit::Error
    });
    exit.into()
}

fn run(invocation: &cli::Invocation) -> Result<Exit, Error> {
    let global = &invocation.global;
    let environment = Environment::of_process().map_err(|error| {
        format!("cannot use the working directory: {error}; change to one that exists")
    })?;
    match &invocation.command {
        Command::Test(arguments) => test::run(global, arguments, &environment),
        Command::Coverage(arguments) => coverage::run(global, arguments, &environment),
        Command::Migrate(arguments) => migrate::run(global, arguments, &environment),
        Command::Gate(arguments) => gate::run(global, arguments, &environment),
        Command::Db(arguments) => db::run(global, arguments, &environment),
        Command::Snapshot(arguments) => snapshot::run(global, arguments, &environment),
        Command::Shell(arguments) => psql::run(global, arguments, &environment),
        Command::Cache(arguments) => cache::run(global, arguments, &environment),
        Command::Completions(arguments) => print(&cli::completions(arguments.shell)),
        Command::Man(arguments) => print(&cli::man(&arguments.command)?),
        Command::Version => print(version::text(global.verbose > 0).as_bytes()),
    }
}

/// Writes to standard output. A reader that went away has seen enough.
fn print(text: &[u8]) -> Result<Exit, Error> {
    let mut out = io::stdout().lock();
    match out.write_all(text).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(format!("cannot write to standard output: {error}").into())
        }
        _ => Ok(Exit::Success),
    }
}

/// Writes an error to standard error. When that fails too, there is nobody to tell.
fn complain(text: &str) {
    let _ = writeln!(io::stderr().lock(), "error: {text}");
}

/// Writes what people have to know to standard error.
fn remark(text: &str) {
    let _ = writeln!(io::stderr().lock(), "note: {text}");
}
