//! A data directory: made by `initdb` or taken from the cache, and copied. It never runs a server.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::error::{last_lines, speaks_of_no_room};
use super::program::{Program, ending};
use super::{
    Binaries, Cache, CacheKey, ClusterError, EntryKind, RunDirectory, SUPERUSER, ServiceUser, tree,
};

/// How long `initdb` may take; it takes about a second.
const INITDB_LIMIT: Duration = Duration::from_mins(5);

/// A data directory in a run directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataDirectory {
    path: PathBuf,
    user: ServiceUser,
}

impl DataDirectory {
    /// Makes a fresh data directory called `name` (at most ten bytes, so that the socket's path stays short) in
    /// `run`: from the cache where there is one and it holds it, else by `initdb`, whose result then goes into the
    /// cache. The cache only saves time, so that nothing fails because of it.
    pub fn create(
        binaries: &Binaries,
        run: &RunDirectory,
        name: &str,
        cache: Option<&Cache>,
    ) -> Result<Self, ClusterError> {
        Self::create_telling(binaries, run, name, cache, &mut |_| {})
    }

    /// As [`create`](Self::create); `remark` is told what is wrong with the cache.
    pub fn create_telling(
        binaries: &Binaries,
        run: &RunDirectory,
        name: &str,
        cache: Option<&Cache>,
        remark: &mut dyn FnMut(String),
    ) -> Result<Self, ClusterError> {
        let Some(cache) = cache else {
            return Self::initdb(binaries, run, name);
        };
        let key = initdb_key(binaries);
        match cache.load(&key, run, name) {
            Ok(Some((found, _))) => return Ok(found),
            Ok(None) => {}
            Err(error) if error.is_no_room_in(run.path()) => return Err(error),
            Err(error) => remark(format!(
                "what initdb makes cannot be taken from the cache: {error}"
            )),
        }
        let made = Self::initdb(binaries, run, name)?;
        if let Err(error) = cache.store(&key, &made, &binaries.version.text) {
            remark(format!(
                "what initdb makes is not kept in the cache: {error}"
            ));
        }
        Ok(made)
    }

    /// The one that was copied to `path` for `user`.
    pub(super) fn at(path: PathBuf, user: ServiceUser) -> Self {
        Self { path, user }
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Who owns it and runs its server.
    pub fn user(&self) -> &ServiceUser {
        &self.user
    }

    /// How many bytes it takes.
    pub fn size(&self) -> u64 {
        tree::size(&self.path)
    }

    /// Copies it to `path`, which must not exist and must lie in the same run directory. Refused while a server runs
    /// in it. Tablespaces become part of the copy.
    pub fn copy_to(&self, path: &Path) -> Result<Self, ClusterError> {
        self.refuse_running()?;
        tree::copy(&self.path, path, Some(&self.user))?;
        Ok(Self::at(path.to_path_buf(), self.user.clone()))
    }

    /// Removes it.
    pub fn remove(self) -> Result<(), ClusterError> {
        self.refuse_running()?;
        tree::remove(&self.path).map_err(ClusterError::io("remove", &self.path))
    }

    /// An error when a server runs in it, or ran and was killed.
    pub(super) fn refuse_running(&self) -> Result<(), ClusterError> {
        if self.path.join("postmaster.pid").exists() {
            return Err(ClusterError::Running {
                path: self.path.clone(),
            });
        }
        Ok(())
    }

    fn initdb(binaries: &Binaries, run: &RunDirectory, name: &str) -> Result<Self, ClusterError> {
        let data = Self::at(run.path().join(name), run.user().clone());
        data.make(binaries, &initdb_options(binaries.version.major))?;
        Ok(data)
    }

    /// Makes one by `initdb` that is to last, whose superuser has the password in a file that its user can read.
    pub(super) fn make_lasting(
        &self,
        binaries: &Binaries,
        password_file: &Path,
    ) -> Result<(), ClusterError> {
        let mut options = lasting_options(binaries.version.major);
        options.push(format!("--pwfile={}", password_file.display()));
        self.make(binaries, &options)
    }

    /// Runs `initdb` with these options, the locale apart.
    fn make(&self, binaries: &Binaries, options: &[String]) -> Result<(), ClusterError> {
        let (path, user) = (&self.path, &self.user);
        let directory = path.parent().unwrap_or(path);
        let program = binaries.program("initdb");
        let attempt = |ctype: &str| {
            let mut arguments = vec!["-D".into(), path.clone().into_os_string()];
            arguments.push(format!("--lc-ctype={ctype}").into());
            arguments.extend(options.iter().map(Into::into));
            Program::new(program.clone(), user, directory).run(&arguments, INITDB_LIMIT)
        };
        let [ctype, others @ ..] = CTYPES;
        let (mut status, mut printed) = attempt(ctype)?;
        for ctype in others {
            if printed.contains("invalid locale name") {
                (status, printed) = attempt(ctype)?;
            }
        }
        if status.success() {
            return Ok(());
        }
        if speaks_of_no_room(&printed) {
            return Err(ClusterError::NoRoom {
                doing: "make a data directory with initdb".to_owned(),
                directory: directory.to_path_buf(),
            });
        }
        Err(ClusterError::Initdb {
            program,
            status: ending(status),
            output: last_lines(&printed, 20),
            advice: if printed.contains("could not look up effective user ID") {
                "PostgreSQL runs only as a user that the system knows by name: enter this one in /etc/passwd, or run \
                 pgassay as root, who starts servers as `postgres` or `nobody`"
            } else {
                "another server's binaries can be chosen by --pg-bin or --pg-version"
            },
        })
    }
}

/// The options of `initdb` for a data directory that is to last. Text is ordered as in those of tests.
fn lasting_options(major: u32) -> Vec<String> {
    let mut options = vec![
        format!("--username={SUPERUSER}"),
        "--auth-local=trust".to_owned(),
        "--auth-host=scram-sha-256".to_owned(),
        "--encoding=UTF8".to_owned(),
        "--no-locale".to_owned(),
        "--data-checksums".to_owned(),
    ];
    if major >= 14 {
        options.push("--no-instructions".to_owned());
    }
    options
}

/// What tells letters from other characters, and their cases apart; the first that the system knows. With `C`, which it
/// always knows, only ASCII has letters: `initcap('élan')` would be `éLan`, and no production database is like that.
const CTYPES: [&str; 3] = ["C.UTF-8", "en_US.UTF-8", "C"];

/// The options of `initdb` for this major version, `--lc-ctype` apart.
fn initdb_options(major: u32) -> Vec<String> {
    let mut options = vec![
        format!("--username={SUPERUSER}"),
        "--auth=trust".to_owned(),
        "--encoding=UTF8".to_owned(),
        // The same order and messages on every machine: text is ordered by code points.
        "--no-locale".to_owned(),
        "--no-sync".to_owned(),
        // The first segment is written whole, and copied with every data directory.
        "--wal-segsize=1".to_owned(),
    ];
    if major >= 14 {
        options.push("--no-instructions".to_owned());
    }
    if major >= 18 {
        // On by default from here on; they cost time and guard nothing that lives this briefly.
        options.push("--no-data-checksums".to_owned());
    }
    options
}

/// What the result of `initdb` depends on. The size and time of `postgres` stand for builds that bear one version,
/// as development versions do.
fn initdb_key(binaries: &Binaries) -> CacheKey {
    let parts = initdb_parts(binaries);
    CacheKey::of(EntryKind::Initdb, parts.iter().map(String::as_bytes))
}

/// What a server and its fresh data directory are: the parts of a key.
pub(super) fn initdb_parts(binaries: &Binaries) -> Vec<String> {
    let stamp = binaries.program("postgres").metadata().ok().map(|found| {
        let changed = found.modified().ok();
        format!("{} {changed:?}", found.len())
    });
    vec![
        binaries.version.text.clone(),
        binaries.bin_dir.display().to_string(),
        stamp.unwrap_or_default(),
        initdb_options(binaries.version.major).join(" "),
        CTYPES.join(" "),
    ]
}
