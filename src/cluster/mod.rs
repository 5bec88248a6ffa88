//! A cluster is one `PostgreSQL` data directory and its server process. This module finds server
//! binaries, makes and copies data directories, keeps results of `initdb` in a cache, starts and
//! stops servers inside a run directory, and clears away what a dead run left behind.
//!
//! It never speaks SQL, and it prints nothing. Apart from `command` it is the only module that
//! starts processes.
//!
//! ```text
//! Search ─ find ─▶ Binaries ─┐
//! RunPlaces ─▶ RunDirectory ─┼─ create or load ─▶ DataDirectory ─▶ GoldenDirectory ─ copy_to ─▶ DataDirectory
//! Cache ─────────────────────┘                          └─ Server::start ─▶ Server ─ stop ─┘
//! ```
//!
//! Invariants:
//! - A server runs only in a run directory, and a run directory is locked by the process that made it.
//!   Whoever can take the lock may therefore clear the directory away: its maker is dead. The one exception is the server
//!   that a project keeps ([`ProjectServer`]), which outlives the tool and loses nothing when it crashes.
//! - A process is signalled only after it was seen to work inside the directory that is being cleared.
//! - A cache entry appears by one rename, whole, and is read under a shared lock.

mod binaries;
mod cache;
mod configuration;
mod data_directory;
mod error;
mod golden;
mod places;
mod processes;
mod program;
mod project_server;
mod run_directory;
mod run_places;
mod server;
mod service_user;
mod tree;
mod version;

pub use binaries::{Binaries, NotFound, Search, find};
pub use cache::{
    Cache, CacheKey, CacheLimits, Entry as CacheEntry, EntryKind, HeldEntry, Kept, KeptFile,
    KeptFileError, Removed, cache_clean,
};
pub use data_directory::DataDirectory;
pub use error::ClusterError;
pub use golden::GoldenDirectory;
pub use places::Surroundings;
pub use project_server::{ProjectServer, Running, Started};
pub use run_directory::{KeptServer, RunDirectory, Swept, sweep_kept};
pub use run_places::RunPlaces;
pub use server::{Mode, Server, ServerOptions};
pub use service_user::ServiceUser;
pub use version::ServerVersion;

/// The oldest major version of the server that the tool works with.
pub const OLDEST_SERVER: u32 = 13;
/// The superuser of every cluster that the tool makes.
pub const SUPERUSER: &str = "postgres";
