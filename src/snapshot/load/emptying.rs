//! Emptying tables before rows are loaded, so that those of tables which are not loaded stay as they are.

use std::collections::BTreeSet;

use super::super::contents::{Contents, ForeignKey};
use super::super::error::SnapshotError;
use super::super::table::TableName;
use super::{Way, execute};
use crate::session::Connection;

/// How each table is emptied.
pub(super) struct Emptying {
    /// Those that are truncated together, as SQL names them.
    truncated: Vec<String>,
    /// Those whose rows are deleted, as SQL names them: others refer to them that are not loaded. Each before those that it
    /// refers to.
    deleted: Vec<String>,
    /// Foreign keys of tables that are not loaded, which do not hold in between.
    pub(super) deferred: Vec<ForeignKey>,
}

impl Emptying {
    pub(super) fn plan(
        connection: &mut Connection,
        contents: &Contents,
        way: Way,
    ) -> Result<Self, SnapshotError> {
        let is_saved = |name: &TableName| contents.source(name).is_some();
        let mut deleted: BTreeSet<&TableName> = BTreeSet::new();
        let mut deferred = Vec::new();
        for key in &contents.foreign_keys {
            if is_saved(&key.reference.from) || !is_saved(&key.reference.to) {
                continue;
            }
            deleted.insert(&key.reference.to);
            if way == Way::Owner && has_rows(connection, key)? {
                if key.on_delete != 'a' {
                    return Err(SnapshotError::Refused(format!(
                        "{} is not in the snapshot, and its rows refer to {} by {}, which would delete or change them (or forbids it) when \
                         the rows there are replaced; load the snapshot as a role that may SET session_replication_role, such as a \
                         superuser, or save that table too",
                        key.reference.from, key.reference.to, key.reference.name
                    )));
                }
                deferred.push(key.clone());
            }
        }
        // A table that is not truncated keeps those from it to which it refers.
        loop {
            let more = contents.references().find(|reference| {
                deleted.contains(&reference.from) && !deleted.contains(&reference.to)
            });
            match more {
                Some(reference) => deleted.insert(&reference.to),
                None => break,
            };
        }
        let (kept, gone): (Vec<_>, Vec<_>) = contents
            .sources
            .iter()
            .partition(|source| deleted.contains(&source.table.name));
        Ok(Self {
            truncated: gone.iter().map(|source| source.from()).collect(),
            deleted: kept.iter().rev().map(|source| source.from()).collect(),
            deferred,
        })
    }

    /// The tables whose rows are deleted, as SQL names them.
    pub(super) fn deleted(&self) -> impl Iterator<Item = &str> {
        let names = self.deleted.iter();
        names.map(|name| name.trim_start_matches("ONLY "))
    }

    pub(super) fn run(&self, connection: &mut Connection) -> Result<(), SnapshotError> {
        if !self.truncated.is_empty() {
            let truncate = format!("TRUNCATE {}", self.truncated.join(", "));
            execute(connection, "empty the tables", &truncate)?;
        }
        for table in &self.deleted {
            let doing = || format!("empty {}", table.trim_start_matches("ONLY "));
            let bare = table.trim_start_matches("ONLY ");
            let statements =
                format!("LOCK TABLE ONLY {bare} IN SHARE ROW EXCLUSIVE MODE; DELETE FROM {table}");
            execute(connection, doing(), &statements)?;
            let left = connection.value(&format!("SELECT EXISTS (SELECT FROM {table})"));
            if left.map_err(SnapshotError::asking(doing()))?.as_deref() == Some("t") {
                return Err(SnapshotError::Refused(format!(
                    "cannot {}: rows are left",
                    doing()
                )));
            }
        }
        Ok(())
    }
}

/// Whether any row refers to something.
fn has_rows(connection: &mut Connection, key: &ForeignKey) -> Result<bool, SnapshotError> {
    let columns = key.reference.columns.iter();
    let given: Vec<String> = columns
        .map(|column| format!("f.{} IS NOT NULL", crate::script::quote_identifier(column)))
        .collect();
    let query = format!(
        "SELECT EXISTS (SELECT FROM {} AS f WHERE {})",
        key.from,
        given.join(" AND ")
    );
    let found = connection.value(&query);
    let found = found.map_err(SnapshotError::asking(format!(
        "see what refers to {}",
        key.reference.to
    )))?;
    Ok(found.as_deref() == Some("t"))
}
