//! Commands run by `sh -c` in a process group of their own, of which nothing is left when they end. What leaves the group
//! (`setsid`) is not followed, and what is killed outright (`SIGKILL`) ends nothing: then commands stay.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, killpg};
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid};
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

/// A command and all that it starts in its group. What is left of that is killed when the command has ended, or when
/// this is dropped.
pub(super) struct Group {
    leader: Child,
    /// Whether the leader's id may be somebody else's by now.
    is_reaped: bool,
}

impl Group {
    /// Starts a command in a process group of its own.
    pub(super) fn start(command: &mut Command) -> io::Result<Self> {
        let leader = command.process_group(0).spawn()?;
        Ok(Self {
            leader,
            is_reaped: false,
        })
    }

    /// Waits until the command ends; once `must_end` says so, it is told to, and killed where it does not listen.
    pub(super) fn wait(&mut self, mut must_end: impl FnMut() -> bool) -> io::Result<ExitStatus> {
        let mut poll = POLLS.0;
        let mut told: Option<Instant> = None;
        while !self.has_ended() {
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
        self.end()
    }

    /// Whether the leader has ended. It is left as it is, so that its id is nobody else's yet.
    fn has_ended(&self) -> bool {
        let flags = WaitPidFlag::WEXITED | WaitPidFlag::WNOHANG | WaitPidFlag::WNOWAIT;
        let found = self.id().map(|id| waitid(Id::Pid(id), flags));
        // An end that has no name (a real-time signal) is an error here.
        !matches!(found, Some(Ok(WaitStatus::StillAlive)))
    }

    /// Ends what is left of the group, and gives back the leader's id.
    fn end(&mut self) -> io::Result<ExitStatus> {
        // What it has left in the background could keep files, pipes and connections open.
        self.signal(Signal::SIGKILL);
        self.is_reaped = true;
        self.leader.wait()
    }

    /// Sends a signal to all processes of the group, of which none may be left.
    fn signal(&self, signal: Signal) {
        if let Some(id) = self.id() {
            let _ = killpg(id, signal);
        }
    }

    /// The id of the leader and its group, while it is theirs.
    fn id(&self) -> Option<Pid> {
        let id = i32::try_from(self.leader.id()).ok()?;
        (!self.is_reaped).then(|| Pid::from_raw(id))
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if !self.is_reaped {
            let _ = self.end();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(command: &str) -> Group {
        Group::start(Command::new("sh").arg("-c").arg(command)).unwrap()
    }

    #[test]
    fn the_group_is_ended_before_its_id_is_given_back() {
        let mut group = group("sleep 60 & exit 3");
        let id = group.id().unwrap();
        assert_eq!(group.wait(|| false).unwrap().code(), Some(3));
        // Its id may be another's from here on, so that no more signals go there.
        assert_eq!(group.id(), None);
        let begun = Instant::now();
        while killpg(id, None).is_ok() {
            assert!(begun.elapsed() < Duration::from_secs(10), "it is left");
            thread::sleep(Duration::from_millis(5));
        }
    }

    #[test]
    fn a_signal_without_a_name_is_an_end_too() {
        let status = group("kill -40 $$; sleep 60").wait(|| false).unwrap();
        assert_eq!(status.signal(), Some(40));
    }
}
