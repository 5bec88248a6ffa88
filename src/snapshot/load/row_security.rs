use std::collections::BTreeSet;

use super::super::contents::Contents;
use super::super::error::SnapshotError;
use super::silence::may_not;
use crate::script::quote_literal;
use crate::session::Connection;

/// Row security that was forced on the owner of tables, and is lifted while rows are looked at, loaded and checked.
pub(super) struct Forced {
    tables: Vec<String>,
}

impl Forced {
    /// Lifts it from the tables that are loaded, and from those that a foreign key binds to them, as far as it holds for the role.
    ///
    /// # Errors
    /// When the server cannot be asked, and where the role is not the owner.
    pub(super) fn lift(
        connection: &mut Connection,
        contents: &Contents,
    ) -> Result<Self, SnapshotError> {
        let mut names: BTreeSet<String> = contents.tables().map(|it| it.name.to_sql()).collect();
        for key in &contents.foreign_keys {
            for name in [&key.declared_on, &key.to] {
                names.insert(name.trim_start_matches("ONLY ").to_owned());
            }
        }
        let names: Vec<String> = names.iter().map(|name| quote_literal(name)).collect();
        let query = format!(
            "SELECT DISTINCT c.oid::pg_catalog.regclass::text COLLATE \"C\" FROM pg_catalog.pg_class c
              WHERE c.oid = ANY (ARRAY[{}]::pg_catalog.regclass[]::pg_catalog.oid[])
                AND c.relforcerowsecurity AND c.relrowsecurity AND pg_catalog.row_security_active(c.oid)
              ORDER BY 1",
            names.join(", ")
        );
        let rows = connection.rows(&query);
        let rows = rows.map_err(SnapshotError::asking("look for row security"))?;
        let lifted = Self {
            tables: rows.into_iter().flatten().flatten().collect(),
        };
        lifted.alter(connection, "NO FORCE")?;
        Ok(lifted)
    }

    /// Forces it again.
    ///
    /// # Errors
    /// When the server refuses.
    pub(super) fn put_back(self, connection: &mut Connection) -> Result<(), SnapshotError> {
        self.alter(connection, "FORCE")
    }

    fn alter(&self, connection: &mut Connection, how: &str) -> Result<(), SnapshotError> {
        for table in &self.tables {
            let statement = format!("ALTER TABLE {table} {how} ROW LEVEL SECURITY");
            connection.execute(&statement).map_err(may_not)?;
        }
        Ok(())
    }
}
