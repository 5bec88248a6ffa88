//! A run directory: the private directory in which all servers of one run live, locked by the process that made
//! it for as long as that lives, and how those of dead processes are cleared away.
//!
//! It is made under a hidden name, locked, and only then renamed to `pgassay-run-<pid>-<random>`. So whoever finds
//! one under that name and can take its lock (or finds none) knows that its maker is gone.

use std::fs::{self, File, Permissions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt, lchown};
use std::path::{Path, PathBuf};
use std::time::Duration;

use nix::unistd::Uid;

use super::error::{last_lines, speaks_of_no_room};
use super::tree::{self, gone};
use super::{ClusterError, RunPlaces, Server, ServiceUser, processes, run_places};

/// How the name of a run directory begins.
const PREFIX: &str = "pgassay-run-";
/// How it begins until it is locked.
const HIDDEN_PREFIX: &str = ".pgassay-run-";
/// The file that the maker keeps locked.
const LOCK: &str = "lock";
/// The file that lists the servers which are to go on after the run, one name a line.
const KEPT: &str = "kept";
/// The age at which a hidden directory without a lock holder is taken for abandoned.
const ABANDONED: Duration = Duration::from_mins(1);

/// The directory of this run. When it is dropped, servers in it are stopped and it is removed, except for servers
/// that are kept.
#[derive(Debug)]
pub struct RunDirectory {
    path: PathBuf,
    user: ServiceUser,
    swept: Swept,
    removed: bool,
    /// Holds the lock; closed by the system at the latest when the process ends.
    _lock: File,
}

/// What dead runs had left and what became of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Swept {
    /// The run directories that were removed.
    pub directories: Vec<PathBuf>,
    /// How many servers still ran in them and were stopped.
    pub servers: usize,
    /// What could not be removed, and why: a line each.
    pub failures: Vec<String>,
}

/// A server that goes on after the run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptServer {
    /// The directory of its socket.
    pub socket_dir: PathBuf,
    /// Its port, which is part of the socket's name.
    pub port: u16,
    /// Its data directory.
    pub data_directory: PathBuf,
    /// The process id of its postmaster.
    pub pid: u32,
}

impl RunDirectory {
    /// Clears away what dead runs left (see [`Swept`]), then makes and locks a new run directory in the best of
    /// `places`, owned by the user that will run the servers.
    pub fn create(places: &RunPlaces) -> Result<Self, ClusterError> {
        let user = ServiceUser::choose(places.server_user.as_deref())?;
        let swept = sweep(places, Kind::Dead);
        let (fit, mut unfit) = places.fit(&user)?;
        for place in fit {
            match make_in(&place, &user) {
                Ok((path, lock)) => {
                    return Ok(Self {
                        path,
                        user,
                        swept,
                        removed: false,
                        _lock: lock,
                    });
                }
                Err(error) => unfit.push(error.to_string()),
            }
        }
        Err(ClusterError::NoPlace {
            tried: last_lines(&unfit.join("\n"), usize::MAX),
        })
    }

    /// Its path: absolute, without symbolic links.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The user who runs the servers in it and owns what they write.
    pub fn user(&self) -> &ServiceUser {
        &self.user
    }

    /// What dead runs had left.
    pub fn swept(&self) -> &Swept {
        &self.swept
    }

    /// What one can do about an error of a server in it that comes of a full file system; none for other errors, and
    /// for those that tell it already.
    pub fn advice_on(&self, error: &str) -> Option<String> {
        const TOLD: &str = "no room left";
        const NEXT_TO_NOTHING: u64 = 1 << 20;
        if error.contains(TOLD) {
            return None;
        }
        // Some messages of the server do not say that this is why.
        (speaks_of_no_room(error) || run_places::free_on(&self.path) < NEXT_TO_NOTHING).then(|| {
            format!(
                "there is no room left in {}: make room there, or name a directory on another file system by \
                 PGASSAY_RUN_DIR",
                self.path.display()
            )
        })
    }

    /// Lets `server` go on after the run: neither this value's end nor a later run's sweep touches it, only
    /// [`sweep_kept`] does. The server's data directory must lie in this run directory.
    pub fn keep(&self, server: Server) -> Result<KeptServer, ClusterError> {
        let marker = self.path.join(KEPT);
        let mark = || {
            let mut file = File::options().append(true).create(true).open(&marker)?;
            for path in [server.data_directory().path(), server.socket_dir()] {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                writeln!(file, "{name}")?;
            }
            Ok(())
        };
        mark().map_err(ClusterError::io("mark as kept by writing", &marker))?;
        Ok(server.leave_running())
    }

    /// Stops what still runs in it and removes it, except for kept servers.
    pub fn remove(mut self) -> Result<(), ClusterError> {
        self.removed = true;
        clear(&self.path)
            .map(drop)
            .map_err(ClusterError::io("remove", &self.path))
    }
}

impl Drop for RunDirectory {
    fn drop(&mut self) {
        if !self.removed {
            // There is nobody to tell; what stays is found by the next run, which does tell.
            let _ = clear(&self.path);
        }
    }
}

/// Stops the servers that runs with kept servers have left, and removes their directories; runs that still go on
/// are not touched. Clears away what dead runs left as well.
pub fn sweep_kept(places: &RunPlaces) -> Swept {
    sweep(places, Kind::DeadOrKept)
}

/// Which run directories are swept.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Dead,
    DeadOrKept,
}

/// Makes a run directory below `place`; returns its path and the lock.
fn make_in(place: &Path, user: &ServiceUser) -> Result<(PathBuf, File), ClusterError> {
    let hidden = tempfile::Builder::new()
        .prefix(HIDDEN_PREFIX)
        .permissions(Permissions::from_mode(0o700))
        .tempdir_in(place)
        .map_err(ClusterError::io("make a directory in", place))?;
    let lock_path = hidden.path().join(LOCK);
    let lock = File::create_new(&lock_path).map_err(ClusterError::io("write", &lock_path))?;
    lock.lock().map_err(ClusterError::io("lock", &lock_path))?;
    user.own(hidden.path())
        .map_err(ClusterError::io("give to the server's user", hidden.path()))?;
    let name = hidden
        .path()
        .file_name()
        .unwrap_or_default()
        .to_string_lossy();
    let random = name.strip_prefix(HIDDEN_PREFIX).unwrap_or(&name);
    let path = place.join(format!("{PREFIX}{}-{random}", std::process::id()));
    fs::rename(hidden.path(), &path).map_err(ClusterError::io("make", &path))?;
    // From here on it is this run directory's to remove.
    let _ = hidden.keep();
    Ok((path, lock))
}

/// Clears away the run directories of dead processes in all places, as far as this user made them.
fn sweep(places: &RunPlaces, kind: Kind) -> Swept {
    let mut swept = Swept::default();
    for place in places.all() {
        let Ok(entries) = place.read_dir() else {
            continue;
        };
        for path in entries.filter_map(Result::ok).map(|entry| entry.path()) {
            match sweep_one(&path, kind) {
                Ok(None) => {}
                Ok(Some(servers)) => {
                    swept.servers += servers;
                    swept.directories.push(path);
                }
                Err(error) => {
                    swept
                        .failures
                        .push(format!("cannot remove {}: {error}", path.display()));
                }
            }
        }
    }
    swept
}

/// Clears away one directory if it is a run directory, ours, and its maker is dead. Returns how many servers were
/// stopped, or none when it was left alone.
fn sweep_one(path: &Path, kind: Kind) -> io::Result<Option<usize>> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let hidden = name.starts_with(HIDDEN_PREFIX);
    if !hidden && !name.starts_with(PREFIX) {
        return Ok(None);
    }
    let Ok(found) = fs::symlink_metadata(path) else {
        return Ok(None);
    };
    let own = Uid::effective();
    let abandoned = found.modified()?.elapsed().is_ok_and(|age| age > ABANDONED);
    if !found.is_dir() || (hidden && !abandoned) {
        return Ok(None);
    }
    let lock_path = path.join(LOCK);
    // Root's run directories belong to the server's user, but the lock in them to root. Nobody else's directory is
    // judged, since its owner could lay traps in it.
    let ours = match fs::symlink_metadata(&lock_path) {
        Ok(lock) => lock.is_file() && lock.uid() == own.as_raw(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => found.uid() == own.as_raw(),
        Err(_) => false,
    };
    if !ours {
        return Ok(None);
    }
    // Held until the directory is gone, so that no other sweep works on it at the same time.
    let _lock = match File::open(&lock_path) {
        Ok(lock) => match lock.try_lock() {
            Ok(()) => Some(lock),
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(error),
        },
        // The lock goes last: somebody who cleared this directory was stopped in the middle.
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    if kind == Kind::DeadOrKept {
        tree::remove_any(&path.join(KEPT))?;
    }
    let servers = clear(path)?;
    Ok((!path.exists()).then_some(servers))
}

/// Stops the servers in a run directory and removes it; what it lists as kept, and then the directory itself,
/// stays. Returns how many servers were stopped.
fn clear(path: &Path) -> io::Result<usize> {
    let kept = match fs::read_to_string(path.join(KEPT)) {
        Ok(text) => text.lines().map(str::to_owned).collect(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(error),
    };
    if kept.is_empty() {
        let servers = processes::stop_all(path);
        for entry in path.read_dir()? {
            let entry = entry?;
            if entry.file_name() != LOCK {
                remove_entry(&entry.path())?;
            }
        }
        // For root the directory must be its own before the lock goes, or it would not know it again.
        if Uid::effective().is_root() {
            gone(lchown(path, Some(0), None))?;
        }
        // The lock last: see `sweep_one`.
        tree::remove_any(&path.join(LOCK))?;
        gone(fs::remove_dir(path))?;
        return Ok(servers);
    }
    let mut servers = 0;
    for entry in path.read_dir()? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name != LOCK && name != KEPT && !kept.contains(&name) {
            if entry.file_type()?.is_dir() {
                servers += processes::stop_all(&entry.path());
            }
            remove_entry(&entry.path())?;
        }
    }
    Ok(servers)
}

/// Removes an entry of a run directory.
fn remove_entry(path: &Path) -> io::Result<()> {
    if fs::symlink_metadata(path).is_ok_and(|found| found.is_dir()) {
        tree::remove(path)
    } else {
        tree::remove_any(path)
    }
}
