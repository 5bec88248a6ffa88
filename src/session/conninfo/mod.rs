//! A connection's parameters: what a libpq URL or keyword/value string says, completed from the service file,
//! the `PG*` variables, the defaults and the password file, by libpq's rules.
//!
//! It never opens a connection, and never shows a password: [`Secret`] prints `***`, and no error quotes a piece of
//! text in which a password may stand.

mod environment;
mod error;
mod hiding;
mod host;
mod machine;
mod options;
mod parameter;
mod password_file;
mod print;
mod resolve;
mod secret;
mod service;
mod text;

use std::path::Path;
use std::time::Duration;

pub use environment::Environment;
pub use error::ConnInfoError;
pub use hiding::{HIDDEN, Reach, passwords, without_passwords};
pub use host::{Address, Host};
pub use options::{
    Keepalive, RootCertificates, SslMode, TargetSessionAttrs, TlsOptions, TlsVersion,
};
pub use parameter::{Source, VARIABLES};
pub use password_file::PasswordFile;
pub(crate) use print::encoded as percent_encoded;
pub use secret::Secret;

/// The name that the tool gives itself in `pg_stat_activity`.
const APPLICATION_NAME: &str = "pgassay";

/// Everything that is needed to open a connection, resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnInfo {
    /// The servers, in the order in which they are tried. Never empty.
    pub hosts: Vec<Host>,
    /// The role.
    pub user: String,
    /// The database; none means the one named like the role (see [`ConnInfo::database`]).
    pub dbname: Option<String>,
    /// The password, where one was said; [`ConnInfo::password_for`] asks the password file too.
    pub password: Option<Secret>,
    /// The password file; empty when a password was said.
    pub password_file: PasswordFile,
    /// What the session calls itself.
    pub application_name: String,
    /// The startup parameter `options` (`-c name=value …`).
    pub options: Option<String>,
    /// Further startup parameters, from `PGDATESTYLE`, `PGTZ` and `PGGEQO`.
    pub settings: Vec<(String, String)>,
    /// How long one server may take until it is ready; none means for ever.
    pub connect_timeout: Option<Duration>,
    /// What the server must be, to be checked when the session has started.
    pub target_session_attrs: TargetSessionAttrs,
    /// Whether and how to speak TLS over TCP.
    pub tls: TlsOptions,
    /// How to notice a lost TCP connection.
    pub keepalive: Keepalive,
    /// The operating system's user that a server on a Unix socket must run as.
    pub require_peer: Option<String>,
    /// What people should be told once; no secrets in it.
    pub warnings: Vec<String>,
}

impl ConnInfo {
    /// Reads `text`, a libpq URL (`postgresql://…`, `postgres://…`) or a keyword/value string. What it leaves out
    /// comes from the service file, then libpq's environment variables, then defaults; then the password file.
    ///
    /// Reads the service file and the password file; looks for sockets when no host is said.
    pub fn resolve(text: &str, environment: &Environment) -> Result<Self, ConnInfoError> {
        resolve::resolve(text::parse(text)?, environment)
    }

    /// A connection through the socket of a cluster of the tool's own: no password, no files, no variables.
    pub fn unix(socket_dir: &Path, port: u16, user: &str, dbname: &str) -> Self {
        Self {
            hosts: vec![Host {
                address: Address::Unix(socket_dir.to_owned()),
                port,
                hostaddr: None,
            }],
            user: user.to_owned(),
            dbname: Some(dbname.to_owned()),
            password: None,
            password_file: PasswordFile::default(),
            application_name: APPLICATION_NAME.to_owned(),
            options: None,
            settings: Vec::new(),
            connect_timeout: None,
            target_session_attrs: TargetSessionAttrs::Any,
            tls: TlsOptions::default(),
            keepalive: Keepalive::default(),
            require_peer: None,
            warnings: Vec::new(),
        }
    }

    /// The same for another database.
    #[must_use]
    pub fn with_database(&self, dbname: &str) -> Self {
        Self {
            dbname: Some(dbname.to_owned()),
            ..self.clone()
        }
    }

    /// The same for another role and the same database. A password that was said is left out, for it was the other
    /// role's; the password file still counts.
    #[must_use]
    pub fn with_user(&self, user: &str) -> Self {
        let password = self.password.clone().filter(|_| user == self.user);
        Self {
            user: user.to_owned(),
            dbname: Some(self.database().to_owned()),
            password,
            ..self.clone()
        }
    }

    /// The database's name.
    pub fn database(&self) -> &str {
        self.dbname.as_deref().unwrap_or(&self.user)
    }

    /// The password for a server: the one that was said, else the password file's.
    pub fn password_for(&self, host: &Host) -> Option<&Secret> {
        self.password.as_ref().or_else(|| {
            self.password_file
                .password(host, self.database(), &self.user)
        })
    }

    /// What the startup message says: `user`, `database`, `application_name`, and `options` and others where set.
    /// `client_encoding` is the caller's.
    pub fn startup_parameters(&self) -> Vec<(&str, &str)> {
        let mut pairs = vec![
            ("user", self.user.as_str()),
            ("database", self.database()),
            ("application_name", self.application_name.as_str()),
        ];
        pairs.extend(self.options.as_deref().map(|options| ("options", options)));
        pairs.extend(
            self.settings
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str())),
        );
        pairs
    }
}
