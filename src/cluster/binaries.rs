//! Server binaries: a directory with `initdb` and `postgres`, and how one is chosen. It starts these programs
//! only to ask for their version.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rayon::prelude::*;

use super::data_directory::initdb_parts;
use super::error::last_lines;
use super::places::{Place, Surroundings, places};
use super::program::{Program, ending};
use super::{ClusterError, OLDEST_SERVER, ServerVersion, ServiceUser};

/// How long `postgres --version` may take.
const VERSION_LIMIT: Duration = Duration::from_secs(20);

/// A directory with the programs of one server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binaries {
    /// The directory, absolute, without symbolic links.
    pub bin_dir: PathBuf,
    /// The version that `postgres --version` told.
    pub version: ServerVersion,
}

impl Binaries {
    /// The path of one of the programs.
    pub fn program(&self, name: &str) -> PathBuf {
        self.bin_dir.join(name)
    }

    /// What the outcome of SQL depends on besides the SQL, in words that change with it: the server, a fresh data
    /// directory, and the extensions that are installed for it.
    pub fn signature(&self) -> Vec<String> {
        let mut parts = initdb_parts(self);
        parts.extend(
            self.extension_directories()
                .iter()
                .flat_map(|path| files(path)),
        );
        parts
    }

    /// Where this server looks for extensions: beside its programs, or where Debian puts them.
    fn extension_directories(&self) -> [PathBuf; 3] {
        let beside = self.bin_dir.join("../share");
        let debian = format!("/usr/share/postgresql/{}/extension", self.version.major);
        [
            beside.join("postgresql/extension"),
            beside.join("extension"),
            debian.into(),
        ]
    }
}

/// Name, size and time of each file in a directory, in order; nothing where there is no such directory.
fn files(directory: &Path) -> Vec<String> {
    let entries = directory.read_dir().into_iter().flatten().flatten();
    let mut files: Vec<String> = entries
        .filter_map(|entry| {
            let found = entry.metadata().ok()?;
            let path = entry.path();
            Some(format!(
                "{} {} {:?}",
                path.display(),
                found.len(),
                found.modified().ok()
            ))
        })
        .collect();
    files.sort();
    files
}

/// What is searched for, and where.
#[derive(Debug, Clone)]
pub struct Search {
    /// The directory that was named by `--pg-bin` (or the settings), if one was.
    pub bin_dir: Option<PathBuf>,
    /// The major version that was asked for, if one was.
    pub version: Option<u32>,
    /// The surroundings, among them `PGASSAY_PG_BIN`.
    pub surroundings: Surroundings,
}

impl Search {
    /// A search in the surroundings of this process.
    pub fn here(bin_dir: Option<PathBuf>, version: Option<u32>) -> Self {
        Self {
            bin_dir,
            version,
            surroundings: Surroundings::of_process(),
        }
    }
}

/// Finds server binaries. A directory that is named (`search.bin_dir`, else `PGASSAY_PG_BIN`) is taken or is an
/// error. Otherwise all places are looked at and the newest major version wins, of two the one in the earlier
/// place; when a version is asked for, its newest minor version. The programs run as `user`.
pub fn find(search: &Search, user: &ServiceUser) -> Result<Binaries, ClusterError> {
    if let Some(wanted) = search.version
        && wanted < OLDEST_SERVER
    {
        return Err(ClusterError::VersionTooOld { wanted });
    }
    let around = &search.surroundings;
    let named = search.bin_dir.as_deref().map(|dir| ("--pg-bin", dir));
    let named = named.or_else(|| around.pg_bin.as_deref().map(|dir| ("PGASSAY_PG_BIN", dir)));
    match named {
        Some((named_by, bin_dir)) => take_named(named_by, bin_dir, search.version, user),
        None => choose(&places(around, user), search.version, user),
    }
}

/// The binaries in a directory that somebody named.
fn take_named(
    named_by: &'static str,
    bin_dir: &Path,
    wanted: Option<u32>,
    user: &ServiceUser,
) -> Result<Binaries, ClusterError> {
    if let Some(missing) = missing_program(bin_dir) {
        return Err(ClusterError::WrongDirectory {
            named_by,
            bin_dir: bin_dir.to_path_buf(),
            why: if bin_dir.is_dir() {
                format!("where there is no `{missing}`")
            } else {
                "and there is no such directory".to_owned()
            },
        });
    }
    let found = ask_version(bin_dir, user)?;
    if found.version.major < OLDEST_SERVER {
        return Err(ClusterError::TooOld {
            named_by,
            bin_dir: found.bin_dir,
            version: Box::new(found.version),
        });
    }
    match wanted {
        Some(wanted) if wanted != found.version.major => Err(ClusterError::OtherVersion {
            named_by,
            bin_dir: found.bin_dir,
            version: Box::new(found.version),
            wanted,
        }),
        _ => Ok(found),
    }
}

/// The best of what lies in `places`.
fn choose(
    places: &[Place],
    wanted: Option<u32>,
    user: &ServiceUser,
) -> Result<Binaries, ClusterError> {
    let mut looked_at = Vec::new();
    let mut directories: Vec<PathBuf> = Vec::new();
    for place in places {
        let note = match (&place.remark, place.directories.as_slice()) {
            (Some(remark), _) => remark.clone(),
            (None, there) => {
                let lacking = there.iter().filter_map(|dir| {
                    missing_program(dir)
                        .map(|missing| format!("no `{missing}` in {}", dir.display()))
                });
                lacking.collect::<Vec<_>>().join(", ")
            }
        };
        looked_at.push((place.name.clone(), note));
        for directory in &place.directories {
            let real = real_bin_dir(directory);
            if missing_program(&real).is_none() && !directories.contains(&real) {
                directories.push(real);
            }
        }
    }
    let asked: Vec<Result<Binaries, ClusterError>> = directories
        .par_iter()
        .map(|dir| ask_version(dir, user))
        .collect();
    let mut found = Vec::new();
    let mut broken = Vec::new();
    for answer in asked {
        match answer {
            Ok(binaries) => found.push(binaries),
            Err(error) => broken.push(error.to_string()),
        }
    }
    let fits = |binaries: &&Binaries| {
        let major = binaries.version.major;
        major >= OLDEST_SERVER && wanted.is_none_or(|wanted| wanted == major)
    };
    // Without a version, minor versions do not count: the earlier place has the say.
    let rank = |binaries: &Binaries| {
        let (release, major, minor) = binaries.version.rank();
        (release, major, if wanted.is_some() { minor } else { 0 })
    };
    let mut best: Option<&Binaries> = None;
    for binaries in found.iter().filter(fits) {
        if best.is_none_or(|best| rank(binaries) > rank(best)) {
            best = Some(binaries);
        }
    }
    best.cloned().ok_or_else(|| {
        ClusterError::NotFound(Box::new(NotFound {
            wanted,
            looked_at,
            found,
            broken,
        }))
    })
}

/// The first of the needed programs that `directory` lacks.
fn missing_program(directory: &Path) -> Option<&'static str> {
    ["postgres", "initdb"]
        .into_iter()
        .find(|name| !directory.join(name).is_file())
}

/// Where `postgres` really lies, when `initdb` lies there too; else the directory itself.
fn real_bin_dir(directory: &Path) -> PathBuf {
    let plain = directory
        .canonicalize()
        .unwrap_or_else(|_| directory.to_path_buf());
    let real = directory.join("postgres").canonicalize();
    let real = real
        .ok()
        .and_then(|path| path.parent().map(Path::to_path_buf));
    real.filter(|real| missing_program(real).is_none())
        .unwrap_or(plain)
}

/// Asks `postgres` in `directory` for its version.
fn ask_version(directory: &Path, user: &ServiceUser) -> Result<Binaries, ClusterError> {
    let bin_dir = real_bin_dir(directory);
    let program = bin_dir.join("postgres");
    let root = Path::new("/");
    let (status, printed) =
        Program::new(program.clone(), user, root).run(&["--version"], VERSION_LIMIT)?;
    let version = if status.success() {
        ServerVersion::parse(&printed)
    } else {
        None
    };
    match version {
        Some(version) => Ok(Binaries { bin_dir, version }),
        None => Err(ClusterError::CannotRun {
            program,
            user: user.name().to_owned(),
            why: format!(
                "`--version` ended with {} and printed\n{}\nother binaries can be named by --pg-bin",
                ending(status),
                last_lines(&printed, 5)
            ),
        }),
    }
}

/// That no server binaries fit: what was looked at, what was found there, and what to install.
#[derive(Debug)]
pub struct NotFound {
    /// The major version that was asked for.
    pub wanted: Option<u32>,
    /// The places that were looked at, each with what is to be said of it (empty when it held something).
    pub looked_at: Vec<(String, String)>,
    /// Servers that were found and do not fit.
    pub found: Vec<Binaries>,
    /// Why others that were found could not be asked.
    pub broken: Vec<String>,
}

impl fmt::Display for NotFound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.wanted {
            Some(version) => writeln!(f, "no PostgreSQL {version} server found on this machine")?,
            None => writeln!(
                f,
                "no PostgreSQL server found on this machine (version {OLDEST_SERVER} or later, `initdb` and \
                 `postgres` in one directory)"
            )?,
        }
        if !self.found.is_empty() || !self.broken.is_empty() {
            writeln!(f, "Found, but of no use here:")?;
            for Binaries { bin_dir, version } in &self.found {
                let old = if version.major < OLDEST_SERVER {
                    " (too old)"
                } else {
                    ""
                };
                writeln!(f, "  {version} in {}{old}", bin_dir.display())?;
            }
            for error in &self.broken {
                writeln!(f, "  {}", error.replace('\n', "\n  "))?;
            }
        }
        writeln!(f, "Looked at:")?;
        let (silent, noted): (Vec<_>, Vec<_>) =
            self.looked_at.iter().partition(|(_, note)| note.is_empty());
        for (name, note) in noted {
            writeln!(f, "  {name}: {}", note.replace('\n', "\n  "))?;
        }
        for some in silent.chunks(3) {
            let names: Vec<&str> = some.iter().map(|(name, _)| name.as_str()).collect();
            writeln!(f, "  {}", names.join(", "))?;
        }
        let version = self
            .wanted
            .map_or(String::new(), |wanted| wanted.to_string());
        let dash = if version.is_empty() { "" } else { "-" };
        let brew = self.wanted.unwrap_or(17);
        writeln!(f, "Install a server:")?;
        writeln!(
            f,
            "  Debian, Ubuntu:  sudo apt install postgresql{dash}{version}"
        )?;
        writeln!(
            f,
            "  Fedora, RHEL:    sudo dnf install postgresql{version}-server"
        )?;
        writeln!(
            f,
            "  macOS:           brew install postgresql@{brew}   (Postgres.app is found too)"
        )?;
        writeln!(
            f,
            "  Windows:         run pgassay inside WSL (`wsl --install`), and there as on Debian"
        )?;
        write!(
            f,
            "or name the directory of one by --pg-bin or PGASSAY_PG_BIN, or a server that runs already by --url"
        )
    }
}

#[cfg(test)]
mod tests;
