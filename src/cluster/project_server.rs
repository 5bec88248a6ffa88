//! The server that a project keeps for its developers: in a directory of the project, started once, running until it is
//! stopped. Its data are to last: it syncs what it writes, and neither the tool's end nor a crash loses any.
//!
//! ```text
//! .pgassay/            made by the tool's user
//!   .gitignore         `*`: nothing in here is for the repository
//!   lock               held while the server is started or stopped
//!   password           the superuser's, readable by the tool's user alone
//!   port               where it listens, chosen once
//!   server/            the server's user's alone: socket, log
//!     data/            the data directory
//! ```

use std::fs::{self, DirBuilder, File};
use std::io::{self, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::configuration::{Listening, lasting_conf, pg_hba_conf};
use super::error::last_lines;
use super::processes::{self, PidFile};
use super::program::{POLL, Program, ending};
use super::run_places::LONGEST_SOCKET_PATH;
use super::server::{is_free, socket_path, write_private};
use super::{Binaries, ClusterError, DataDirectory, Search, ServiceUser, find, tree};

/// Ports are chosen from here on: below those that systems give to connections (Linux: from 32768 on).
const FIRST_PORT: u16 = 15432;
/// From so many.
const PORTS: u16 = 10_000;
/// How long it may take to be ready: after a crash, it first recovers.
const READY_LIMIT: Duration = Duration::from_mins(2);
/// How long it may take to stop.
const STOP_LIMIT: Duration = Duration::from_mins(1);
/// How long the processes may take to end whose server was killed.
const ORPHANS_LIMIT: Duration = Duration::from_secs(5);
/// How many lines of the log an error shows.
const LOG_LINES: usize = 20;

/// The place of a project's server.
#[derive(Debug, Clone)]
pub struct ProjectServer {
    directory: PathBuf,
    user: ServiceUser,
}

/// A project's server that runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Running {
    /// The directory of its socket; none where that would have too long a path.
    pub socket_dir: Option<PathBuf>,
    /// Its port on 127.0.0.1, which is part of the socket's name too.
    pub port: u16,
    /// The process id of its postmaster.
    pub pid: i32,
    /// Its data directory.
    pub data_directory: PathBuf,
    /// The major version that made the data.
    pub version: String,
    /// Its log.
    pub log: PathBuf,
}

/// What came of starting it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Started {
    /// The server.
    pub running: Running,
    /// Whether it ran before.
    pub was_running: bool,
    /// Whether its data directory was made.
    pub is_new: bool,
}

impl ProjectServer {
    /// The one in `directory`, which need not exist, as `user` runs it.
    pub fn new(directory: &Path, user: ServiceUser) -> Self {
        // A server is known by its real path.
        let real = directory.canonicalize().or_else(|_| {
            let name = directory.file_name().unwrap_or_default();
            directory
                .parent()
                .unwrap_or(directory)
                .canonicalize()
                .map(|parent| parent.join(name))
        });
        Self {
            directory: real.unwrap_or_else(|_| directory.to_path_buf()),
            user,
        }
    }

    /// Whether a directory holds the data of such a server, which need not run.
    pub fn is_in(directory: &Path) -> bool {
        // What only others may look into is there.
        let data = directory.join("server/data");
        data.try_exists().unwrap_or(true)
    }

    /// The server, where it runs.
    pub fn running(&self) -> Option<Running> {
        let data = self.data_directory();
        let file = PidFile::read(&data).filter(|file| processes::is_inside(&data, file.pid))?;
        Some(Running {
            socket_dir: file.socket_dir,
            port: file.port,
            pid: file.pid,
            version: made_by(&data).unwrap_or_default(),
            data_directory: data,
            log: self.log(),
        })
    }

    /// The password of its superuser.
    ///
    /// # Errors
    ///
    /// It cannot be read.
    pub fn password(&self) -> Result<String, ClusterError> {
        let path = self.directory.join("password");
        let text = fs::read_to_string(&path).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => ClusterError::NoPassword { path },
            _ => ClusterError::io("read", &path)(source),
        })?;
        Ok(text.trim_end().to_owned())
    }

    /// Another password for its superuser, which nobody knows yet.
    ///
    /// # Errors
    ///
    /// The system's random source cannot be read.
    pub fn another_password() -> Result<String, ClusterError> {
        random_password()
    }

    /// Keeps another password of its superuser, which the server has to be told besides.
    ///
    /// # Errors
    ///
    /// It cannot be written.
    pub fn keep_password(&self, password: &str) -> Result<(), ClusterError> {
        write_password(&self.directory.join("password"), password)
    }

    /// Starts it, unless it runs; its data directory is made where there is none. It listens on `port`, else where it did
    /// before, else on one that is free.
    ///
    /// # Errors
    ///
    /// There are no binaries for its data; it does not start; the port is taken, or it runs on another one.
    pub fn start(&self, search: &Search, port: Option<u16>) -> Result<Started, ClusterError> {
        self.make_directory()?;
        let _lock = self.lock()?;
        if let Some(running) = self.running() {
            if search.version.is_some() || search.bin_dir.is_some() {
                // Nothing else than what runs may be asked for.
                self.binaries(search)?;
            }
            return match port {
                Some(wanted) if wanted != running.port => Err(ClusterError::OtherPort {
                    port: running.port,
                    wanted,
                }),
                _ => Ok(Started {
                    running,
                    was_running: true,
                    is_new: false,
                }),
            };
        }
        let data = DataDirectory::at(self.data_directory(), self.user.clone());
        let binaries = self.binaries(search)?;
        let port = self.port(port)?;
        let is_new = !data.path().exists();
        if is_new {
            self.make_data(&binaries, &data)?;
        }
        self.write_settings(&data, port)?;
        self.remove_what_is_stale()?;
        let before = fs::metadata(self.log()).map_or(0, |log| log.len());
        self.launch(&binaries, &data, before)?;
        let path = self.directory.join("port");
        fs::write(&path, format!("{port}\n")).map_err(ClusterError::io("write", &path))?;
        let running = self
            .running()
            .ok_or_else(|| self.died("it is gone again", before))?;
        Ok(Started {
            running,
            was_running: false,
            is_new,
        })
    }

    /// Stops it and waits until it is gone; what it was, where it ran.
    ///
    /// # Errors
    ///
    /// It does not stop.
    pub fn stop(&self) -> Result<Option<Running>, ClusterError> {
        if !self.directory.is_dir() {
            return Ok(None);
        }
        let _lock = self.lock()?;
        let Some(running) = self.running() else {
            return Ok(None);
        };
        // It was seen to work in its directory just now.
        let _ = kill(Pid::from_raw(running.pid), Signal::SIGINT);
        let deadline = Instant::now() + STOP_LIMIT;
        while processes::is_inside(&running.data_directory, running.pid) {
            if Instant::now() >= deadline {
                return Err(ClusterError::StillRunning {
                    data_directory: running.data_directory,
                    seconds: STOP_LIMIT.as_secs(),
                    log: self.end_of_log(0),
                });
            }
            std::thread::sleep(POLL * 5);
        }
        Ok(Some(running))
    }

    fn data_directory(&self) -> PathBuf {
        self.directory.join("server/data")
    }

    fn log(&self) -> PathBuf {
        self.directory.join("server/log")
    }

    /// Makes the directory and the private one of the server in it.
    fn make_directory(&self) -> Result<(), ClusterError> {
        self.refuse_others()?;
        let outer = self.directory.parent().unwrap_or(&self.directory);
        if let Some(barrier) = self.user.barrier(outer) {
            return Err(ClusterError::Barred {
                user: self.user.name().to_owned(),
                barrier,
                path: self.directory.clone(),
                advice: "name another directory for the data by PGASSAY_DATA_DIR (`data_dir` in pgassay.toml), or run pgassay as an \
                         ordinary user",
            });
        }
        let make = |path: &Path, mode| match DirBuilder::new().mode(mode).create(path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                Err(ClusterError::io("make", path)(error))
            }
            _ => Ok(()),
        };
        // The server's user only passes through.
        let mode = if self.user.is_other() { 0o711 } else { 0o700 };
        make(&self.directory, mode)?;
        let ignore = self.directory.join(".gitignore");
        if !ignore.exists() {
            fs::write(&ignore, "*\n").map_err(ClusterError::io("write", &ignore))?;
        }
        let server = self.directory.join("server");
        make(&server, 0o700)?;
        self.user
            .own(&server)
            .map_err(ClusterError::io("give to the server's user", &server))
    }

    /// An error where another user has made it.
    fn refuse_others(&self) -> Result<(), ClusterError> {
        let path = self.directory.join("server");
        match path.metadata() {
            Ok(found) if found.uid() != self.user.id() => Err(ClusterError::OthersServer {
                path,
                owner: found.uid(),
                user: self.user.name().to_owned(),
            }),
            _ => Ok(()),
        }
    }

    /// One process at a time starts or stops it.
    fn lock(&self) -> Result<File, ClusterError> {
        let path = self.directory.join("lock");
        let open = || {
            let mut options = File::options();
            let file = options.write(true).create(true).truncate(false).mode(0o600);
            let file = file.open(&path)?;
            file.lock()?;
            Ok(file)
        };
        open().map_err(ClusterError::io("lock", &path))
    }

    /// The programs: those of the version that made the data, where there are some.
    fn binaries(&self, search: &Search) -> Result<Binaries, ClusterError> {
        let data = self.data_directory();
        let Some(found) = made_by(&data) else {
            return find(search, &self.user);
        };
        let other = |wanted: String| ClusterError::OtherData {
            path: data.clone(),
            found: found.clone(),
            wanted,
        };
        let major: u32 = found.parse().unwrap_or_default();
        if let Some(wanted) = search.version.filter(|wanted| *wanted != major) {
            return Err(other(format!("PostgreSQL {wanted} is asked for")));
        }
        let of_data = Search {
            version: Some(major),
            ..search.clone()
        };
        match find(&of_data, &self.user) {
            Err(ClusterError::OtherVersion {
                version, bin_dir, ..
            }) => Err(other(format!("{} holds {version}", bin_dir.display()))),
            Err(ClusterError::NotFound(_)) => Err(other(
                "no server of that version is on this machine".to_owned(),
            )),
            result => result,
        }
    }

    /// Where it is to listen: nobody else does.
    fn port(&self, wanted: Option<u16>) -> Result<u16, ClusterError> {
        let kept = || {
            let text = fs::read_to_string(self.directory.join("port")).ok()?;
            text.trim().parse().ok()
        };
        if let Some(port) = wanted.or_else(kept) {
            let first = first_open_port();
            if port < first {
                return Err(ClusterError::PortForbidden { port, first });
            }
            return if is_free(port) {
                Ok(port)
            } else {
                Err(ClusterError::PortTaken { port })
            };
        }
        let first = fastrand::u16(..PORTS);
        let ports = (0..PORTS).map(|step| FIRST_PORT + (first + step) % PORTS);
        let mut free = ports.filter(|port| is_free(*port));
        free.next()
            .ok_or(ClusterError::PortTaken { port: FIRST_PORT })
    }

    /// Makes the data directory, under another name until it is whole.
    fn make_data(&self, binaries: &Binaries, data: &DataDirectory) -> Result<(), ClusterError> {
        let password = random_password()?;
        let server = self.directory.join("server");
        let path = server.join("password");
        write_password(&path, &password)?;
        self.user
            .own(&path)
            .map_err(ClusterError::io("give to the server's user", &path))?;
        let unfinished = server.join("data.new");
        tree::remove(&unfinished).map_err(ClusterError::io("remove", &unfinished))?;
        let made = DataDirectory::at(unfinished.clone(), self.user.clone());
        let result = made.make_lasting(binaries, &path);
        tree::remove_any(&path).map_err(ClusterError::io("remove", &path))?;
        result?;
        write_password(&self.directory.join("password"), &password)?;
        fs::rename(&unfinished, data.path()).map_err(ClusterError::io("rename", &unfinished))
    }

    fn write_settings(&self, data: &DataDirectory, port: u16) -> Result<(), ClusterError> {
        let server = self.directory.join("server");
        let length = socket_path(&server, port).as_os_str().as_bytes().len();
        let listening = Listening {
            // TCP is there in any case.
            socket_dir: (length <= LONGEST_SOCKET_PATH).then_some(&server),
            port,
            localhost: true,
        };
        write_private(data, "postgresql.conf", &lasting_conf(&listening)?)?;
        write_private(data, "pg_hba.conf", pg_hba_conf(true))
    }

    /// Removes what a server that was killed left to say that it runs. The next one would look whether there is a process of
    /// that number, and take any for it: another program's by now, or the dead one itself that nobody has buried.
    fn remove_what_is_stale(&self) -> Result<(), ClusterError> {
        let data = self.data_directory();
        // Processes of a server whose first one was killed end by themselves.
        let deadline = Instant::now() + ORPHANS_LIMIT;
        while processes::is_any_inside(&data) && Instant::now() < deadline {
            std::thread::sleep(POLL * 5);
        }
        if processes::is_any_inside(&data) {
            // Two servers in one directory would ruin it: the new one decides, and refuses.
            return Ok(());
        }
        let remove = |path: &Path| tree::remove_any(path).map_err(ClusterError::io("remove", path));
        if PidFile::read(&data).is_some() {
            remove(&data.join("postmaster.pid"))?;
        }
        let server = self.directory.join("server");
        let entries = fs::read_dir(&server).map_err(ClusterError::io("read", &server))?;
        for entry in entries.flatten() {
            if entry.file_name().as_bytes().starts_with(b".s.PGSQL.") {
                remove(&entry.path())?;
            }
        }
        Ok(())
    }

    /// Has `pg_ctl` start it, which detaches it from the terminal and waits until it is ready.
    fn launch(
        &self,
        binaries: &Binaries,
        data: &DataDirectory,
        before: u64,
    ) -> Result<(), ClusterError> {
        let server = self.directory.join("server");
        let (log, seconds) = (self.log(), READY_LIMIT.as_secs().to_string());
        let arguments = [
            "start".as_ref(),
            "-D".as_ref(),
            data.path().as_os_str(),
            "-l".as_ref(),
            log.as_os_str(),
            "-w".as_ref(),
            "-s".as_ref(),
            "-t".as_ref(),
            seconds.as_ref(),
        ];
        let program = Program::new(binaries.program("pg_ctl"), &self.user, &server);
        let (status, _) = program.run(&arguments, READY_LIMIT + POLL * 5000)?;
        if status.success() {
            Ok(())
        } else {
            Err(self.died(&ending(status), before))
        }
    }

    /// The error that it ended while it was starting. `before` is how long the log was then.
    fn died(&self, status: &str, before: u64) -> ClusterError {
        ClusterError::ServerDied {
            data_directory: self.data_directory(),
            status: status.to_owned(),
            log: self.end_of_log(before),
            advice: "",
        }
    }

    fn end_of_log(&self, from: u64) -> String {
        let bytes = fs::read(self.log()).unwrap_or_default();
        let from = usize::try_from(from).unwrap_or_default();
        let behind = bytes.get(from..).unwrap_or(&bytes);
        last_lines(&String::from_utf8_lossy(behind), LOG_LINES)
    }
}

/// The first port that a server may have without being root's.
fn first_open_port() -> u16 {
    let text = fs::read_to_string("/proc/sys/net/ipv4/ip_unprivileged_port_start");
    let said = text.ok().and_then(|text| text.trim().parse().ok());
    said.unwrap_or(1024)
}

/// The major version that made a data directory; none where there is none.
fn made_by(data: &Path) -> Option<String> {
    let text = fs::read_to_string(data.join("PG_VERSION")).ok()?;
    Some(text.trim().to_owned())
}

fn write_password(path: &Path, password: &str) -> Result<(), ClusterError> {
    let write = || {
        tree::remove_any(path)?;
        let mut options = File::options();
        let mut file = options
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)?;
        writeln!(file, "{password}")
    };
    write().map_err(ClusterError::io("write", path))
}

/// 32 hexadecimal digits from the system's random source.
fn random_password() -> Result<String, ClusterError> {
    let source = Path::new("/dev/urandom");
    let mut bytes = [0_u8; 16];
    File::open(source)
        .and_then(|mut file| file.read_exact(&mut bytes))
        .map_err(ClusterError::io("read", source))?;
    Ok(tree::hexadecimal(&bytes))
}
