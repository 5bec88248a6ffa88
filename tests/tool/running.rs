//! A run of the tool: started, signalled, ended, and what it printed.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::{PATIENCE, wait_until};

/// A run that has begun. It is killed when dropped.
pub(crate) struct Running {
    child: Child,
    around: PathBuf,
    out: PathBuf,
    err: PathBuf,
}

/// A run that has ended.
#[derive(Debug)]
pub(crate) struct Ran {
    /// The exit code; none when a signal ended the process.
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
    around: PathBuf,
}

impl Running {
    /// Starts a command; its outputs go into files of the directory `around`.
    pub(crate) fn start(mut command: Command, around: PathBuf) -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let [out, err] = ["out", "err"].map(|name| around.join(format!("{name}{number}")));
        let child = command
            .stdout(File::create(&out).unwrap())
            .stderr(File::create(&err).unwrap())
            .spawn()
            .unwrap();
        Self {
            child,
            around,
            out,
            err,
        }
    }

    pub(crate) fn pid(&self) -> Pid {
        Pid::from_raw(i32::try_from(self.child.id()).unwrap())
    }

    /// Waits until it has printed a text on standard output.
    #[track_caller]
    pub(crate) fn wait_for(&self, text: &str) {
        wait_until(&format!("it prints {text:?}"), || {
            fs::read_to_string(&self.out).is_ok_and(|printed| printed.contains(text))
        });
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill(self.pid(), signal).unwrap();
    }

    /// Kills it, as nobody can object to, and waits until it is gone.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Waits for its end.
    #[track_caller]
    pub(crate) fn finish(mut self) -> Ran {
        let deadline = Instant::now() + PATIENCE;
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(
                Instant::now() < deadline,
                "it does not end; it printed:\n{}{}",
                fs::read_to_string(&self.out).unwrap(),
                fs::read_to_string(&self.err).unwrap()
            );
            std::thread::sleep(std::time::Duration::from_millis(5));
        };
        let read = |path: &Path| String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned();
        Ran {
            code: status.code(),
            out: read(&self.out),
            err: read(&self.err),
            around: self.around.clone(),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Ran {
    /// Fails when the exit code is another, showing all that was printed.
    #[track_caller]
    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}\n{}", self.out, self.err);
        self
    }

    /// Fails when standard output lacks one of these texts.
    #[track_caller]
    pub(crate) fn tells(self, texts: &[&str]) -> Self {
        for text in texts {
            assert!(
                self.out.contains(text),
                "no {text:?} in:\n{}{}",
                self.out,
                self.err
            );
        }
        self
    }

    /// The lines that give a file's verdict, sorted: `passed  sql-tests/a.sql`.
    pub(crate) fn verdicts(&self) -> Vec<String> {
        let mut verdicts: Vec<String> = self
            .out
            .lines()
            .filter_map(|line| line.trim_start().split_once("  "))
            .filter(|(word, rest)| {
                ["passed", "failed", "broken", "skipped"].contains(word) && rest.contains(" (")
            })
            .map(|(word, rest)| {
                let file = rest.split_once("  (").map_or(rest, |(file, _)| file);
                format!("{word}  {file}")
            })
            .collect();
        verdicts.sort();
        verdicts
    }

    /// All of it, for a snapshot: what differs from machine to machine and from run to run is replaced.
    pub(crate) fn shown(&self) -> String {
        let code = self.code.map_or("none".to_owned(), |code| code.to_string());
        let text = format!(
            "exit code {code}\n--- standard output\n{}--- standard error\n{}",
            self.out, self.err
        );
        let around = self.around.display().to_string();
        let mut text = text
            .replace(&format!("{around}/"), "/[AROUND]/")
            .replace(&super::cache().display().to_string(), "/[CACHE]");
        for (pattern, replacement) in [
            // Depends on what the cache that all tests share holds already.
            (
                r", the first [0-9]+ of them from the cache| from the cache",
                "",
            ),
            (r"pgassay-run-[0-9]+-[A-Za-z0-9]+", "pgassay-run-[ID]"),
            (r"pgassay_[0-9]+_[0-9a-f]+", "pgassay_[ID]"),
            (r"\b([0-9]+\.[0-9]+s|[0-9]+m [0-9.]+s)", "[TIME]"),
            (
                r"PostgreSQL [0-9]+(\.[0-9]+|beta[0-9]|rc[0-9]|devel)",
                "PostgreSQL [VERSION]",
            ),
            (r"\(os error [0-9]+\)", "(os error [N])"),
            (r"(?m)[ \t]+$", ""),
        ] {
            text = regex::Regex::new(pattern)
                .unwrap()
                .replace_all(&text, replacement)
                .into_owned();
        }
        text
    }
}
