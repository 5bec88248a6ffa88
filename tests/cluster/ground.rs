//! What the tests stand on: a ground of one test's own, and another process that holds a server.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::kill;
use nix::unistd::Pid;
use pgassay::cluster::{
    Binaries, Cache, ClusterError, DataDirectory, RunDirectory, RunPlaces, Search, Server,
    ServerOptions, ServiceUser, find,
};
use postgres::{Client, Config, NoTls};

/// A directory for run directories of one test's own, so that no test touches what others, or the machine's
/// people, have.
pub(crate) struct Ground {
    pub(crate) binaries: Binaries,
    pub(crate) directory: tempfile::TempDir,
    cache_dir: PathBuf,
}

impl Ground {
    /// Makes one; none, with a word about it, on a machine without server binaries.
    pub(crate) fn new() -> Option<Self> {
        let user = ServiceUser::choose(None).unwrap();
        let binaries = match find(&Search::here(None, None), &user) {
            Ok(binaries) => binaries,
            Err(error @ ClusterError::NotFound(_)) => {
                eprintln!("SKIPPED: {error}");
                return None;
            }
            Err(error) => panic!("{error}"),
        };
        let directory = tempfile::Builder::new().prefix("pga").tempdir().unwrap();
        open_to_all(directory.path());
        fs::create_dir(directory.path().join("runs")).unwrap();
        open_to_all(&directory.path().join("runs"));
        let cache_dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cluster-cache");
        Some(Self {
            binaries,
            directory,
            cache_dir,
        })
    }

    /// Makes one with an empty cache of its own, where others share one that lasts.
    pub(crate) fn with_empty_cache() -> Option<Self> {
        let ground = Self::new()?;
        let cache_dir = ground.directory.path().join("cache");
        Some(Self {
            cache_dir,
            ..ground
        })
    }

    pub(crate) fn runs(&self) -> PathBuf {
        self.directory.path().join("runs")
    }

    pub(crate) fn places(&self) -> RunPlaces {
        places(&self.runs())
    }

    pub(crate) fn run(&self) -> RunDirectory {
        RunDirectory::create(&self.places()).unwrap()
    }

    pub(crate) fn cache_dir(&self) -> PathBuf {
        self.cache_dir.clone()
    }

    pub(crate) fn cache(&self) -> Cache {
        Cache::new(self.cache_dir())
    }

    pub(crate) fn data(&self, run: &RunDirectory, name: &str) -> DataDirectory {
        DataDirectory::create(&self.binaries, run, name, Some(&self.cache())).unwrap()
    }

    pub(crate) fn server(&self, run: &RunDirectory, name: &str) -> Server {
        let data = self.data(run, name);
        Server::start(&self.binaries, &data, &ServerOptions::default()).unwrap()
    }

    /// The names in the directory of run directories.
    pub(crate) fn left(&self) -> Vec<String> {
        names(&self.runs())
    }
}

/// Only `directory` for run directories; there is nothing in memory.
pub(crate) fn places(directory: &Path) -> RunPlaces {
    RunPlaces {
        named: Some(directory.to_path_buf()),
        memory: directory.to_path_buf(),
        temporary: directory.to_path_buf(),
        last: directory.to_path_buf(),
        room: 0,
        server_user: None,
    }
}

pub(crate) fn names(directory: &Path) -> Vec<String> {
    let entries = directory.read_dir().unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

pub(crate) fn open_to_all(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o777)).unwrap();
}

pub(crate) fn connect(server: &Server) -> Client {
    connect_to(server.socket_dir(), server.port())
}

pub(crate) fn connect_to(socket_dir: &Path, port: u16) -> Client {
    let mut config = Config::new();
    config
        .host_path(socket_dir)
        .port(port)
        .user("postgres")
        .dbname("postgres");
    config.connect(NoTls).unwrap()
}

pub(crate) fn value(client: &mut Client, query: &str) -> String {
    client.query_one(query, &[]).unwrap().get(0)
}

pub(crate) fn show(client: &mut Client, setting: &str) -> String {
    value(client, &format!("SHOW {setting}"))
}

pub(crate) fn pid(number: u32) -> Pid {
    Pid::from_raw(i32::try_from(number).unwrap())
}

/// Whether a process is there and not a zombie.
pub(crate) fn lives(number: u32) -> bool {
    match fs::read_to_string(format!("/proc/{number}/stat")) {
        Ok(stat) => !stat.contains(") Z "),
        Err(_) if Path::new("/proc/self").exists() => false,
        Err(_) => kill(pid(number), None).is_ok(),
    }
}

pub(crate) fn wait_until(what: &str, condition: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while !condition() {
        assert!(Instant::now() < deadline, "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Another process with a server in a run directory: this test program, started anew. It is killed when dropped.
pub(crate) struct Holder {
    pub(crate) child: Child,
    pub(crate) run: PathBuf,
    pub(crate) postmaster: u32,
    /// Kept open, since the process goes on printing.
    _output: BufReader<ChildStdout>,
}

impl Holder {
    pub(crate) fn start(ground: &Ground) -> Self {
        Self::start_by(Command::new(std::env::current_exe().unwrap()), ground)
    }

    pub(crate) fn start_by(mut program: Command, ground: &Ground) -> Self {
        let mut child = program
            .args([
                "--exact",
                "holds_a_server_for_other_tests",
                "--ignored",
                "--nocapture",
            ])
            .env("PGASSAY_TEST_RUNS", ground.runs())
            .env("PGASSAY_TEST_CACHE", ground.cache_dir())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut lines = output.by_ref().lines();
        let told = lines.by_ref().map_while(Result::ok).find_map(|line| {
            let (_, told) = line.split_once("HOLDING ")?;
            let (postmaster, run) = told.split_once(' ')?;
            Some((postmaster.parse().unwrap(), PathBuf::from(run)))
        });
        let (postmaster, run) = told.expect("the other process should start a server");
        Self {
            child,
            run,
            postmaster,
            _output: output,
        }
    }

    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
