//! How probes are put into a database: in one transaction, under settings of their own.

use crate::coverage::{BEHAVIOUR_PROBES, LOGIC_PROBES, PROBES};
use crate::script::quote_literal;
use crate::session::{Connection, QueryError, TransactionStatus};

const SETTINGS: [&str; 5] = [
    "search_path",
    "client_min_messages",
    "check_function_bodies",
    "allow_system_table_mods",
    "session_replication_role",
];

/// Runs `install` where the functions that probes call are there, in the transaction that is open or in one of its own.
/// Afterwards the settings are what they were.
pub(super) fn with_probes<T>(
    connection: &mut Connection,
    install: impl FnOnce(&mut Connection) -> Result<T, QueryError>,
) -> Result<T, QueryError> {
    if connection.status() != TransactionStatus::Idle {
        return with_settings(connection, install);
    }
    connection.execute("BEGIN")?;
    match with_settings(connection, install) {
        Ok(installed) => {
            connection.execute("COMMIT")?;
            Ok(installed)
        }
        Err(error) => {
            if !connection.is_lost() {
                connection.execute("ROLLBACK")?;
            }
            Err(error)
        }
    }
}

fn with_settings<T>(
    connection: &mut Connection,
    install: impl FnOnce(&mut Connection) -> Result<T, QueryError>,
) -> Result<T, QueryError> {
    let before = SETTINGS.map(|name| format!("pg_catalog.current_setting('{name}')"));
    let before = connection.rows(&format!("SELECT {}", before.join(", ")))?;
    connection.execute(&format!(
        "SET LOCAL search_path = pg_catalog, pg_temp;
         SET LOCAL client_min_messages = warning;
         SET LOCAL check_function_bodies = on;
         SET LOCAL allow_system_table_mods = on;
         -- The project's event triggers have no business with this.
         SET LOCAL session_replication_role = replica;
         CREATE SCHEMA IF NOT EXISTS pg_assay;
         GRANT USAGE ON SCHEMA pg_assay TO PUBLIC;
         {PROBES}
         {BEHAVIOUR_PROBES}
         {LOGIC_PROBES}
         GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA pg_assay TO PUBLIC"
    ))?;
    let installed = install(connection)?;
    for (name, value) in SETTINGS.iter().zip(before.into_iter().flatten()) {
        let value = quote_literal(&value.unwrap_or_default());
        connection.execute(&format!(
            "SELECT pg_catalog.set_config('{name}', {value}, true)"
        ))?;
    }
    Ok(installed)
}
