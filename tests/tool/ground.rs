//! What the machine has: places, processes, users.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use super::PATIENCE;

/// Where a test's directories are made: in memory where there is plenty, and anywhere with a short path, since
/// sockets lie below.
pub(crate) fn base() -> PathBuf {
    const PLENTY: u128 = 2 << 30;
    let memory = Path::new("/dev/shm");
    let free = nix::sys::statvfs::statvfs(memory).map_or(0, |found| {
        u128::from(found.blocks_available()) * u128::from(found.fragment_size())
    });
    let writable = nix::unistd::access(memory, nix::unistd::AccessFlags::W_OK).is_ok();
    if free > PLENTY && writable {
        memory.to_path_buf()
    } else {
        PathBuf::from("/tmp")
    }
}

pub(crate) fn is_root() -> bool {
    nix::unistd::Uid::effective().is_root()
}

/// Whether a command can be run where what it mounts is seen by no other process: root can, where the system lets it.
pub(crate) fn can_mount() -> bool {
    let tried = Command::new("unshare")
        .args(["-m", "sh", "-c", "mount -t tmpfs none /mnt"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    is_root() && tried.is_ok_and(|status| status.success())
}

/// Whether processes can be seen, with the directories in which they work.
pub(crate) fn sees_processes() -> bool {
    Path::new("/proc/self/cwd").exists()
}

/// The names in a directory, sorted.
pub(crate) fn names(directory: &Path) -> Vec<String> {
    let entries = directory.read_dir().unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

pub(crate) fn open_to_all(path: &Path) {
    fs::set_permissions(path, fs::Permissions::from_mode(0o777)).unwrap();
}

/// The processes that work inside a directory, as `pid program`; none where there is no `/proc`.
pub(crate) fn working_in(directory: &Path) -> Vec<String> {
    let Ok(entries) = Path::new("/proc").read_dir() else {
        return Vec::new();
    };
    let judge = |path: PathBuf| {
        let pid: u32 = path.file_name()?.to_str()?.parse().ok()?;
        let works_in = path.join("cwd").read_link().ok()?;
        let program = fs::read_to_string(path.join("comm")).ok()?;
        works_in
            .starts_with(directory)
            .then(|| format!("{pid} {}", program.trim()))
    };
    entries
        .filter_map(|entry| judge(entry.ok()?.path()))
        .collect()
}

/// Waits until something is so, for as long as a test has patience.
#[track_caller]
pub(crate) fn wait_until(what: &str, condition: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !condition() {
        assert!(Instant::now() < deadline, "waited in vain until {what}");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
}
