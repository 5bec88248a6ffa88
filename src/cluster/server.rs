//! The server process of a data directory: started, awaited, watched and stopped. It never runs SQL.
//!
//! Beside the data directory `<name>` lies `<name>.run`, with the server's socket and its log.

use std::fmt;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::configuration::{Listening, pg_hba_conf, postgresql_conf};
use super::error::{last_lines, speaks_of_no_room};
use super::processes::{self, IMMEDIATE_LIMIT, PidFile};
use super::program::{POLL, Program, ending, wait};
use super::run_places::LONGEST_SOCKET_PATH;
use super::{Binaries, ClusterError, DataDirectory, KeptServer, tree};

/// The port of a server that listens on its socket only; the directory is its own, so they may all have the same.
const SOCKET_PORT: u16 = 5432;
/// How many lines of the log an error shows.
const LOG_LINES: usize = 20;
/// How long a clean shutdown may take.
const FAST_LIMIT: Duration = Duration::from_mins(1);
/// How often another port is tried when somebody was quicker to take one.
const PORT_ATTEMPTS: usize = 5;

/// What a server is to do besides the usual.
#[derive(Debug, Clone)]
pub struct ServerOptions {
    /// Whether it also listens on a free TCP port of 127.0.0.1, where a password is required.
    pub listen_localhost: bool,
    /// Further settings for `postgresql.conf`, name and value.
    pub settings: Vec<(String, String)>,
    /// How long it may take until it is ready.
    pub ready_within: Duration,
}

impl Default for ServerOptions {
    fn default() -> Self {
        Self {
            listen_localhost: false,
            settings: Vec::new(),
            ready_within: Duration::from_mins(1),
        }
    }
}

/// How a server is stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Sessions are ended and everything is written, so that the data directory can be copied.
    Fast,
    /// At once, as if it had crashed.
    Immediate,
}

/// A running server. When it is dropped it is stopped at once.
pub struct Server {
    data: DataDirectory,
    directory: PathBuf,
    port: u16,
    localhost: bool,
    child: Child,
    /// Whether there is nothing left to stop.
    done: bool,
}

impl Server {
    /// Starts a server in `data` and waits until it is ready for connections. Its superuser is
    /// [`SUPERUSER`](super::SUPERUSER), who needs no password on the socket.
    pub fn start(
        binaries: &Binaries,
        data: &DataDirectory,
        options: &ServerOptions,
    ) -> Result<Self, ClusterError> {
        data.refuse_running()?;
        let mut attempts = 0;
        loop {
            attempts += 1;
            let mut server = Self::spawn(binaries, data, options)?;
            match server.wait_until_ready(options.ready_within) {
                Ok(()) => return Ok(server),
                Err(ClusterError::ServerDied { .. })
                    if attempts < PORT_ATTEMPTS
                        && options.listen_localhost
                        && server.log().contains("could not create any TCP/IP sockets") => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// The directory of its socket, for `host=` of a connection string.
    pub fn socket_dir(&self) -> &Path {
        &self.directory
    }

    /// Its port, which is part of the socket's name too.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Where it listens on TCP, if it does.
    pub fn tcp_address(&self) -> Option<SocketAddr> {
        self.localhost
            .then(|| SocketAddr::from((Ipv4Addr::LOCALHOST, self.port)))
    }

    /// Its data directory.
    pub fn data_directory(&self) -> &DataDirectory {
        &self.data
    }

    /// The process id of its postmaster.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// How long its log is now, in bytes: what comes later is [`log_since`](Self::log_since) then.
    pub fn log_length(&self) -> u64 {
        std::fs::metadata(self.directory.join("log")).map_or(0, |metadata| metadata.len())
    }

    /// The lines of its log from this length on, of very many the last ones.
    pub fn log_since(&self, length: u64) -> Vec<String> {
        let log = self.log_from(length);
        log.lines().map(str::to_owned).collect()
    }

    /// Whether its postmaster still runs.
    pub fn is_alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Stops it and gives back its data directory. A clean shutdown that takes longer than a minute ends in a kill
    /// and is an error.
    pub fn stop(mut self, mode: Mode) -> Result<DataDirectory, ClusterError> {
        if mode == Mode::Fast {
            self.signal(Signal::SIGINT);
            let ended = wait(&mut self.child, FAST_LIMIT);
            if !matches!(ended, Ok(Some(_))) {
                return Err(ClusterError::NotStopped {
                    data_directory: self.data.path().to_path_buf(),
                    seconds: FAST_LIMIT.as_secs(),
                    log: last_lines(&self.log(), LOG_LINES),
                });
            }
        }
        self.stop_at_once();
        Ok(self.data.clone())
    }

    /// Lets it run on and forgets it.
    pub(super) fn leave_running(mut self) -> KeptServer {
        self.done = true;
        self.as_kept()
    }

    /// What it will be once it is kept.
    pub fn as_kept(&self) -> KeptServer {
        KeptServer {
            socket_dir: self.directory.clone(),
            port: self.port,
            data_directory: self.data.path().to_path_buf(),
            pid: self.child.id(),
        }
    }

    /// Writes the settings and starts the process.
    fn spawn(
        binaries: &Binaries,
        data: &DataDirectory,
        options: &ServerOptions,
    ) -> Result<Self, ClusterError> {
        let localhost = options.listen_localhost;
        let port = if localhost { free_port()? } else { SOCKET_PORT };
        let mut name = data.path().file_name().unwrap_or_default().to_os_string();
        name.push(".run");
        let directory = data.path().with_file_name(name);
        let socket = socket_path(&directory, port);
        let length = socket.as_os_str().as_bytes().len();
        if length > LONGEST_SOCKET_PATH {
            return Err(ClusterError::SocketPathTooLong {
                path: socket,
                length,
                allowed: LONGEST_SOCKET_PATH,
            });
        }
        tree::remove(&directory).map_err(ClusterError::io("remove", &directory))?;
        tree::make_private(&directory, Some(data.user()))
            .map_err(ClusterError::io("make", &directory))?;
        let listening = Listening {
            socket_dir: Some(&directory),
            port,
            localhost,
        };
        let conf = postgresql_conf(binaries.version.major, &listening, &options.settings)?;
        write_private(data, "postgresql.conf", &conf)?;
        write_private(data, "pg_hba.conf", pg_hba_conf(localhost))?;
        let log_path = directory.join("log");
        let log = File::create_new(&log_path).map_err(ClusterError::io("write", &log_path))?;
        let child = Program::new(binaries.program("postgres"), data.user(), &directory)
            .start(&["-D".as_ref(), data.path().as_os_str()], &log)?;
        Ok(Self {
            data: data.clone(),
            directory,
            port,
            localhost,
            child,
            done: false,
        })
    }

    /// Waits until the server says that it is ready and its socket accepts, watching the process meanwhile.
    fn wait_until_ready(&mut self, limit: Duration) -> Result<(), ClusterError> {
        let deadline = Instant::now() + limit;
        let pid = i32::try_from(self.child.id()).ok();
        loop {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Err(self.died(status));
            }
            let says_so = PidFile::read(self.data.path())
                .is_some_and(|file| file.ready && Some(file.pid) == pid);
            if says_so && UnixStream::connect(socket_path(&self.directory, self.port)).is_ok() {
                return Ok(());
            }
            if Instant::now() >= deadline {
                return Err(ClusterError::NotReady {
                    data_directory: self.data.path().to_path_buf(),
                    seconds: limit.as_secs(),
                    log: last_lines(&self.log(), LOG_LINES),
                });
            }
            std::thread::sleep(POLL);
        }
    }

    /// The error for a server that ended while it was starting.
    fn died(&self, status: ExitStatus) -> ClusterError {
        let log = self.log();
        if speaks_of_no_room(&log) {
            return ClusterError::NoRoom {
                doing: "start a server".to_owned(),
                directory: self.data.path().to_path_buf(),
            };
        }
        let advice = if log.contains("could not create shared memory segment")
            || log.contains("Cannot allocate memory")
        {
            "\nthe machine (or container) has too little shared memory left: run fewer jobs or raise its limit"
        } else if log.contains("could not create lock file") || log.contains("Permission denied") {
            "\nthe server's user may not write there: name another directory by PGASSAY_RUN_DIR"
        } else {
            "\nanother server's binaries can be chosen by --pg-bin or --pg-version"
        };
        ClusterError::ServerDied {
            data_directory: self.data.path().to_path_buf(),
            status: ending(status),
            log: last_lines(&log, LOG_LINES),
            advice,
        }
    }

    /// The end of the log, at most 64 KiB; empty when it cannot be read.
    fn log(&self) -> String {
        self.log_from(0)
    }

    /// The log from a place on, at most its last 64 KiB; empty when it cannot be read.
    fn log_from(&self, start: u64) -> String {
        let read = || {
            let mut file = File::open(self.directory.join("log"))?;
            let length = file.metadata()?.len();
            file.seek(SeekFrom::Start(start.max(length.saturating_sub(64 << 10))))?;
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes)?;
            std::io::Result::Ok(String::from_utf8_lossy(&bytes).into_owned())
        };
        read().unwrap_or_default()
    }

    fn signal(&self, signal: Signal) {
        if let Ok(pid) = i32::try_from(self.child.id()) {
            // It is our child and not reaped, so the number is still its own.
            let _ = kill(Pid::from_raw(pid), signal);
        }
    }

    /// Makes sure that no process of this server is left: asks it to stop at once, and kills what does not.
    fn stop_at_once(&mut self) {
        self.done = true;
        if matches!(self.child.try_wait(), Ok(None)) {
            self.signal(Signal::SIGQUIT);
            if let Ok(Some(_)) = wait(&mut self.child, IMMEDIATE_LIMIT) {
                return;
            }
            let pid = i32::try_from(self.child.id()).ok();
            let _ = self.child.kill();
            let _ = self.child.wait();
            processes::stop_all(self.data.path());
            // It could not take its own file away, and nothing of it is left that the file would warn of.
            if PidFile::read(self.data.path()).is_some_and(|file| Some(file.pid) == pid) {
                let _ = tree::remove_any(&self.data.path().join("postmaster.pid"));
            }
            return;
        } else if PidFile::read(self.data.path()).is_none() {
            // It ended in order and has taken its children along.
            return;
        }
        processes::stop_all(self.data.path());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if !self.done {
            self.stop_at_once();
        }
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("data", &self.data.path())
            .field("socket_dir", &self.directory)
            .field("port", &self.port)
            .field("pid", &self.child.id())
            .finish_non_exhaustive()
    }
}

/// The path of the socket in `directory`.
pub(super) fn socket_path(directory: &Path, port: u16) -> PathBuf {
    directory.join(format!(".s.PGSQL.{port}"))
}

/// Whether nobody listens on this TCP port of 127.0.0.1.
pub(super) fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}

/// A TCP port of 127.0.0.1 that was free a moment ago.
fn free_port() -> Result<u16, ClusterError> {
    let bound = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|socket| socket.local_addr());
    bound
        .map(|address| address.port())
        .map_err(ClusterError::io(
            "find a free port on",
            Path::new("127.0.0.1"),
        ))
}

/// Writes a file of a data directory anew, readable by its owner only.
pub(super) fn write_private(
    data: &DataDirectory,
    name: &str,
    text: &str,
) -> Result<(), ClusterError> {
    let path = data.path().join(name);
    let write = || {
        tree::remove_any(&path)?;
        let mut file = File::options()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)?;
        file.write_all(text.as_bytes())?;
        data.user().own(&path)
    };
    write().map_err(ClusterError::io("write", &path))
}
