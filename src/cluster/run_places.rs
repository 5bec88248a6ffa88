//! Where a run directory may lie: in memory when there is room, else among temporary files. It makes nothing.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::{ClusterError, ServiceUser};

/// Room that a run is taken to need when nothing else is said, in bytes.
const USUAL_ROOM: u64 = 512 << 20;

/// The longest path that a unix socket may have, in bytes: `sun_path` less its final zero.
pub(super) const LONGEST_SOCKET_PATH: usize = if cfg!(target_os = "linux") { 107 } else { 103 };

/// What a socket's path has below the parent of the run directory: the run directory, the server's directory
/// with a name of up to ten bytes, and the socket with a port of five digits.
const BELOW: usize = "/pgassay-run-4294967295-abcdef/0123456789.run/.s.PGSQL.65535".len();

/// The directories that may hold run directories; tests put their own in.
#[derive(Debug, Clone)]
pub struct RunPlaces {
    /// The value of `PGASSAY_RUN_DIR`: the only place, if it is set.
    pub named: Option<PathBuf>,
    /// The file system in memory.
    pub memory: PathBuf,
    /// The temporary directory.
    pub temporary: PathBuf,
    /// Where a short path is to be had when those of the others are too long for sockets: `/tmp`.
    pub last: PathBuf,
    /// How many bytes must be free in memory for the run directory to lie there.
    pub room: u64,
    /// The value of `PGASSAY_SERVER_USER`.
    pub server_user: Option<String>,
}

impl RunPlaces {
    /// Those of this process. `room` is how many bytes the run will need, 512 MiB if that is not known.
    pub fn of_process(room: Option<u64>) -> Self {
        let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty());
        let server_user = variable("PGASSAY_SERVER_USER");
        Self {
            named: variable("PGASSAY_RUN_DIR").map(PathBuf::from),
            memory: PathBuf::from("/dev/shm"),
            temporary: std::env::temp_dir(),
            last: PathBuf::from("/tmp"),
            room: room.unwrap_or(USUAL_ROOM),
            server_user: server_user.map(|name| name.to_string_lossy().into_owned()),
        }
    }

    /// Every directory in which run directories are looked for, each once.
    pub(super) fn all(&self) -> Vec<PathBuf> {
        let mut all: Vec<PathBuf> = Vec::new();
        let usual = [&self.memory, &self.temporary, &self.last];
        for place in self.named.iter().chain(usual) {
            // A place that does not exist holds nothing.
            if let Ok(real) = place.canonicalize()
                && !all.contains(&real)
            {
                all.push(real);
            }
        }
        all
    }

    /// The places in which to make a run directory, the best first, each as a real path; and why others are
    /// unfit, one each. A place that was named is the only one, and its being unfit is an error.
    pub(super) fn fit(
        &self,
        user: &ServiceUser,
    ) -> Result<(Vec<PathBuf>, Vec<String>), ClusterError> {
        if let Some(named) = &self.named {
            let real = named
                .canonicalize()
                .map_err(|error| ClusterError::NoPlace {
                    tried: format!("  PGASSAY_RUN_DIR is {}: {error}", named.display()),
                })?;
            too_long(&real)?;
            bars(&real, user)?;
            return Ok((vec![real], Vec::new()));
        }
        let mut fit: Vec<PathBuf> = Vec::new();
        let mut unfit = Vec::new();
        for place in [&self.memory, &self.temporary, &self.last] {
            let judged = place
                .canonicalize()
                .map_err(ClusterError::io("use", place))
                .and_then(|real| {
                    too_long(&real)?;
                    bars(&real, user)?;
                    Ok(real)
                });
            match judged {
                Ok(real) if fit.contains(&real) => {}
                Ok(real) if place == &self.memory && free_there(&real) < self.room => {
                    let free = free_there(&real) >> 20;
                    let wanted = self.room >> 20;
                    unfit.push(format!(
                        "{}: {free} MiB free, {wanted} wanted",
                        real.display()
                    ));
                }
                Ok(real) => fit.push(real),
                Err(error) => unfit.push(error.to_string()),
            }
        }
        Ok((fit, unfit))
    }
}

/// An error when sockets below `place` would have too long a path.
fn too_long(place: &Path) -> Result<(), ClusterError> {
    let length = place.as_os_str().as_bytes().len() + BELOW;
    if length <= LONGEST_SOCKET_PATH {
        return Ok(());
    }
    Err(ClusterError::SocketPathTooLong {
        path: place.join("pgassay-run-…/.s.PGSQL.5432"),
        length,
        allowed: LONGEST_SOCKET_PATH,
    })
}

/// An error when the server's user cannot get into `place`.
fn bars(place: &Path, user: &ServiceUser) -> Result<(), ClusterError> {
    match user.barrier(place) {
        None => Ok(()),
        Some(barrier) => Err(ClusterError::Barred {
            user: user.name().to_owned(),
            barrier,
            path: place.to_path_buf(),
            advice: "name another directory by PGASSAY_RUN_DIR (or TMPDIR)",
        }),
    }
}

/// How many bytes can be written below `place` in memory: what its file system has free, and no more than the
/// machine, and the control group that this process is in, have free; 0 when that cannot be found out.
fn free_there(place: &Path) -> u64 {
    [free_memory(), free_in_group()]
        .into_iter()
        .flatten()
        .fold(free_on(place), u64::min)
}

/// How many bytes the file system of `place` has free for users other than root; 0 when that cannot be found out.
pub(super) fn free_on(place: &Path) -> u64 {
    nix::sys::statvfs::statvfs(place).map_or(0, |found| {
        #[allow(
            clippy::useless_conversion,
            clippy::unnecessary_cast,
            reason = "these types are narrower on other systems"
        )]
        let (blocks, size) = (
            found.blocks_available() as u64,
            found.fragment_size() as u64,
        );
        blocks.saturating_mul(size)
    })
}

/// `MemAvailable` of Linux, in bytes.
fn free_memory() -> Option<u64> {
    mem_available(&fs::read_to_string("/proc/meminfo").ok()?)
}

/// The value of `MemAvailable` in the text of `/proc/meminfo`, in bytes.
fn mem_available(text: &str) -> Option<u64> {
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kilobytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kilobytes * 1024)
}

/// What the limit of a container's control group (version 2, else 1) leaves, in bytes; none without a limit.
fn free_in_group() -> Option<u64> {
    let number = |path: &str| -> Option<u64> { fs::read_to_string(path).ok()?.trim().parse().ok() };
    let pairs = [
        ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"),
        (
            "/sys/fs/cgroup/memory/memory.limit_in_bytes",
            "/sys/fs/cgroup/memory/memory.usage_in_bytes",
        ),
    ];
    let left = |(limit, used)| Some(number(limit)?.saturating_sub(number(used)?));
    pairs.into_iter().find_map(left)
}

#[cfg(test)]
mod tests {
    use super::mem_available;

    #[test]
    fn available_memory_is_read_in_bytes() {
        let text = "MemTotal:       24683520 kB\nMemFree:  1 kB\nMemAvailable:   23456 kB\n";
        assert_eq!(mem_available(text), Some(23456 * 1024));
        assert_eq!(mem_available("MemTotal: 5 kB\n"), None);
    }
}
