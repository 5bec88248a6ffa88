use clap::{Args, Subcommand};

/// Arguments of `pgassay cache`.
#[derive(Debug, Clone, Args)]
pub struct CacheArgs {
    /// What to do with it.
    #[command(subcommand)]
    pub command: CacheCommand,
}

/// What to do with the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Subcommand)]
pub enum CacheCommand {
    /// Delete everything in the cache that no run is using.
    Clean,
}
