use std::ffi::OsString;

use clap::Args;

use super::{ProjectArgs, ServerArgs};

/// Arguments of `pgassay shell`.
#[derive(Debug, Clone, Args)]
pub struct ShellArgs {
    /// Run this command of psql's and end, as `psql -c` does; may be given several times.
    #[arg(
        short = 'c',
        long = "command",
        value_name = "COMMAND",
        help_heading = "What psql does"
    )]
    pub commands: Vec<String>,

    /// What the database holds.
    #[command(flatten)]
    pub project: ProjectArgs,

    /// Which programs.
    #[command(flatten)]
    pub server: ServerArgs,

    /// Further arguments for psql, behind `--`.
    #[arg(last = true, value_name = "ARGS")]
    pub arguments: Vec<OsString>,
}
