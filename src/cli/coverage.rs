use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// The heading of the options of `pgassay coverage`.
const REPORT: &str = "Report";

/// Arguments of `pgassay coverage`.
#[derive(Debug, Clone, Args)]
pub struct CoverageArgs {
    /// Reports that `pgassay coverage --format json` wrote, to be put together; without any, that of the last run of
    /// the project with `--coverage`.
    #[arg(value_name = "REPORT")]
    pub reports: Vec<PathBuf>,

    /// What to write: JSON for other programs and for putting reports together.
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t, help_heading = REPORT)]
    pub format: CoverageFormat,

    /// Write it to FILE instead of standard output.
    #[arg(short, long, value_name = "FILE", help_heading = REPORT)]
    pub output: Option<PathBuf>,
}

/// In which form coverage is reported.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum CoverageFormat {
    /// JSON.
    #[default]
    Json,
}
