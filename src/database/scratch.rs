use super::{DatabaseError, Properties, Template};
use crate::script::quote_identifier;
use crate::session::Connection;

/// How the template is copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Copying {
    /// File by file: faster where nothing is synced, and forces a checkpoint on everybody else's data.
    Files,
    /// As the server does it.
    ServerDefault,
}

/// Makes a fresh copy of the template, in the place of one of that name that may still be there.
///
/// # Errors
/// The server's error.
pub fn create_scratch(
    admin: &mut Connection,
    template: &Template,
    name: &str,
    copying: Copying,
) -> Result<(), DatabaseError> {
    copy_database(admin, &template.name, &template.properties, name, copying)
}

/// Copies a database that nobody uses, in the place of one of that name that may still be there. The copy is given these
/// properties.
///
/// # Errors
/// The server's error.
pub fn copy_database(
    admin: &mut Connection,
    source: &str,
    properties: &Properties,
    name: &str,
    copying: Copying,
) -> Result<(), DatabaseError> {
    drop_database(admin, name)?;
    let doing = || DatabaseError::query(format!("copy the template database to \"{name}\""));
    // Before 15 there is only one way, and it copies files.
    let version = admin.parameter("server_version").unwrap_or_default();
    let major: String = version.chars().take_while(char::is_ascii_digit).collect();
    let strategy = if copying == Copying::Files && major.parse().unwrap_or(0) >= 15 {
        " STRATEGY file_copy"
    } else {
        ""
    };
    admin
        .execute(&format!(
            "CREATE DATABASE {} TEMPLATE {}{strategy}",
            quote_identifier(name),
            quote_identifier(source)
        ))
        .map_err(doing())?;
    for statement in properties.statements(name) {
        admin.execute(&statement).map_err(doing())?;
    }
    Ok(())
}

/// Lets sessions into a database, or no more.
///
/// # Errors
/// The server's error.
pub fn open_database(
    admin: &mut Connection,
    name: &str,
    is_open: bool,
) -> Result<(), DatabaseError> {
    let statement = format!(
        "ALTER DATABASE {} WITH ALLOW_CONNECTIONS {is_open}",
        quote_identifier(name)
    );
    let doing = if is_open { "open" } else { "close" };
    admin
        .execute(&statement)
        .map_err(DatabaseError::query(format!(
            "{doing} the database \"{name}\""
        )))
}

/// Gives a database that nobody uses another name.
///
/// # Errors
/// The server's error.
pub fn rename_database(admin: &mut Connection, name: &str, new: &str) -> Result<(), DatabaseError> {
    let statement = format!(
        "ALTER DATABASE {} RENAME TO {}",
        quote_identifier(name),
        quote_identifier(new)
    );
    admin
        .execute(&statement)
        .map_err(DatabaseError::query(format!(
            "rename the database \"{name}\" to \"{new}\""
        )))
}

/// Drops a database if it is there, ending the sessions that are left in it.
///
/// # Errors
/// The server's error.
pub fn drop_database(admin: &mut Connection, name: &str) -> Result<(), DatabaseError> {
    let statement = format!(
        "DROP DATABASE IF EXISTS {} WITH (FORCE)",
        quote_identifier(name)
    );
    admin
        .execute(&statement)
        .map_err(DatabaseError::query(format!(
            "drop the database \"{name}\""
        )))
}
