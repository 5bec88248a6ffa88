//! What can go wrong around a cluster. Each message names the thing, what was being done with it, why it
//! failed and what one can do.

use std::io;
use std::path::{Path, PathBuf};

use super::{NotFound, ServerVersion};

/// Why a cluster could not be found, made, started, stopped or cleared away.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// No usable server binaries on the machine.
    #[error("{0}")]
    NotFound(Box<NotFound>),
    /// The version that was asked for is too old.
    #[error(
        "PostgreSQL {wanted} is asked for, and the oldest that works is {}; ask for that or a later one",
        super::OLDEST_SERVER
    )]
    VersionTooOld {
        /// The major version asked for.
        wanted: u32,
    },
    /// The directory that was named holds no server binaries.
    #[error("{named_by} is {}, {why}; name the directory that holds `initdb` and `postgres`", bin_dir.display())]
    WrongDirectory {
        /// What named it: `--pg-bin` or `PGASSAY_PG_BIN`.
        named_by: &'static str,
        /// The directory.
        bin_dir: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The directory that was named holds a server that is too old.
    #[error(
        "{named_by} is {}, which holds {version}; the oldest that works is PostgreSQL {}: name another",
        bin_dir.display(), super::OLDEST_SERVER
    )]
    TooOld {
        /// What named it.
        named_by: &'static str,
        /// The directory.
        bin_dir: PathBuf,
        /// What it holds.
        version: Box<ServerVersion>,
    },
    /// The directory and the version that were chosen contradict one another.
    #[error(
        "{named_by} is {}, which holds {version}, but PostgreSQL {wanted} is asked for; drop one of the two",
        bin_dir.display()
    )]
    OtherVersion {
        /// What named the directory.
        named_by: &'static str,
        /// The directory.
        bin_dir: PathBuf,
        /// What it holds.
        version: Box<ServerVersion>,
        /// The major version asked for.
        wanted: u32,
    },
    /// A program cannot be started.
    #[error("cannot run {} as user `{user}`: {why}", program.display())]
    CannotRun {
        /// The program.
        program: PathBuf,
        /// The user that it should run as.
        user: String,
        /// What the system says, and what one can do.
        why: String,
    },
    /// `initdb` failed.
    #[error(
        "cannot make a data directory: {} ended with {status}; it printed:\n{output}\n{advice}",
        program.display()
    )]
    Initdb {
        /// The path of `initdb`.
        program: PathBuf,
        /// How it ended.
        status: String,
        /// The last lines of what it printed, indented.
        output: String,
        /// What one can do.
        advice: &'static str,
    },
    /// A program did not end in time.
    #[error("{} did not end within {seconds} s and was killed; it printed:\n{output}", program.display())]
    TooSlow {
        /// The program.
        program: PathBuf,
        /// How long it was waited for.
        seconds: u64,
        /// The last lines of what it printed, indented.
        output: String,
    },
    /// The disk (or memory, or quota) is full.
    #[error(
        "no room left in {} while trying to {doing}; make room there, or name a directory on another file \
         system: for servers by PGASSAY_RUN_DIR (or TMPDIR), for the cache by PGASSAY_CACHE_DIR (--no-cache does \
         without it)",
        directory.display()
    )]
    NoRoom {
        /// What was being done.
        doing: String,
        /// The directory on the full file system.
        directory: PathBuf,
    },
    /// The server ended while it was starting.
    #[error(
        "the server in {} ended while it was starting ({status}); the end of its log:\n{log}{advice}",
        data_directory.display()
    )]
    ServerDied {
        /// Its data directory.
        data_directory: PathBuf,
        /// How it ended.
        status: String,
        /// The last lines of its log, indented.
        log: String,
        /// What one can do, on a line of its own.
        advice: &'static str,
    },
    /// The server did not become ready.
    #[error(
        "the server in {} was not ready after {seconds} s and was stopped; the end of its log:\n{log}\n\
         if the machine is only very busy, run fewer jobs",
        data_directory.display()
    )]
    NotReady {
        /// Its data directory.
        data_directory: PathBuf,
        /// How long it was waited for.
        seconds: u64,
        /// The last lines of its log, indented.
        log: String,
    },
    /// The server did not stop cleanly in time, and was killed.
    #[error(
        "the server in {} did not shut down within {seconds} s and was killed; the end of its log:\n{log}",
        data_directory.display()
    )]
    NotStopped {
        /// Its data directory.
        data_directory: PathBuf,
        /// How long it was waited for.
        seconds: u64,
        /// The last lines of its log, indented.
        log: String,
    },
    /// The project's server goes on though it was told to stop.
    #[error(
        "the server in {} did not shut down within {seconds} s and still runs; the end of its log:\n{log}",
        data_directory.display()
    )]
    StillRunning {
        /// Its data directory.
        data_directory: PathBuf,
        /// How long it was waited for.
        seconds: u64,
        /// The last lines of its log, indented.
        log: String,
    },
    /// The project's server is another user's.
    #[error(
        "{} belongs to user {owner}, and pgassay would run its server as `{user}`; run pgassay as who started it first, or name \
         another directory by PGASSAY_DATA_DIR",
        path.display()
    )]
    OthersServer {
        /// Its directory.
        path: PathBuf,
        /// The number of the user whose it is.
        owner: u32,
        /// The user who would run it.
        user: String,
    },
    /// The project's data directory is another major version's.
    #[error(
        "the data in {} are of PostgreSQL {found}, and {wanted}; to go over to another version, dump them (pg_dumpall) with the \
         server of {found}, move the directory away, and read the dump into the new server; without a wish to keep them, \
         remove the directory",
        path.display()
    )]
    OtherData {
        /// The data directory.
        path: PathBuf,
        /// The major version that made it.
        found: String,
        /// What is there or wanted instead.
        wanted: String,
    },
    /// The project's server cannot have its port.
    #[error(
        "port {port} of 127.0.0.1, where this project's server listens, is taken by another program: end that, or choose another \
         port by `pgassay db start --port N`"
    )]
    PortTaken {
        /// The port.
        port: u16,
    },
    /// The project's server may not have that port.
    #[error(
        "port {port} is one that only root may listen on, and the server is not root's: choose one from {first} on by `pgassay db \
         start --port N`"
    )]
    PortForbidden {
        /// The port.
        port: u16,
        /// The first that anybody may have.
        first: u16,
    },
    /// The password of the project's server is gone.
    #[error("the password of this project's server is gone ({}): `pgassay db start` gives it another one", path.display())]
    NoPassword {
        /// Where it was.
        path: PathBuf,
    },
    /// The project's server listens on another port than the one asked for.
    #[error(
        "this project's server runs already, on port {port}: stop it first (`pgassay db stop`), then start it on port {wanted}"
    )]
    OtherPort {
        /// Where it listens.
        port: u16,
        /// Where it should.
        wanted: u16,
    },
    /// A setting's name cannot stand in `postgresql.conf`.
    #[error(
        "`{name}` is no name of a server setting; a name has letters, digits, `_`, `.` and no blanks"
    )]
    BadSetting {
        /// The name.
        name: String,
    },
    /// Run as root, and there is no user to run the server as.
    #[error(
        "the server does not run as root, and {why}; create a user (`useradd --system postgres`), or name \
         one by PGASSAY_SERVER_USER, or run as an ordinary user"
    )]
    UserMissing {
        /// Which user was looked for.
        why: String,
    },
    /// The server's user cannot be changed.
    #[error(
        "PGASSAY_SERVER_USER is `{wanted}`, but only root can run the server as another user and this is \
         `{current}`; unset it"
    )]
    UserNotAllowed {
        /// The user asked for.
        wanted: String,
        /// The user that runs the tool.
        current: String,
    },
    /// The server's user may not enter a directory.
    #[error(
        "the server runs as user `{user}`, who may not enter {}, so it cannot use {}; {advice}",
        barrier.display(), path.display()
    )]
    Barred {
        /// The server's user.
        user: String,
        /// The directory that bars the way.
        barrier: PathBuf,
        /// What lies behind it.
        path: PathBuf,
        /// What one can do.
        advice: &'static str,
    },
    /// No directory is fit to hold the run directory.
    #[error(
        "there is no directory for the server's files:\n{tried}\nname one that can be written to by PGASSAY_RUN_DIR"
    )]
    NoPlace {
        /// The directories looked at, each with the reason, one a line, indented.
        tried: String,
    },
    /// A socket's path would be longer than the system allows.
    #[error(
        "the socket {} would have a path of {length} bytes, and this system allows {allowed}; name a directory \
         with a shorter path by PGASSAY_RUN_DIR",
        path.display()
    )]
    SocketPathTooLong {
        /// The socket.
        path: PathBuf,
        /// Its length in bytes.
        length: usize,
        /// The longest that works.
        allowed: usize,
    },
    /// A data directory cannot be copied while its server runs.
    #[error(
        "cannot copy {}: there is a postmaster.pid, so a server runs in it or was killed; stop it first",
        path.display()
    )]
    Running {
        /// The data directory.
        path: PathBuf,
    },
    /// What the cache holds is not what was stored.
    #[error(
        "the entry {} of the cache was damaged; run again, which makes it anew, or use --no-cache",
        path.display()
    )]
    Damaged {
        /// The entry's directory.
        path: PathBuf,
    },
    /// An entry of the cache was damaged, and is gone.
    #[error("the entry {} was damaged, and is made anew", path.display())]
    Discarded {
        /// The directory that it had.
        path: PathBuf,
    },
    /// The cache cannot be read or written.
    #[error(
        "cannot {doing} the cache {}: {source}; mend or delete that directory, name another by PGASSAY_CACHE_DIR, \
         or use --no-cache",
        path.display()
    )]
    Cache {
        /// What was being done.
        doing: &'static str,
        /// The file or directory in the cache.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file or directory cannot be used.
    #[error("cannot {doing} {}: {source}", path.display())]
    Io {
        /// What was being done.
        doing: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

impl ClusterError {
    /// Wraps what the system said about `path`; a full file system becomes [`ClusterError::NoRoom`].
    pub(super) fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self + use<> {
        let path = path.to_path_buf();
        move |source| {
            if is_full(&source) {
                Self::NoRoom {
                    doing: format!("{doing} {}", path.display()),
                    directory: path.parent().unwrap_or(&path).to_path_buf(),
                }
            } else {
                Self::Io {
                    doing,
                    path,
                    source,
                }
            }
        }
    }

    /// Whether the file system is full on which this directory lies.
    pub fn is_no_room_in(&self, path: &Path) -> bool {
        matches!(self, Self::NoRoom { directory, .. } if directory.starts_with(path))
    }

    /// As [`ClusterError::io`], for the cache.
    pub(super) fn cache(
        doing: &'static str,
        path: &Path,
    ) -> impl FnOnce(io::Error) -> Self + use<> {
        let path = path.to_path_buf();
        move |source| {
            if is_full(&source) {
                Self::io(doing, &path)(source)
            } else {
                Self::Cache {
                    doing,
                    path,
                    source,
                }
            }
        }
    }
}

/// Whether the system refused because a file system or a quota is full.
fn is_full(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
    )
}

/// Whether a program's output says that a file system is full; the programs run with untranslated
/// messages, so the words are those of `strerror(ENOSPC)` and `strerror(EDQUOT)`.
pub(super) fn speaks_of_no_room(output: &str) -> bool {
    output.contains("No space left on device") || output.contains("Disk quota exceeded")
}

/// The last `count` lines of `text`, each indented by two blanks, without a line end after the last.
pub(super) fn last_lines(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .collect();
    if lines.is_empty() {
        return "  (nothing)".to_owned();
    }
    let tail = &lines[lines.len().saturating_sub(count)..];
    tail.iter()
        .map(|line| format!("  {line}"))
        .collect::<Vec<_>>()
        .join("\n")
}
