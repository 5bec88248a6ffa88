//! A copy of the project whose test files misbehave, and runs of the tool in it.

use std::fs::{self, File};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use nix::unistd::geteuid;
use pgassay::cluster::{ClusterError, Search, ServiceUser, find};

/// A copy of `tests/data/misbehaviour`, with what cannot lie in a repository.
pub(crate) struct Project {
    home: tempfile::TempDir,
    pub(crate) root: PathBuf,
}

/// What came of a run.
pub(crate) struct Run {
    /// The exit code.
    pub(crate) exit: i32,
    /// Standard output, with `[project]` for the project's directory.
    pub(crate) stdout: String,
    /// Standard error.
    pub(crate) stderr: String,
    /// The JUnit file, with `[project]` for the project's directory; empty where there is none.
    pub(crate) junit: String,
    /// The most memory that the tool held at once, in megabytes, where the system tells.
    pub(crate) peak: Option<u64>,
    /// How long it took.
    pub(crate) elapsed: Duration,
}

impl Project {
    /// Makes one; none, with a word about it, on a machine without server binaries.
    pub(crate) fn new() -> Option<Self> {
        let user = ServiceUser::choose(None).unwrap();
        match find(&Search::here(None, None), &user) {
            Ok(_) => {}
            Err(error @ ClusterError::NotFound(_)) => {
                eprintln!("SKIPPED: {error}");
                return None;
            }
            Err(error) => panic!("{error}"),
        }
        let home = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(home.path()).unwrap().join("project");
        let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/misbehaviour");
        copy(&data, &root);
        let texts = root.join("sql-tests/texts");
        symlink("gone.sql", texts.join("dangling.sql")).unwrap();
        fs::create_dir(texts.join("directory.sql")).unwrap();
        if !geteuid().is_root() {
            // Root reads it all the same.
            let path = texts.join("unreadable.sql");
            fs::write(&path, "SELECT plan(1);\n").unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
        }
        Some(Self { home, root })
    }

    /// Runs `pgassay test LINE` in the project.
    pub(crate) fn test(&self, line: &str) -> Run {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let junit = self.home.path().join("junit.xml");
        let (out, err) = (
            self.home.path().join("stdout"),
            self.home.path().join("stderr"),
        );
        let mut command = Command::new(env!("CARGO_BIN_EXE_pgassay"));
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy();
            if name.starts_with("PG") || name.ends_with("_COLOR") || name.starts_with("XDG_") {
                command.env_remove(&*name);
            }
        }
        let began = Instant::now();
        let mut child = command
            .arg("test")
            .args(line.split_whitespace())
            .arg("--junit")
            .arg(&junit)
            .env("HOME", self.home.path())
            .env("PGASSAY_CACHE_DIR", target.join("run-cache"))
            .current_dir(&self.root)
            .stdin(Stdio::null())
            .stdout(File::create(&out).unwrap())
            .stderr(File::create(&err).unwrap())
            .spawn()
            .unwrap();
        let mut peak = None;
        let status = loop {
            peak = peak.max(high_water_mark(child.id()));
            if let Some(status) = child.try_wait().unwrap() {
                break status;
            }
            std::thread::sleep(Duration::from_millis(20));
        };
        let shown = |path: &Path| {
            let text = fs::read_to_string(path).unwrap_or_default();
            text.replace(&*self.root.to_string_lossy(), "[project]")
        };
        Run {
            exit: status.code().unwrap(),
            stdout: shown(&out),
            stderr: shown(&err),
            junit: shown(&junit),
            peak,
            elapsed: began.elapsed(),
        }
    }
}

/// `VmHWM` of a process, in megabytes: the most that was in memory at once until now.
fn high_water_mark(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes / 1024)
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in from.read_dir().unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
