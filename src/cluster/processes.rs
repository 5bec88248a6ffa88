//! Server processes seen from outside: those that work inside a directory which is to be cleared away. A process
//! is signalled only after it was seen to be a server's program, to belong to the directory's owner, and to work
//! inside that directory.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::program::POLL;

/// How long a server may take to obey an immediate shutdown. The postmaster itself kills children that do not
/// obey after 5 s, so this is a little longer.
pub(super) const IMMEDIATE_LIMIT: Duration = Duration::from_secs(6);

/// The names of programs that work in a data directory.
const PROGRAMS: [&str; 3] = ["postgres", "postmaster", "initdb"];

/// What a server writes into `postmaster.pid` in its data directory.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct PidFile {
    /// The postmaster's process id.
    pub(super) pid: i32,
    /// Its port.
    pub(super) port: u16,
    /// The directory of its socket, where it has one.
    pub(super) socket_dir: Option<PathBuf>,
    /// Whether the server says that it is ready for connections.
    pub(super) ready: bool,
    /// Key and id of its System V shared memory segment.
    shared_memory: Option<(String, String)>,
}

impl PidFile {
    /// Reads the file of a data directory; none when it is not there or not (yet) whole.
    pub(super) fn read(data_directory: &Path) -> Option<Self> {
        Self::parse(&fs::read_to_string(data_directory.join("postmaster.pid")).ok()?)
    }

    /// Lines 1, 4, 5, 7 and 8 count: pid, port, socket directory, `key id` of the shared memory, state.
    fn parse(text: &str) -> Option<Self> {
        let lines: Vec<&str> = text.lines().collect();
        let pid = lines.first()?.trim().parse().ok().filter(|pid| *pid > 1)?;
        let mut memory = lines
            .get(6)
            .map_or("", |line| line)
            .split_whitespace()
            .map(str::to_owned);
        let line = |number: usize| lines.get(number).map_or("", |line| line.trim());
        Some(Self {
            pid,
            port: line(3).parse().unwrap_or(0),
            socket_dir: Some(line(4)).filter(|it| !it.is_empty()).map(PathBuf::from),
            ready: lines.get(7).is_some_and(|line| line.trim() == "ready"),
            shared_memory: memory.next().zip(memory.next()),
        })
    }
}

/// A running process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Process {
    pid: i32,
    parent: i32,
}

/// Stops every server process that works inside `directory` (which must be a real path), as quickly as it can be
/// done: an immediate shutdown, and a kill for those that do not obey. Returns how many servers there were.
pub(super) fn stop_all(directory: &Path) -> usize {
    let found = inside(directory);
    if found.is_empty() {
        forget_shared_memory(directory);
        return 0;
    }
    // A backend whose parent also works here is told by its parent.
    let heads = heads(&found);
    for process in &heads {
        signal(process.pid, Signal::SIGQUIT);
    }
    let deadline = Instant::now() + IMMEDIATE_LIMIT;
    while Instant::now() < deadline && !inside(directory).is_empty() {
        std::thread::sleep(POLL * 5);
    }
    kill_all(directory);
    forget_shared_memory(directory);
    heads.len()
}

/// Kills every server process that works inside `directory`, and waits until they are gone.
pub(super) fn kill_all(directory: &Path) {
    // New children can appear between looking and killing, so look again; a process in the kernel's hands may need
    // a moment to go, in which it has no program and no directory any more.
    let mut killed: Vec<i32> = Vec::new();
    for _ in 0..500 {
        let left = inside(directory);
        for process in &left {
            signal(process.pid, Signal::SIGKILL);
        }
        killed.extend(left.iter().map(|process| process.pid));
        killed.retain(|pid| is_going(*pid));
        if left.is_empty() && killed.is_empty() {
            return;
        }
        std::thread::sleep(POLL);
    }
}

/// Whether a killed process is still on its way out, as far as Linux's `/proc` tells: neither gone nor a zombie.
fn is_going(pid: i32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let state = stat.rsplit_once(')').map(|(_, after)| after.trim_start());
    state.is_some_and(|state| !state.starts_with(['Z', 'X']))
}

/// Whether this process is a server that works inside `directory` (which must be a real path).
pub(super) fn is_inside(directory: &Path, pid: i32) -> bool {
    inside(directory).iter().any(|process| process.pid == pid)
}

/// Whether any process of a server works inside `directory` (which must be a real path).
pub(super) fn is_any_inside(directory: &Path) -> bool {
    !inside(directory).is_empty()
}

/// Those whose parent is not among them.
fn heads(processes: &[Process]) -> Vec<Process> {
    let is_head = |one: &&Process| !processes.iter().any(|other| other.pid == one.parent);
    processes.iter().filter(is_head).copied().collect()
}

/// The server processes that work inside `directory`.
fn inside(directory: &Path) -> Vec<Process> {
    let Ok(owner) = fs::symlink_metadata(directory).map(|found| found.uid()) else {
        return Vec::new();
    };
    if Path::new("/proc/self/cwd").exists() {
        inside_by_proc(directory, owner)
    } else {
        let listing = Command::new("ps")
            // One -o each: BSD takes all that follows the first `=` for its heading.
            .args([
                "-A", "-ww", "-o", "pid=", "-o", "ppid=", "-o", "uid=", "-o", "command=",
            ])
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .output();
        let listing = listing.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
        inside_by_ps(&listing.unwrap_or_default(), directory, owner)
    }
}

/// By Linux's `/proc`: program, owner and working directory of each process are seen, so that even a backend which
/// has lost its postmaster is found.
fn inside_by_proc(directory: &Path, owner: u32) -> Vec<Process> {
    let Ok(entries) = Path::new("/proc").read_dir() else {
        return Vec::new();
    };
    let judge = |path: PathBuf| {
        let pid: i32 = path.file_name()?.to_str()?.parse().ok()?;
        let works_in = path.join("cwd").read_link().ok()?;
        if !works_in.starts_with(directory) || path.metadata().ok()?.uid() != owner {
            return None;
        }
        let program = path.join("exe").read_link().ok()?;
        is_server_program(program.file_name()?).then_some(())?;
        // `pid (name) state parent …`; the name may hold anything, a bracket too.
        let stat = fs::read_to_string(path.join("stat")).ok()?;
        let parent = stat
            .rsplit_once(')')?
            .1
            .split_whitespace()
            .nth(1)?
            .parse()
            .ok()?;
        Some(Process { pid, parent })
    };
    entries
        .filter_map(|entry| judge(entry.ok()?.path()))
        .collect()
}

/// Whether a program's file name is that of a server's program; Linux adds ` (deleted)` after an upgrade.
fn is_server_program(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    PROGRAMS.contains(&name.strip_suffix(" (deleted)").unwrap_or(&name))
}

/// By the output of `ps` with the columns pid, ppid, uid and command: the programs that were started with a data directory inside
/// `directory`, and their children.
fn inside_by_ps(listing: &str, directory: &Path, owner: u32) -> Vec<Process> {
    let option = format!(" -D {}", directory.display());
    // The program's path may have blanks in it.
    let is_head = |line: &str| {
        line.split_once(&option).is_some_and(|(program, after)| {
            let name = program.rsplit(['/', ' ']).next().unwrap_or_default();
            is_server_program(name.as_ref()) && (after.is_empty() || after.starts_with(['/', ' ']))
        })
    };
    let mut found: Vec<Process> = Vec::new();
    let mut others: Vec<Process> = Vec::new();
    for line in listing.lines() {
        let mut words = line.split_whitespace();
        let mut number = || words.next()?.parse::<i64>().ok();
        let (Some(pid), Some(parent), Some(uid)) = (number(), number(), number()) else {
            continue;
        };
        let (Ok(pid), Ok(parent)) = (i32::try_from(pid), i32::try_from(parent)) else {
            continue;
        };
        if uid != i64::from(owner) {
            continue;
        }
        if is_head(line) {
            found.push(Process { pid, parent });
        } else {
            others.push(Process { pid, parent });
        }
    }
    let is_child = |one: &Process| found.iter().any(|head| head.pid == one.parent);
    let children: Vec<Process> = others.into_iter().filter(is_child).collect();
    found.extend(children);
    found
}

/// Sends a signal; that the process is gone already is as good.
fn signal(pid: i32, signal: Signal) {
    let _ = kill(Pid::from_raw(pid), signal);
}

/// Removes the small System V segments that killed postmasters below `directory` left. They are known by the
/// `postmaster.pid` that is still there, and are removed only where the kernel says (Linux) that this very process
/// made them and nobody uses them.
fn forget_shared_memory(directory: &Path) {
    let Ok(segments) = fs::read_to_string("/proc/sysvipc/shm") else {
        return;
    };
    for file in data_directories(directory)
        .iter()
        .filter_map(|path| PidFile::read(path))
    {
        if let Some(id) = unused_segment(&segments, &file) {
            // Nothing is lost but 56 bytes when there is no ipcrm.
            let _ = Command::new("ipcrm")
                .args(["-m", id])
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status();
        }
    }
}

/// The id of the segment that `file` names, when `/proc/sysvipc/shm` lists it as made by that process and used by
/// nobody.
fn unused_segment<'a>(segments: &str, file: &'a PidFile) -> Option<&'a str> {
    let (key, id) = file.shared_memory.as_ref()?;
    let creator = file.pid.to_string();
    // key shmid perms size cpid lpid nattch …
    let matches = segments.lines().any(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        matches!(words.as_slice(), [a, b, _, _, maker, _, "0", ..] if a == key && b == id && *maker == creator)
    });
    matches.then_some(id)
}

/// The data directories below `directory`, symbolic links not followed.
fn data_directories(directory: &Path) -> Vec<PathBuf> {
    let mut walk = walkdir::WalkDir::new(directory).max_depth(3).into_iter();
    let mut found = Vec::new();
    while let Some(entry) = walk.next() {
        let Ok(entry) = entry else { continue };
        if entry.file_type().is_dir() && entry.path().join("PG_VERSION").is_file() {
            found.push(entry.path().to_path_buf());
            walk.skip_current_dir();
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const PID_FILE: &str =
        "2820\n/dev/shm/x\n1763762000\n5432\n/dev/shm/s\n\n         3         4\nready   \n";

    #[test]
    fn a_pid_file_tells_pid_state_and_shared_memory() {
        let file = PidFile::parse(PID_FILE);
        let memory = Some(("3".to_owned(), "4".to_owned()));
        let wanted = PidFile {
            pid: 2820,
            port: 5432,
            socket_dir: Some("/dev/shm/s".into()),
            ready: true,
            shared_memory: memory,
        };
        assert_eq!(file, Some(wanted));
    }

    #[test]
    fn a_pid_file_in_mid_write_is_not_ready() {
        let starting = PidFile::parse(&PID_FILE.replace("ready", "starting"));
        assert_eq!(starting.map(|file| file.ready), Some(false));
        assert_eq!(
            PidFile::parse("2820\n/dev/shm/x\n").map(|file| file.ready),
            Some(false)
        );
        for text in ["", "\n", "x\n", "0\n", "1\n", "-5\n"] {
            assert_eq!(PidFile::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn only_an_unused_segment_of_that_very_process_is_removed() {
        let file = PidFile {
            pid: 2820,
            ready: true,
            shared_memory: Some(("3".into(), "4".into())),
            ..PidFile::default()
        };
        let line = |maker: &str, users: &str| {
            format!("key shmid\n 3 4 600 56 {maker} 12983 {users} 101 104\n")
        };
        assert_eq!(unused_segment(&line("2820", "0"), &file), Some("4"));
        assert_eq!(unused_segment(&line("2820", "6"), &file), None);
        assert_eq!(unused_segment(&line("2821", "0"), &file), None);
        assert_eq!(unused_segment("", &file), None);
    }

    #[test]
    fn ps_shows_the_servers_of_a_directory_and_their_children_and_no_others() {
        let listing = "\
    1     0     0 /sbin/init
  700     1   501 /Volumes/My Disk/bin/postgres -D /tmp/pgassay-run-9-abc/w0
  701   700   501 postgres: pgassay: checkpointer
  702   700   501 postgres: pgassay: ada app [local] SELECT
  800     1   501 /opt/homebrew/opt/postgresql@16/bin/postgres -D /tmp/pgassay-run-9-abcdef/w0
  801   800   501 postgres: checkpointer
  900     1   502 /opt/homebrew/opt/postgresql@16/bin/postgres -D /tmp/pgassay-run-9-abc/w1
  950     1   501 vi -D /tmp/pgassay-run-9-abc/w0/postgresql.conf
";
        let found = inside_by_ps(listing, Path::new("/tmp/pgassay-run-9-abc"), 501);
        let pids: Vec<i32> = found.iter().map(|process| process.pid).collect();
        assert_eq!(pids, [700, 701, 702]);
        assert_eq!(
            heads(&found),
            [Process {
                pid: 700,
                parent: 1
            }]
        );
        let found = inside_by_ps(listing, Path::new("/tmp/pgassay-run-9-abcdef/w0"), 501);
        assert_eq!(found.len(), 2);
    }
}
