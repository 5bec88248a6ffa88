use std::time::Duration;

use clap::Args;

use super::{DataFormat, MigrationArgs, TargetArgs};
use crate::migration::LayoutName;
use crate::script::parse_duration;

/// The heading of the options that say what is demanded.
const DEMANDS: &str = "What is demanded";

/// Arguments of `pgassay gate`.
#[derive(Debug, Clone, Default, Args)]
pub struct GateArgs {
    /// Which database.
    #[command(flatten)]
    pub target: TargetArgs,

    /// Which migrations.
    #[command(flatten)]
    pub migrating: MigrationArgs,

    /// The schema must have VERSION, or a newer one [default: the last version of the migrations here].
    #[arg(long, value_name = "VERSION", help_heading = DEMANDS)]
    pub at_least: Option<String>,

    /// Wait up to DURATION until it is so.
    ///
    /// It waits for a migration that is running or not begun, and for a server that cannot be reached yet. One that has
    /// failed ends it at once.
    #[arg(long, value_name = "DURATION", value_parser = parse_duration, help_heading = DEMANDS)]
    pub wait: Option<Duration>,

    /// Read the history of this tool, where the database has those of several.
    ///
    /// `pgassay` is its own.
    #[arg(long, value_name = "NAME", value_parser = tool, help_heading = DEMANDS)]
    pub tool: Option<Tool>,

    /// In which form.
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    pub format: DataFormat,
}

/// Who keeps a history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tool {
    /// pgassay itself.
    Own,
    /// Another tool.
    Other(LayoutName),
}

fn tool(word: &str) -> Result<Tool, String> {
    match word {
        "pgassay" => Ok(Tool::Own),
        other => LayoutName::parse(other)
            .map(Tool::Other)
            .map_err(|reason| reason.replace("one of: ", "one of: pgassay, ")),
    }
}
