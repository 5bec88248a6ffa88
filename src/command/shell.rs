//! Commands run by `sh -c` in a process group of their own, of which nothing is left when they end.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use crate::session::{Shell, ShellCall, ShellEnd, ShellError, ShellStatus};

/// How often a running command is looked at: at first, and at last.
const POLLS: (Duration, Duration) = (Duration::from_millis(1), Duration::from_millis(20));
/// How long a command that is told to end has to do so by itself.
const GRACE: Duration = Duration::from_secs(2);
/// How much a command may print, in MiB.
const MOST_OUTPUT: u64 = 1024;
/// How much of what it prints on standard error is told, in bytes.
const MOST_ERRORS: u64 = 64 * 1024;

/// Runs the shell commands of scripts.
#[derive(Debug)]
pub(super) struct SystemShell;

impl Shell for SystemShell {
    fn run(&self, call: ShellCall<'_>) -> Result<ShellEnd, ShellError> {
        // Files, unlike pipes, never make the command wait for a reader.
        let mut output = tempfile::tempfile()?;
        let mut errors = tempfile::tempfile()?;
        let mut command = Command::new("sh");
        command
            .arg("-c")
            .arg(call.command)
            .current_dir(call.directory)
            .env_clear()
            .envs(call.environment)
            .stdin(call.input.map_or_else(Stdio::null, Stdio::from))
            .stdout(output.try_clone()?)
            .stderr(errors.try_clone()?);
        let mut group = Group::start(&mut command)?;
        let mut stopped = None;
        let status = group.wait(|| {
            if stopped.is_none() {
                stopped = match call.watch.ended() {
                    Some(ended) => Some(ShellError::Ended(ended)),
                    None => is_too_long(&output)
                        .or_else(|| is_too_long(&errors))
                        .map(ShellError::TooMuch),
                };
            }
            stopped.is_some()
        })?;
        if let Some(error) = stopped {
            return Err(error);
        }
        output.seek(SeekFrom::Start(0))?;
        errors.seek(SeekFrom::Start(0))?;
        let mut told = Vec::new();
        errors.take(MOST_ERRORS).read_to_end(&mut told)?;
        Ok(ShellEnd {
            output,
            errors: String::from_utf8_lossy(&told).into_owned(),
            status: match (status.code(), status.signal()) {
                (Some(code), _) => ShellStatus::Exited(code),
                (None, signal) => ShellStatus::Signalled(signal.unwrap_or_default()),
            },
        })
    }
}

/// The limit in MiB, where the file has passed it.
fn is_too_long(file: &File) -> Option<u64> {
    let length = file.metadata().map_or(0, |found| found.len());
    (length > MOST_OUTPUT << 20).then_some(MOST_OUTPUT)
}

/// A command and all that it starts. What is left of it is killed when it is dropped.
pub(super) struct Group {
    leader: Child,
}

impl Group {
    /// Starts a command in a process group of its own.
    pub(super) fn start(command: &mut Command) -> io::Result<Self> {
        let leader = command.process_group(0).spawn()?;
        Ok(Self { leader })
    }

    /// Waits until the command ends; once `must_end` says so, it is told to, and killed where it does not listen.
    pub(super) fn wait(&mut self, mut must_end: impl FnMut() -> bool) -> io::Result<ExitStatus> {
        let mut poll = POLLS.0;
        let mut told: Option<Instant> = None;
        loop {
            if let Some(status) = self.leader.try_wait()? {
                return Ok(status);
            }
            if must_end() {
                let since = *told.get_or_insert_with(Instant::now);
                let is_patient = since.elapsed() < GRACE;
                self.signal(if is_patient {
                    Signal::SIGTERM
                } else {
                    Signal::SIGKILL
                });
            }
            thread::sleep(poll);
            poll = (poll * 2).min(POLLS.1);
        }
    }

    /// Sends a signal to all of its processes, of which none may be left.
    fn signal(&self, signal: Signal) {
        if let Ok(id) = i32::try_from(self.leader.id()) {
            let _ = killpg(Pid::from_raw(id), signal);
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // What it has left in the background could keep files, pipes and connections open.
        self.signal(Signal::SIGKILL);
        let _ = self.leader.wait();
    }
}
