use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// The heading of the options that say what to write.
const REPORT: &str = "Report";
/// The heading of the options that say what coverage must come to.
const DEMANDS: &str = "What it must come to";

/// Arguments of `pgassay coverage`.
#[derive(Debug, Clone, Args)]
pub struct CoverageArgs {
    /// Reports that `pgassay coverage --format data` wrote, to be put together; without any, that of the last run of the
    /// project with `--coverage`.
    #[arg(value_name = "REPORT")]
    pub reports: Vec<PathBuf>,

    /// In which form.
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t, help_heading = REPORT)]
    pub format: CoverageFormat,

    /// Write it to FILE instead of standard output.
    #[arg(short, long, value_name = "FILE", help_heading = REPORT)]
    pub output: Option<PathBuf>,

    /// Demand that what migrations added or changed since REF, a revision of git, is covered.
    ///
    /// Where it is not, the exit code is 3. `coverage.since` in pgassay.toml says the same.
    #[arg(long, value_name = "REF", help_heading = DEMANDS)]
    pub since: Option<String>,

    /// Demand that nothing is worse than in FILE, the baseline.
    ///
    /// Where something is, the exit code is 3. `coverage.baseline` in pgassay.toml says the same.
    #[arg(long, value_name = "FILE", help_heading = DEMANDS)]
    pub baseline: Option<PathBuf>,

    /// Demand that so many percent of the branches of the schema's functions were taken.
    ///
    /// Where less were, the exit code is 3. `coverage.fail_under` in pgassay.toml says the same, and of other figures too.
    #[arg(long, value_name = "PERCENT", value_parser = super::percentage, allow_negative_numbers = true, help_heading = DEMANDS)]
    pub fail_under_branches: Option<f64>,

    /// Write the baseline anew, from this report.
    #[arg(long, help_heading = DEMANDS)]
    pub update_baseline: bool,
}

/// In which form coverage is reported.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum CoverageFormat {
    /// A table by schema and kind, and what is not covered.
    #[default]
    Text,
    /// For a comment on a pull request.
    Markdown,
    /// For other programs: docs/coverage.md tells its fields.
    Json,
    /// One page for a browser, which needs nothing else.
    Html,
    /// A tracefile of functions, lines and branches, for genhtml, editors and services.
    Lcov,
    /// The same as XML, for CI systems.
    Cobertura,
    /// An image (SVG) with the share of branches that were taken, for a README.
    Badge,
    /// What `pgassay coverage` itself can read again.
    Data,
}
