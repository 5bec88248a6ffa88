use clap::Args;

use crate::settings::Secret;

/// The heading of the options that say which database.
const DATABASE: &str = "Which database";

/// Which database a command works on.
#[derive(Debug, Clone, Default, Args)]
pub struct TargetArgs {
    /// Use the database of [environment.NAME] in pgassay.toml.
    ///
    /// Without it and without --url: `dev`; else the server that `pgassay db start` made; else the only environment there is.
    /// One that is protected has to be named. [env: `PGASSAY_ENV`]
    #[arg(long = "env", value_name = "NAME", conflicts_with = "url", help_heading = DATABASE)]
    pub environment: Option<String>,

    /// Use the database at URL.
    ///
    /// A connection string as libpq takes it: `postgres://user@host:5432/name` or `host=… user=… dbname=…`.
    #[arg(long, value_name = "URL", value_parser = super::secret, help_heading = DATABASE)]
    pub url: Option<Secret>,
}
