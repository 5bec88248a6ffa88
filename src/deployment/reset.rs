use super::error::DeploymentError;
use crate::script::{quote_identifier, quote_literal};
use crate::session::Connection;

/// What `DISCARD ALL` does, but for giving up the lock (PostgreSQL's documentation of `DISCARD` lists the same).
const STATEMENTS: [&str; 8] = [
    "CLOSE ALL",
    "SET SESSION AUTHORIZATION DEFAULT",
    "RESET ALL",
    "DEALLOCATE ALL",
    "UNLISTEN *",
    "DISCARD PLANS",
    "DISCARD TEMP",
    "DISCARD SEQUENCES",
];

/// Makes a session as it was when it began, so that nothing which one migration sets is there for the next; then sets what
/// every migration begins with.
pub(super) fn reset(
    connection: &mut Connection,
    owner: Option<&str>,
    settings: &[(&str, String)],
) -> Result<(), DeploymentError> {
    let doing = || DeploymentError::asking("make the session ready for a migration");
    for statement in STATEMENTS {
        connection.execute(statement).map_err(doing())?;
    }
    if let Some(owner) = owner {
        connection
            .execute(&format!("SET ROLE {}", quote_identifier(owner)))
            .map_err(DeploymentError::asking(format!(
                "act as role \"{owner}\" (setting `owner`)"
            )))?;
    }
    for (name, value) in settings {
        let statement = format!(
            "SELECT pg_catalog.set_config('{name}', {}, false)",
            quote_literal(value)
        );
        connection.execute(&statement).map_err(doing())?;
    }
    Ok(())
}
