use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use super::ConnInfoError;

/// Where packaged servers put their sockets: Debian and Red Hat first, then the server's own default.
const SOCKET_DIRS: [&str; 2] = ["/var/run/postgresql", "/tmp"];

/// Where packaged clients look for the system's `pg_service.conf` (Debian, Red Hat) unless `PGSYSCONFDIR` is set.
const SYSTEM_CONFIG_DIRS: [&str; 2] = ["/etc/postgresql-common", "/etc/sysconfig/pgsql"];

/// What a connection string is completed from: variables, the home directory, the user, usual places.
///
/// [`Environment::of_process`] is the real one; tests start from [`Environment::empty`].
#[derive(Debug, Clone, Default)]
pub struct Environment {
    variables: BTreeMap<String, OsString>,
    home: Option<PathBuf>,
    user: Option<String>,
    socket_dirs: Vec<PathBuf>,
    system_config_dirs: Vec<PathBuf>,
}

impl Environment {
    /// The environment of this process: its variables, `HOME` (else the user database's entry), its effective user.
    pub fn of_process() -> Self {
        let account = nix::unistd::User::from_uid(nix::unistd::geteuid())
            .ok()
            .flatten();
        let home = std::env::var_os("HOME")
            .filter(|home| !home.is_empty())
            .map(PathBuf::from)
            .or_else(|| account.as_ref().map(|account| account.dir.clone()));
        Self {
            variables: std::env::vars_os()
                .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
                .filter(|(name, _)| name.starts_with("PG"))
                .collect(),
            home,
            user: account.map(|account| account.name),
            socket_dirs: SOCKET_DIRS.iter().map(PathBuf::from).collect(),
            system_config_dirs: SYSTEM_CONFIG_DIRS.iter().map(PathBuf::from).collect(),
        }
    }

    /// An environment with nothing in it: no variables, no home, no user, no usual directories.
    pub fn empty() -> Self {
        Self::default()
    }

    /// The same with the variable `name` set.
    #[must_use]
    pub fn with_variable(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.variables
            .insert(name.to_owned(), value.as_ref().to_owned());
        self
    }

    /// The same with another home directory.
    #[must_use]
    pub fn with_home(mut self, home: impl Into<PathBuf>) -> Self {
        self.home = Some(home.into());
        self
    }

    /// The same with another name of the operating system's user.
    #[must_use]
    pub fn with_user(mut self, user: &str) -> Self {
        self.user = Some(user.to_owned());
        self
    }

    /// The same with other directories to look for a server's socket in when no host is said.
    #[must_use]
    pub fn with_socket_dirs(mut self, dirs: impl IntoIterator<Item = PathBuf>) -> Self {
        self.socket_dirs = dirs.into_iter().collect();
        self
    }

    /// The same with other directories to look for the system's `pg_service.conf` in.
    #[must_use]
    pub fn with_system_config_dirs(mut self, dirs: impl IntoIterator<Item = PathBuf>) -> Self {
        self.system_config_dirs = dirs.into_iter().collect();
        self
    }

    /// The variable's text; none when it is not set.
    pub(super) fn variable(&self, name: &str) -> Result<Option<String>, ConnInfoError> {
        self.variables
            .get(name)
            .map(|value| {
                value
                    .clone()
                    .into_string()
                    .map_err(|_| ConnInfoError::Variable {
                        name: name.to_owned(),
                    })
            })
            .transpose()
    }

    /// The variable as a path; none when it is not set or empty.
    pub(super) fn path(&self, name: &str) -> Option<PathBuf> {
        self.variables
            .get(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    }

    /// The home directory.
    pub(super) fn home(&self) -> Option<&Path> {
        self.home.as_deref()
    }

    /// The operating system's name of the user.
    pub(super) fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    /// The usual socket directory in which a server on `port` has its socket.
    pub(super) fn socket_dir(&self, port: u16) -> Option<&Path> {
        let name = format!(".s.PGSQL.{port}");
        self.socket_dirs
            .iter()
            .find(|dir| dir.join(&name).exists())
            .map(PathBuf::as_path)
    }

    /// Where to look for the system's service file.
    pub(super) fn system_config_dirs(&self) -> Vec<PathBuf> {
        match self.path("PGSYSCONFDIR") {
            Some(dir) => vec![dir],
            None => self.system_config_dirs.clone(),
        }
    }
}
