use std::path::{Path, PathBuf};

use super::parameter::{Parameters, Source};
use super::{ConnInfoError, Environment};

/// Fills in what the service named by `service=` or `PGSERVICE` says, for keywords that are not set.
///
/// The files are `servicefile=` or `PGSERVICEFILE`, else `~/.pg_service.conf`, then the system's `pg_service.conf`.
pub(super) fn apply(
    parameters: &mut Parameters,
    environment: &Environment,
) -> Result<(), ConnInfoError> {
    let named = match parameters.get("service") {
        Some(service) => Some(service.to_owned()),
        None => environment
            .variable("PGSERVICE")?
            .filter(|service| !service.is_empty()),
    };
    let Some(service) = named else {
        return Ok(());
    };
    let mut looked = Vec::new();
    let said = parameters
        .get("servicefile")
        .map(PathBuf::from)
        .or_else(|| environment.path("PGSERVICEFILE"));
    let own = match said {
        Some(path) => Some(path),
        None => environment
            .home()
            .map(|home| home.join(".pg_service.conf"))
            .filter(|path| path.exists()),
    };
    if let Some(path) = own {
        if apply_file(parameters, &path, &service)? {
            return Ok(());
        }
        looked.push(path);
    }
    for dir in environment.system_config_dirs() {
        let path = dir.join("pg_service.conf");
        if path.exists() {
            if apply_file(parameters, &path, &service)? {
                return Ok(());
            }
            looked.push(path);
        }
    }
    Err(ConnInfoError::ServiceNotFound { service, looked })
}

/// Applies the section of `service`; false when the file has none.
fn apply_file(
    parameters: &mut Parameters,
    path: &Path,
    service: &str,
) -> Result<bool, ConnInfoError> {
    let text = std::fs::read_to_string(path).map_err(|error| ConnInfoError::ServiceFile {
        path: path.to_owned(),
        error,
    })?;
    let mut inside = false;
    let mut found = false;
    for (line, text) in text
        .lines()
        .enumerate()
        .map(|(index, text)| (index + 1, text.trim()))
    {
        let wrong = |why: &str| {
            Err(ConnInfoError::ServiceLine {
                path: path.to_owned(),
                line,
                why: why.to_owned(),
            })
        };
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        if let Some(section) = text.strip_prefix('[') {
            // The first section of that name counts, up to the next section.
            if found {
                break;
            }
            inside = section.split(']').next() == Some(service);
            found = inside;
            continue;
        }
        if !inside {
            continue;
        }
        if text.starts_with("ldap:") || text.starts_with("ldaps:") {
            return wrong("looking a service up in LDAP is not supported; write its keywords here");
        }
        let Some((keyword, value)) = text.split_once('=') else {
            return wrong("expected keyword=value");
        };
        if matches!(keyword, "service" | "servicefile") {
            return wrong("a service cannot name another service");
        }
        if keyword.trim() != keyword {
            return wrong("no blanks may stand before \"=\"");
        }
        let mut one = Parameters::default();
        let source = Source::Service(path.to_owned(), line);
        one.set(keyword, value.to_owned(), source, true)?;
        // What is set already wins: the connection string, or an earlier line.
        parameters.add_missing(one);
    }
    Ok(found)
}
