//! The tool as people run it: the built binary, in a project of one test's own, with nothing of this machine's
//! environment but what a test says. All that a run may leave lies in one directory, so that a test can show that
//! nothing is left.
#![allow(
    dead_code,
    unused_imports,
    reason = "each test program uses a part of it"
)]

mod ground;
mod host;
mod programs;
mod reports;
mod running;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

pub(crate) use ground::{
    base, can_mount, is_root, names, open_to_all, sees_processes, wait_until, working_in,
};
pub(crate) use host::{Host, password_file};
pub(crate) use programs::{binaries, major_version, psql, skip};
pub(crate) use reports::reports;
pub(crate) use running::{Ran, Running};

/// How long any run may take before a test gives it up.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// A test file of one assertion that passes and leaves nothing.
pub(crate) const PASSING: &str = "BEGIN;
SELECT plan(1);
SELECT pass('all is well');
SELECT finish();
ROLLBACK;
";

/// A project with directories around it for all that a run writes.
pub(crate) struct Project {
    directory: TempDir,
    binary: PathBuf,
}

impl Project {
    /// An empty project; none, with a word about it, on a machine without server binaries.
    pub(crate) fn new() -> Option<Self> {
        binaries()?;
        Some(Self::without_server())
    }

    /// An empty project for a test that needs no server.
    pub(crate) fn without_server() -> Self {
        let directory = tempfile::Builder::new()
            .prefix("pga")
            .tempdir_in(base())
            .unwrap();
        open_to_all(directory.path());
        for name in ["project", "runs", "home", "marks"] {
            let path = directory.path().join(name);
            fs::create_dir(&path).unwrap();
            open_to_all(&path);
        }
        Self {
            directory,
            binary: PathBuf::from(env!("CARGO_BIN_EXE_pgassay")),
        }
    }

    /// A copy of a project below `tests/data`.
    pub(crate) fn of(sample: &str) -> Option<Self> {
        let project = Self::new()?;
        copy(&samples().join(sample), &project.path());
        Some(project)
    }

    /// The project's directory, without symbolic links.
    pub(crate) fn path(&self) -> PathBuf {
        self.around().join("project")
    }

    /// The directory of everything: project, run directories, home, marks.
    pub(crate) fn around(&self) -> PathBuf {
        self.directory.path().canonicalize().unwrap()
    }

    /// The directory of run directories.
    pub(crate) fn runs(&self) -> PathBuf {
        self.around().join("runs")
    }

    /// Writes a file of the project.
    pub(crate) fn write(&self, name: &str, text: &str) -> &Self {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    /// Reads a file of the project.
    pub(crate) fn read(&self, name: &str) -> String {
        let path = self.path().join(name);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// A statement that makes the file `mark`, for [`Self::wait_for_mark`]. The server writes it, at once.
    pub(crate) fn marking(&self, mark: &str) -> String {
        let path = self.around().join("marks").join(mark);
        format!("COPY (SELECT) TO '{}';\n", path.display())
    }

    /// A test file that makes a mark and then waits for a minute.
    pub(crate) fn sleeping(&self, mark: &str) -> String {
        format!(
            "SELECT plan(1);\n{}SELECT pg_sleep(60);\nSELECT pass('slept');\n",
            self.marking(mark)
        )
    }

    /// Waits until a run has come to a mark.
    pub(crate) fn wait_for_mark(&self, mark: &str) {
        let path = self.around().join("marks").join(mark);
        wait_until(&format!("{mark} is reached"), || path.exists());
    }

    /// Lets an ordinary user run the tool, where this is root: with a copy of the binary in a place that everybody
    /// may enter, and the project open to all. Returns the user and the group; none where this is not root.
    pub(crate) fn for_ordinary_user(&mut self) -> Option<(u32, u32)> {
        if !is_root() {
            return None;
        }
        let user = nix::unistd::User::from_name("nobody").unwrap()?;
        let copy = self.around().join("pgassay");
        // Another process copies: were this one to hold the file open for writing while another test's thread
        // forks, running it would fail with "Text file busy".
        let copied = Command::new("cp").arg(&self.binary).arg(&copy).status();
        assert!(copied.unwrap().success());
        self.binary = copy;
        let opened = Command::new("chmod")
            .args(["-R", "a+rwX"])
            .arg(self.path())
            .status();
        assert!(opened.unwrap().success());
        Some((user.uid.as_raw(), user.gid.as_raw()))
    }

    /// The tool with these arguments, in the project's directory.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command
            .args(arguments)
            .current_dir(self.path())
            .stdin(Stdio::null())
            .env_clear()
            .env("HOME", self.around().join("home"))
            .env("PGASSAY_RUN_DIR", self.runs())
            .env("PGASSAY_CACHE_DIR", cache());
        // What finds the server's programs, and what measures coverage.
        for name in ["PATH", "PGASSAY_PG_BIN", "LLVM_PROFILE_FILE"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        command
    }

    /// Runs the tool to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.start(arguments).finish()
    }

    /// Starts the tool.
    pub(crate) fn start(&self, arguments: &[&str]) -> Running {
        Running::start(self.command(arguments), self.around())
    }

    /// What is left of runs: the names of directories, and processes that work anywhere around the project.
    pub(crate) fn left(&self) -> Vec<String> {
        let mut left = names(&self.runs());
        left.extend(working_in(&self.around()));
        left
    }

    /// Fails when a server process, a socket or a directory is left.
    #[track_caller]
    pub(crate) fn assert_nothing_is_left(&self) {
        assert_eq!(self.left(), Vec::<String>::new());
    }
}

impl Drop for Project {
    fn drop(&mut self) {
        // A server that a test which failed has left, though it was to last.
        if self.path().join(".pgassay").exists() {
            let mut stop = self.command(&["db", "stop"]);
            let _ = stop.stdout(Stdio::null()).stderr(Stdio::null()).status();
        }
        // What a test that failed has left, or one that shows how the next run finds it.
        if !names(&self.runs()).is_empty() {
            let mut clean = self.command(&["cache", "clean"]);
            clean.env("PGASSAY_CACHE_DIR", self.around().join("no-cache"));
            let _ = clean.stdout(Stdio::null()).stderr(Stdio::null()).status();
        }
    }
}

/// The cache that all tests share, so that initdb is paid for once.
pub(crate) fn cache() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("tool-cache")
}

/// The projects that tests run.
pub(crate) fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data")
}

fn copy(from: &Path, to: &Path) {
    for entry in walkdir::WalkDir::new(from) {
        let entry = entry.unwrap();
        let target = to.join(entry.path().strip_prefix(from).unwrap());
        if entry.file_type().is_dir() {
            fs::create_dir_all(&target).unwrap();
        } else {
            fs::copy(entry.path(), &target).unwrap();
        }
    }
}
