//! Where the database of an environment is, as far as its URL tells while variables are not set that it needs. It serves to
//! know a protected database again, so what is in doubt counts as not known.

use super::environment::Environment;
use super::target::EnvironmentSettings;
use crate::session::conninfo::{self, ConnInfo, Host};

/// What stands for a variable that is not set. What differs between the two depends on the variable. They are numbers, so that
/// they can stand for a port.
const STAND_INS: [&str; 2] = ["61837", "59421"];

/// Where a database is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whereabouts {
    /// Its servers; none where they are not known.
    pub servers: Option<Vec<KnownServer>>,
    /// Its name; none where that is not known.
    pub database: Option<String>,
    /// The variables that are not set.
    pub unset: Vec<String>,
}

/// A server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownServer {
    /// Where it is.
    pub host: Host,
    /// Whether the port is known.
    pub has_port: bool,
}

impl Whereabouts {
    /// Whether nothing at all is known.
    pub fn is_unknown(&self) -> bool {
        self.servers.is_none() && self.database.is_none()
    }
}

impl EnvironmentSettings {
    /// Where its database is, as far as that can be told.
    pub fn whereabouts(
        &self,
        environment: &Environment,
        process: &conninfo::Environment,
    ) -> Whereabouts {
        let unset = self.url.unset(environment);
        let unknown = Whereabouts {
            servers: None,
            database: None,
            unset: unset.clone(),
        };
        if self.url.begins_unset(environment) {
            return unknown;
        }
        let [first, second] = STAND_INS.map(|stand_in| {
            let filled = self.url.fill_or(&self.name, environment, Some(stand_in));
            ConnInfo::resolve(filled.ok()?.expose(), process).ok()
        });
        let (Some(first), Some(second)) = (first, second) else {
            return unknown;
        };
        // A default may be what a variable that is not set would change.
        let is_said = first.dbname.is_some() || unset.is_empty();
        Whereabouts {
            servers: servers(&first, &second),
            database: (is_said && first.database() == second.database())
                .then(|| first.database().to_owned()),
            unset,
        }
    }
}

fn servers(first: &ConnInfo, second: &ConnInfo) -> Option<Vec<KnownServer>> {
    if first.hosts.len() != second.hosts.len() {
        return None;
    }
    let pairs = first.hosts.iter().zip(&second.hosts);
    pairs
        .map(|(one, other)| {
            let is_known = one.address == other.address && one.hostaddr == other.hostaddr;
            is_known.then(|| KnownServer {
                host: one.clone(),
                has_port: one.port == other.port,
            })
        })
        .collect()
}
