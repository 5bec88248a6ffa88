use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::cluster::{
    Binaries, ClusterError, DataDirectory, GoldenDirectory, Mode, RunDirectory, SUPERUSER, Server,
    ServerOptions,
};
use crate::session::conninfo::ConnInfo;

/// How the database is called that goes from version to version, on a server of the tool's own, while nothing is done there.
pub(super) const WALKER: &str = "pgassay_walk";
/// How the template of the version at hand is called there.
pub(super) const TEMPLATE: &str = "pgassay_at";
/// How the copy is called there that waits while a migration is taken back.
pub(super) const ASIDE: &str = "pgassay_aside";
/// What is made there besides the one database that tests and migrations know.
const OWN_DATABASES: [&str; 3] = [WALKER, TEMPLATE, ASIDE];

/// Where scratch databases are made.
#[derive(Debug)]
pub enum Ground {
    /// On clusters of the tool's own, one for each worker.
    Own(Box<OwnClusters>),
    /// On a server that exists already, shared by all workers.
    Shared {
        /// The way to it, to a database that is no test's.
        admin: Box<ConnInfo>,
        /// How the names of this run's databases begin.
        prefix: String,
        /// The number of the next one: no name comes twice, since a kept one stays.
        next: AtomicUsize,
    },
}

/// What clusters of workers are made from.
#[derive(Debug)]
pub struct OwnClusters {
    /// The server's programs.
    pub binaries: Binaries,
    /// The data directory that holds roles and template, and in which no server runs.
    pub golden: GoldenDirectory,
    /// Where all of it lives.
    pub run_directory: RunDirectory,
    /// Settings of the servers besides the usual ones.
    settings: Vec<(String, String)>,
    next: AtomicUsize,
}

impl Ground {
    /// A server that exists already.
    pub fn shared(admin: ConnInfo, prefix: String) -> Self {
        Self::Shared {
            admin: Box::new(admin),
            prefix,
            next: AtomicUsize::new(1),
        }
    }

    /// Whether its servers are the tool's own, where every role may log in.
    pub(super) fn is_own(&self) -> bool {
        matches!(self, Self::Own(_))
    }

    /// Whether what a server says in a line is about a database that this run has made on it.
    pub(super) fn is_about_own_database(&self, line: &str) -> bool {
        match self {
            Self::Own(_) => OWN_DATABASES.iter().any(|name| line.contains(name)),
            Self::Shared { prefix, .. } => line.contains(prefix),
        }
    }

    /// An error of a server on it, behind the reason that the server may not tell: no room is left for its files.
    pub(super) fn explain(&self, error: String) -> String {
        match self {
            Self::Own(clusters) => match clusters.run_directory.advice_on(&error) {
                Some(advice) => format!("{advice}\n{error}"),
                None => error,
            },
            Self::Shared { .. } => error,
        }
    }

    /// A name for a scratch database on a shared server; on an own cluster there is one name for all of them.
    pub fn scratch_name(&self, of_own: &str) -> String {
        match self {
            Self::Own(_) => of_own.to_owned(),
            Self::Shared { prefix, next, .. } => {
                format!("{prefix}_{}", next.fetch_add(1, Ordering::Relaxed))
            }
        }
    }
}

impl OwnClusters {
    /// Clusters made from `golden`.
    pub fn new(binaries: Binaries, golden: GoldenDirectory, run_directory: RunDirectory) -> Self {
        Self {
            binaries,
            golden,
            run_directory,
            settings: Vec::new(),
            next: AtomicUsize::new(1),
        }
    }

    /// The same, whose servers count what coverage wants to know.
    #[must_use]
    pub fn counting(self) -> Self {
        let settings = COUNTING.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Self {
            settings: settings.to_vec(),
            ..self
        }
    }

    /// Starts a server on a fresh copy of the golden data directory.
    ///
    /// # Errors
    /// It cannot be copied, or the server does not start.
    pub fn start(&self) -> Result<Server, ClusterError> {
        self.start_on(&self.golden.copy_to(&self.place())?)
    }

    /// Where a further data directory can be made.
    pub(super) fn place(&self) -> PathBuf {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        self.run_directory.path().join(format!("w{number}"))
    }

    /// Starts a server on a data directory of the run directory.
    pub(super) fn start_on(&self, data: &DataDirectory) -> Result<Server, ClusterError> {
        let options = ServerOptions {
            settings: self.settings.clone(),
            ..ServerOptions::default()
        };
        Server::start(&self.binaries, data, &options)
    }
}

/// What a session is set to where coverage is measured.
pub(super) const COUNTING: [(&str, &str); 3] = [
    // Counters that tell which functions were called.
    ("track_functions", "all"),
    // Probes tell their own session alone.
    ("max_parallel_workers_per_gather", "0"),
    ("max_parallel_maintenance_workers", "0"),
];

/// How long a server of the tool's own may take to let a session in: milliseconds are usual, and one that a test
/// file has stopped (SIGSTOP) lets nobody in ever again.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);

/// The way to a server of the tool's own, as its superuser, to the database that is no test's.
pub fn admin_of(server: &Server) -> ConnInfo {
    ConnInfo {
        connect_timeout: Some(CONNECT_TIMEOUT),
        ..ConnInfo::unix(server.socket_dir(), server.port(), SUPERUSER, SUPERUSER)
    }
}

/// Stops a server that is no longer needed and removes its data directory. That this fails is no news for
/// the tests: what is left goes with the run directory.
pub(super) fn discard(server: Server) {
    if let Ok(data) = server.stop(Mode::Immediate) {
        let _ = data.remove();
    }
}

/// The directories below which scripts may write: the project and the temporary directory.
pub fn writable_directories(project_dir: &Path) -> Vec<PathBuf> {
    vec![project_dir.to_owned(), std::env::temp_dir()]
}
