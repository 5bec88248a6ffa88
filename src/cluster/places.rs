//! Where server binaries may lie. It looks at directories and asks `pg_config`; it judges nothing.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::ServiceUser;
use super::program::Program;

/// What of the process's surroundings has a say in the search; tests put their own in.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// The value of `PGASSAY_PG_BIN`.
    pub pg_bin: Option<PathBuf>,
    /// The directories of `PATH`.
    pub path: Vec<PathBuf>,
    /// The home directory.
    pub home: Option<PathBuf>,
    /// The value of `ASDF_DATA_DIR`; `~/.asdf` without it.
    pub asdf: Option<PathBuf>,
    /// The value of `MISE_DATA_DIR`; `~/.local/share/mise` without it.
    pub mise: Option<PathBuf>,
    /// What the usual places are below: `/`.
    pub root: PathBuf,
}

impl Surroundings {
    /// Those of this process.
    pub fn of_process() -> Self {
        let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty());
        let path = variable("PATH").unwrap_or_else(OsString::new);
        Self {
            pg_bin: variable("PGASSAY_PG_BIN").map(PathBuf::from),
            path: std::env::split_paths(&path).collect(),
            home: std::env::home_dir(),
            asdf: variable("ASDF_DATA_DIR").map(PathBuf::from),
            mise: variable("MISE_DATA_DIR").map(PathBuf::from),
            root: PathBuf::from("/"),
        }
    }
}

/// One place that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// Its name for people: `pg_config`, `PATH`, a path with `*`.
    pub(super) name: String,
    /// The directories there that exist.
    pub(super) directories: Vec<PathBuf>,
    /// Why there are none, where that is not plain.
    pub(super) remark: Option<String>,
}

/// The usual places below the root; a `*` stands at the end of one component. In the order in which one of two
/// servers of the same version is preferred.
const USUAL: &[&str] = &[
    // Debian, Ubuntu
    "usr/lib/postgresql/*/bin",
    // PGDG's packages for Fedora, RHEL and their kin
    "usr/pgsql-*/bin",
    // Homebrew on Apple silicon, on Intel and on Linux; versioned ones are keg-only, so not on PATH
    "opt/homebrew/opt/postgresql*/bin",
    "usr/local/opt/postgresql*/bin",
    "home/linuxbrew/.linuxbrew/opt/postgresql*/bin",
    // Postgres.app
    "Applications/Postgres.app/Contents/Versions/*/bin",
    // EnterpriseDB's installers
    "Library/PostgreSQL/*/bin",
    "opt/PostgreSQL/*/bin",
    // MacPorts
    "opt/local/lib/postgresql*/bin",
    // openSUSE; Gentoo
    "usr/lib/postgresql*/bin",
    "usr/lib64/postgresql-*/bin",
    // Alpine
    "usr/libexec/postgresql*",
    // From source
    "usr/local/pgsql/bin",
    // Fedora's, Arch's and FreeBSD's own packages
    "usr/bin",
    "usr/local/bin",
];
/// The usual places below the home directory.
const USUAL_AT_HOME: &[&str] = &[
    "Applications/Postgres.app/Contents/Versions/*/bin",
    ".pgrx/*/pgrx-install/bin",
];

/// All places, in the order in which one of two equal servers is preferred.
pub(super) fn places(around: &Surroundings, user: &ServiceUser) -> Vec<Place> {
    let mut places = vec![pg_config(around, user), on_path(around)];
    places.extend(USUAL.iter().map(|pattern| matching(&around.root, pattern)));
    if let Some(home) = &around.home {
        let asdf = around.asdf.clone().unwrap_or_else(|| home.join(".asdf"));
        let mise = around.mise.clone();
        let mise = mise.unwrap_or_else(|| home.join(".local/share/mise"));
        places.push(matching(&asdf, "installs/postgres/*/bin"));
        places.push(matching(&mise, "installs/postgres/*/bin"));
        places.extend(USUAL_AT_HOME.iter().map(|pattern| matching(home, pattern)));
    }
    places
}

/// What the first `pg_config` on `PATH` says. Debian's answers only when development files are there, and any
/// may belong to a client without a server.
fn pg_config(around: &Surroundings, user: &ServiceUser) -> Place {
    let name = "pg_config".to_owned();
    let nothing = |remark: String| Place {
        name: "pg_config".to_owned(),
        directories: Vec::new(),
        remark: Some(remark),
    };
    let Some(program) = around
        .path
        .iter()
        .filter(|directory| !is_shims(directory))
        .map(|directory| directory.join("pg_config"))
        .find(|program| program.is_file())
    else {
        return nothing("is not on PATH".to_owned());
    };
    let root = Path::new("/");
    match Program::new(program.clone(), user, root).run(&["--bindir"], Duration::from_secs(10)) {
        Ok((status, printed)) if status.success() && !printed.trim().is_empty() => Place {
            name,
            directories: vec![PathBuf::from(printed.trim())],
            remark: None,
        },
        Ok(_) => nothing(format!("{} names no directory", program.display())),
        Err(error) => nothing(error.to_string()),
    }
}

/// The directories of `PATH` that hold a `postgres`.
fn on_path(around: &Surroundings) -> Place {
    let holds = |directory: &&PathBuf| {
        // A shim chooses its version by the working directory, which is another one for the server.
        directory.is_absolute() && !is_shims(directory) && directory.join("postgres").is_file()
    };
    Place {
        name: "PATH".to_owned(),
        directories: around.path.iter().filter(holds).cloned().collect(),
        remark: None,
    }
}

/// Whether it is where asdf or mise keep their shims.
fn is_shims(directory: &Path) -> bool {
    directory.file_name().is_some_and(|name| name == "shims")
}

/// The directories below `base` that match `pattern` and hold a program of the server, sorted.
fn matching(base: &Path, pattern: &str) -> Place {
    let mut directories = vec![base.to_path_buf()];
    for component in pattern.split('/') {
        directories = match component.strip_suffix('*') {
            Some(beginning) => directories
                .iter()
                .flat_map(|dir| entries(dir, beginning))
                .collect(),
            None => directories
                .into_iter()
                .map(|dir| dir.join(component))
                .collect(),
        };
    }
    // Directories such as /usr/bin are always there; only those with a server's program are worth naming.
    let holds = |dir: &PathBuf| dir.join("postgres").is_file() || dir.join("initdb").is_file();
    directories.retain(holds);
    directories.sort();
    Place {
        name: base.join(pattern).display().to_string(),
        directories,
        remark: None,
    }
}

/// The entries of `directory` whose names begin so; none where it is missing or closed, since such a place holds
/// nothing for us.
fn entries(directory: &Path, beginning: &str) -> Vec<PathBuf> {
    let Ok(entries) = directory.read_dir() else {
        return Vec::new();
    };
    let named = |path: &PathBuf| {
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned());
        name.is_some_and(|name| name.starts_with(beginning))
    };
    entries
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(named)
        .collect()
}
