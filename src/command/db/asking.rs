//! Statements of the tool's own about a database: whether it is there, who is in it, making and dropping it.

use super::super::Error;
use crate::database::{DatabaseError, drop_database};
use crate::script::{quote_identifier, quote_literal};
use crate::session::conninfo::ConnInfo;
use crate::session::{Connection, Watch, WireError};

/// Databases that every server has, to be connected to while another is made.
const MAINTENANCE: [&str; 2] = ["postgres", "template1"];
/// SQLSTATE: there is no such database.
const NO_DATABASE: &str = "3D000";
/// SQLSTATE: there is such a database already.
const DATABASE_THERE: &str = "42P04";

/// Opens a session in the database; none where there is no such database.
pub(super) fn open(way: &ConnInfo, watch: &Watch) -> Result<Option<Connection>, Error> {
    match Connection::open(way, watch.clone()) {
        Ok(connection) => Ok(Some(connection)),
        Err(WireError::Refused(message)) if message.code == NO_DATABASE => Ok(None),
        Err(source) => Err(DatabaseError::Connect {
            doing: format!(
                "connect to the database \"{}\" as role \"{}\"",
                way.database(),
                way.user
            ),
            source: Box::new(source),
        }
        .into()),
    }
}

/// A session in a database of the server's own, and the way there.
pub(super) fn maintenance(way: &ConnInfo, watch: &Watch) -> Result<(Connection, ConnInfo), Error> {
    let mut first = None;
    for name in MAINTENANCE {
        let there = way.with_database(name);
        match Connection::open(&there, watch.clone()) {
            Ok(connection) => return Ok((connection, there)),
            Err(source) => first = first.or(Some(source)),
        }
    }
    let reason = first.map_or_else(String::new, |source| source.to_string());
    Err(format!(
        "cannot connect to the server as role \"{}\" in the database \"{}\" or \"{}\", from where others are made and dropped: {reason}",
        way.user, MAINTENANCE[0], MAINTENANCE[1]
    )
    .into())
}

/// Makes a database, unless somebody else just did. Whether it was made.
pub(super) fn create(session: &mut Connection, name: &str) -> Result<bool, Error> {
    match session.execute(&format!("CREATE DATABASE {}", quote_identifier(name))) {
        Ok(()) => Ok(true),
        Err(error) if error.code() == Some(DATABASE_THERE) => Ok(false),
        Err(error) => {
            Err(DatabaseError::query(format!("create the database \"{name}\""))(error).into())
        }
    }
}

/// Gives a database to a role.
pub(super) fn give(session: &mut Connection, name: &str, owner: &str) -> Result<(), Error> {
    let statement = format!(
        "ALTER DATABASE {} OWNER TO {}",
        quote_identifier(name),
        quote_identifier(owner)
    );
    session
        .execute(&statement)
        .map_err(DatabaseError::query(format!(
            "give the database \"{name}\" to role \"{owner}\" (setting `owner`)"
        )))?;
    Ok(())
}

/// Sees that the role is there that is to own the database. On the project's own server it is made where no roles script does.
/// Whether it was made.
pub(super) fn ensure_owner(
    session: &mut Connection,
    owner: &str,
    may_make: bool,
) -> Result<bool, Error> {
    let doing = || DatabaseError::query(format!("look for role \"{owner}\" (setting `owner`)"));
    let there = session
        .value(&format!(
            "SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = {}",
            quote_literal(owner)
        ))
        .map_err(doing())?;
    if there.is_some() {
        return Ok(false);
    }
    if !may_make {
        return Err(DatabaseError::Owner {
            role: owner.to_owned(),
            reason: "does not exist on the server; create it there first".to_owned(),
        }
        .into());
    }
    session
        .execute(&format!("CREATE ROLE {} LOGIN", quote_identifier(owner)))
        .map_err(doing())?;
    Ok(true)
}

/// The sessions of others in a database, in words.
pub(super) fn sessions(session: &mut Connection, name: &str) -> Result<Vec<String>, Error> {
    let rows = session
        .rows(&format!(
            "SELECT pg_catalog.format('process %s of role %s%s%s', pid, usename,
                      coalesce(' from ' || pg_catalog.host(client_addr), ''),
                      coalesce(' (' || nullif(application_name, '') || ')', ''))
               FROM pg_catalog.pg_stat_activity
              WHERE datname = {} AND pid <> pg_catalog.pg_backend_pid() AND usename IS NOT NULL
              ORDER BY pid",
            quote_literal(name)
        ))
        .map_err(DatabaseError::query(format!(
            "look who uses the database \"{name}\""
        )))?;
    Ok(rows.into_iter().flatten().flatten().collect())
}

/// Drops a database; with `force`, the sessions in it are ended.
pub(super) fn drop(session: &mut Connection, name: &str, force: bool) -> Result<(), Error> {
    if force {
        drop_database(session, name)?;
        return Ok(());
    }
    session
        .execute(&format!("DROP DATABASE {}", quote_identifier(name)))
        .map_err(DatabaseError::query(format!(
            "drop the database \"{name}\""
        )))?;
    Ok(())
}
