//! What keeps a protected database from being dropped, and its rows from being replaced, under another name: by `--url`, or as
//! another environment.

use super::Error;
use super::target::Way;
use crate::session::conninfo::{self, Host};
use crate::settings::{Environment, KnownServer, Settings, TargetName, Whereabouts};

/// Refuses what is, or may be, the database of a protected environment. `undone` says what is not done with it: `is not reset`.
pub(super) fn check(
    settings: &Settings,
    way: &Way,
    environment: &Environment,
    undone: &str,
) -> Result<(), Error> {
    let name = way.info.database();
    if way.target.protected {
        return Err(format!(
            "{} is protected, and its database \"{name}\" {undone}; what protects it is `protected = true` in pgassay.toml",
            way.target.name
        )
        .into());
    }
    let process = conninfo::Environment::of_process();
    for protected in settings.environments.iter().filter(|known| known.protected) {
        let whereabouts = protected.whereabouts(environment, &process);
        if !may_be(way, &whereabouts) {
            continue;
        }
        let (whose, unset) = (&protected.name, whereabouts.unset.join(", "));
        let is_told = whereabouts.database.is_some()
            && (whereabouts.servers.iter().flatten()).all(|server| server.has_port)
            && whereabouts.servers.is_some();
        return Err(if is_told {
            format!(
                "{} is the database \"{name}\" of environment {whose}, which is protected, and it {undone}",
                way.target.name
            )
        } else if unset.is_empty() {
            format!(
                "{} may be the database of environment {whose}, which is protected, and it {undone}: where that one is cannot \
                 be told from its `url`",
                way.target.name
            )
        } else {
            format!(
                "{} may be the database of environment {whose}, which is protected, and it {undone}: where that one is cannot \
                 be told while {unset} is not set; set it, then this is compared again",
                way.target.name
            )
        }
        .into());
    }
    Ok(())
}

/// Whether it may be that database. What is not known of that one may be anything, except:
/// the project's own server is none whose host is not known; and of a URL of which nothing is known, the settings file is
/// believed that its other environments are others.
fn may_be(way: &Way, protected: &Whereabouts) -> bool {
    if protected.is_unknown() {
        return way.target.name == TargetName::Url;
    }
    let is_named_so = match &protected.database {
        Some(name) => name == way.info.database(),
        None => true,
    };
    is_named_so
        && match &protected.servers {
            Some(servers) => servers
                .iter()
                .any(|server| way.info.hosts.iter().any(|host| is_same(host, server))),
            None => !way.is_own(),
        }
}

/// Whether a host is that server, however its name is written.
fn is_same(host: &Host, server: &KnownServer) -> bool {
    if server.has_port && host.port != server.host.port {
        return false;
    }
    host.is_machine_of(&server.host)
}
