//! One program of the server's, started with a clean environment as the right user. It never inherits
//! `PG*` variables or a language, and never the terminal.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use super::error::last_lines;
use super::{ClusterError, ServiceUser};

/// How often a child is looked at.
pub(super) const POLL: Duration = Duration::from_millis(2);

/// A program that can be started.
#[derive(Debug)]
pub(super) struct Program<'a> {
    path: PathBuf,
    user: &'a ServiceUser,
    /// Where it works: a directory that its user may enter, since the tool's own may be closed to it.
    directory: &'a Path,
}

impl<'a> Program<'a> {
    /// The program at `path`, to be run by `user` in `directory`.
    pub(super) fn new(path: PathBuf, user: &'a ServiceUser, directory: &'a Path) -> Self {
        Self {
            path,
            user,
            directory,
        }
    }

    /// Starts it, both outputs going to `log`.
    pub(super) fn start<S: AsRef<OsStr>>(
        &self,
        arguments: &[S],
        log: &File,
    ) -> Result<Child, ClusterError> {
        let copies = || Ok((Stdio::from(log.try_clone()?), Stdio::from(log.try_clone()?)));
        let (out, err) = copies().map_err(|source| self.cannot_run(&source))?;
        self.spawn(arguments, out, err)
    }

    /// Runs it to its end, for at most `limit`, and returns how it ended and what it printed on both outputs.
    pub(super) fn run<S: AsRef<OsStr>>(
        &self,
        arguments: &[S],
        limit: Duration,
    ) -> Result<(ExitStatus, String), ClusterError> {
        let pipes = || {
            let (reader, writer) = io::pipe()?;
            Ok((
                reader,
                Stdio::from(writer.try_clone()?),
                Stdio::from(writer),
            ))
        };
        let (mut reader, out, err) = pipes().map_err(|source| self.cannot_run(&source))?;
        let mut child = self.spawn(arguments, out, err)?;
        // Read at the side, so that a full pipe does not stop the child.
        let output = std::thread::spawn(move || {
            let mut bytes = Vec::new();
            // What was read before an error is still worth showing.
            let _ = reader.read_to_end(&mut bytes);
            String::from_utf8_lossy(&bytes).into_owned()
        });
        let status = wait(&mut child, limit);
        if !matches!(status, Ok(Some(_))) {
            kill(&mut child);
        }
        let printed = output.join().unwrap_or_default();
        match status.map_err(|source| self.cannot_run(&source))? {
            Some(status) => Ok((status, printed)),
            None => Err(ClusterError::TooSlow {
                program: self.path.clone(),
                seconds: limit.as_secs(),
                output: last_lines(&printed, 20),
            }),
        }
    }

    fn spawn<S: AsRef<OsStr>>(
        &self,
        arguments: &[S],
        out: Stdio,
        err: Stdio,
    ) -> Result<Child, ClusterError> {
        let mut command = Command::new(&self.path);
        command
            .args(arguments)
            .current_dir(self.directory)
            .stdin(Stdio::null())
            .stdout(out)
            .stderr(err)
            // A group of its own, so that Ctrl-C on the terminal reaches the tool alone, which then stops
            // its servers in order.
            .process_group(0);
        clean_environment(&mut command);
        self.user.apply(&mut command);
        if self.user.is_other() {
            command.env("HOME", self.directory);
        }
        command.spawn().map_err(|source| self.cannot_run(&source))
    }

    fn cannot_run(&self, source: &io::Error) -> ClusterError {
        if let Some(barrier) = self.user.barrier(&self.path) {
            return ClusterError::Barred {
                user: self.user.name().to_owned(),
                barrier,
                path: self.path.clone(),
                advice: "open it to that user, or name another user by PGASSAY_SERVER_USER, or other binaries by \
                         --pg-bin",
            };
        }
        let why = if self.user.is_other() {
            format!(
                "{source}; root must be allowed to change to that user (a container may forbid it), and the user to \
                 run the program: name another by PGASSAY_SERVER_USER, or run as an ordinary user"
            )
        } else {
            format!("{source}; other binaries can be named by --pg-bin")
        };
        ClusterError::CannotRun {
            program: self.path.clone(),
            user: self.user.name().to_owned(),
            why,
        }
    }
}

/// Waits until `child` ends, for at most `limit`; none when it still runs then.
pub(super) fn wait(child: &mut Child, limit: Duration) -> io::Result<Option<ExitStatus>> {
    let deadline = Instant::now() + limit;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if Instant::now() >= deadline {
            return Ok(None);
        }
        std::thread::sleep(POLL);
    }
}

/// Kills `child` and its process group and reaps it.
pub(super) fn kill(child: &mut Child) {
    if let Ok(pid) = i32::try_from(child.id()) {
        // Fails only when the group is gone already, which is what is wanted.
        let _ = killpg(Pid::from_raw(pid), Signal::SIGKILL);
    }
    let _ = child.kill();
    let _ = child.wait();
}

/// How a program ended, in words: `exit status 1`, `signal 9`.
pub(super) fn ending(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit status {code}"),
        (None, Some(signal)) => match Signal::try_from(signal) {
            Ok(name) => format!("signal {signal} ({})", name.as_str()),
            Err(_) => format!("signal {signal}"),
        },
        (None, None) => "an unknown status".to_owned(),
    }
}

/// Takes away what would change a server's behaviour from outside, and fixes language and time zone.
fn clean_environment(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        if leaks(&name) {
            command.env_remove(&name);
        }
    }
    // Messages are read by the tool; with TZ set, initdb need not guess the zone by reading them all.
    command.env("LC_ALL", "C").env("TZ", "UTC");
}

/// Whether a variable of this name must not reach a server.
fn leaks(name: &OsStr) -> bool {
    let name = name.as_bytes();
    name.starts_with(b"PG")
        || name.starts_with(b"LC_")
        || name == b"LANG"
        || name == b"LANGUAGE"
        // A server built with systemd support would report its readiness to the tool's own supervisor.
        || name == b"NOTIFY_SOCKET"
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;

    #[test]
    fn variables_of_libpq_the_tool_and_the_language_do_not_leak() {
        for name in [
            "PGHOST",
            "PGDATA",
            "PGASSAY_PG_BIN",
            "PGOPTIONS",
            "LC_ALL",
            "LANG",
            "LANGUAGE",
        ] {
            assert!(super::leaks(OsStr::new(name)), "{name}");
        }
        for name in ["PATH", "LD_LIBRARY_PATH", "HOME", "TMPDIR", "LANGLEY"] {
            assert!(!super::leaks(OsStr::new(name)), "{name}");
        }
    }
}
