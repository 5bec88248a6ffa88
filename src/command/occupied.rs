//! Whether rows would be lost to those of a snapshot.

use super::Error;
use crate::database::DatabaseError;
use crate::deployment::histories;
use crate::script::quote_literal;
use crate::session::Connection;
use crate::snapshot::Head;

/// SQLSTATE: the role may not do that.
const NOT_ALLOWED: &str = "42501";
/// The tables of people: not the tool's own, no extension's, no partitions.
const TABLES: &str = "SELECT n.nspname, c.relname, pg_catalog.format('%I.%I', n.nspname, c.relname)
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND NOT c.relispartition
     AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_toast'
     AND NOT (n.nspname = 'public' AND pg_catalog.starts_with(c.relname::pg_catalog.text, 'pgassay_'))
     AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                      WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e')
   ORDER BY 3";

/// Whether a table that is emptied when a snapshot with this head is loaded holds anything. One that is not there holds nothing; of one that
/// the role may not read, it is taken that it does.
pub(super) fn in_tables_of(connection: &mut Connection, head: &Head) -> Result<bool, Error> {
    let mut there = Vec::new();
    for table in &head.tables {
        let name = table.name.to_sql();
        let found = connection
            .value(&format!(
                "SELECT pg_catalog.to_regclass({})",
                quote_literal(&name)
            ))
            .map_err(doing())?;
        if found.is_some() {
            there.push(name);
        }
    }
    in_any(connection, &there)
}

/// Whether any table holds anything, but for the histories of tools: migrations to come may make one of those that are emptied of any.
pub(super) fn in_all_tables(connection: &mut Connection) -> Result<bool, Error> {
    let histories = histories(connection)?;
    let mut names = Vec::new();
    for row in connection.rows(TABLES).map_err(doing())? {
        let mut values = row.into_iter().flatten();
        let (Some(schema), Some(name), Some(in_sql)) =
            (values.next(), values.next(), values.next())
        else {
            continue;
        };
        let is_history = histories
            .iter()
            .any(|it| it.schema() == schema && it.name() == name);
        if !is_history {
            names.push(in_sql);
        }
    }
    in_any(connection, &names)
}

fn in_any(connection: &mut Connection, names: &[String]) -> Result<bool, Error> {
    // Rows that a policy hides are rows.
    connection
        .execute("SET row_security = off")
        .map_err(doing())?;
    let mut is_found = false;
    for name in names {
        is_found = match connection.value(&format!("SELECT EXISTS (SELECT FROM {name})")) {
            Err(error) if error.code() == Some(NOT_ALLOWED) => true,
            found => found.map_err(doing())?.as_deref() == Some("t"),
        };
        if is_found {
            break;
        }
    }
    connection.execute("RESET row_security").map_err(doing())?;
    Ok(is_found)
}

fn doing() -> impl FnOnce(crate::session::QueryError) -> DatabaseError {
    DatabaseError::query("look whether the tables are empty")
}
