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
    /// List what is in the cache: what was used last comes first.
    List,
    /// Delete everything in the cache that no run is using, and the servers that --keep-failed left.
    ///
    /// It stops all such servers of this user, whatever the project and whichever cache is meant. Databases that
    /// --keep-failed left on a server of your own (--url) are yours to drop.
    Clean,
}
