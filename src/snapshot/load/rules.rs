use super::super::error::SnapshotError;
use super::emptying::Emptying;
use super::silence::Way;
use crate::script::{quote_identifier, quote_literal};
use crate::session::Connection;

/// Adds the statements that silence the rules of tables whose rows are deleted (`CREATE RULE … ON DELETE DO …`), and those that put
/// them back. `COPY` and `TRUNCATE` go by no rule.
///
/// # Errors
/// When the server cannot be asked.
pub(super) fn silence(
    connection: &mut Connection,
    emptying: &Emptying,
    way: Way,
    change: &mut Vec<String>,
    restore: &mut Vec<String>,
) -> Result<(), SnapshotError> {
    let names: Vec<String> = emptying.deleted().map(quote_literal).collect();
    if names.is_empty() {
        return Ok(());
    }
    let query = format!(
        "SELECT r.ev_class::pg_catalog.regclass::text COLLATE \"C\", r.rulename::text COLLATE \"C\", r.ev_enabled
           FROM pg_catalog.pg_rewrite r
          WHERE r.ev_class = ANY (ARRAY[{}]::pg_catalog.regclass[]::pg_catalog.oid[]) AND r.ev_type <> '1'
          ORDER BY 1, 2",
        names.join(", ")
    );
    let rows = connection.rows(&query);
    for row in rows.map_err(SnapshotError::asking("look for rules"))? {
        let mut values = row.into_iter().map(Option::unwrap_or_default);
        let mut next = || values.next().unwrap_or_default();
        let (table, name, state) = (next(), quote_identifier(&next()), next());
        let was = match (way, state.as_str()) {
            (Way::Owner, "O") => "ENABLE",
            (_, "A") => "ENABLE ALWAYS",
            (Way::Replica, "R") => "ENABLE REPLICA",
            _ => continue,
        };
        change.push(format!("ALTER TABLE {table} DISABLE RULE {name}"));
        restore.push(format!("ALTER TABLE {table} {was} RULE {name}"));
    }
    Ok(())
}
