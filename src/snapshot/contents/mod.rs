//! The contents of a database, as far as a snapshot is concerned: its tables in the order in which their rows can be loaded, its
//! sequences, its materialized views. It reads catalogs, in a transaction whose `search_path` is empty, and no row of a table.

mod columns;
mod foreign_keys;
mod large_objects;
mod relations;
mod selection;
mod sequences;
mod views;

use std::collections::BTreeMap;

pub use foreign_keys::ForeignKey;
pub use selection::Selection;

use super::error::SnapshotError;
use super::order::groups;
use super::table::{Reference, Table, TableName};
use crate::session::{Connection, Row};
use relations::Relation;

/// What of a database is saved.
#[derive(Debug, Clone, Default)]
pub struct Contents {
    /// The tables, each behind those that it refers to, as far as that can be.
    pub sources: Vec<Source>,
    /// The tables that could be saved and are not.
    pub others: Vec<Table>,
    /// Every foreign key that begins or ends at one of them.
    pub foreign_keys: Vec<ForeignKey>,
    /// Groups of more than one table that refer to one another.
    pub cycles: Vec<Vec<TableName>>,
    /// The sequences, by name.
    pub sequences: Vec<TableName>,
    /// The materialized views that are populated, each behind those that it is made from.
    pub views: Vec<TableName>,
    /// What is left out, and is to be known.
    pub remarks: Vec<String>,
}

/// A table whose rows are saved, and how they are read.
#[derive(Debug, Clone)]
pub struct Source {
    /// The table.
    pub table: Table,
    /// The order of its rows, in SQL, where the table is `t`.
    pub order: String,
    /// The columns that this order hangs on.
    pub ordered_by: Vec<String>,
    /// Which rows are saved, in SQL; none means all. An extension says that of its own tables.
    pub condition: Option<String>,
    /// Its number in the catalogs.
    oid: String,
}

impl Source {
    /// The table as a query names it, so that no rows of others come with it.
    pub fn from(&self) -> String {
        let only = if self.table.is_partitioned {
            ""
        } else {
            "ONLY "
        };
        format!("{only}{}", self.table.name.to_sql())
    }

    /// Its number in the catalogs.
    pub(super) fn oid(&self) -> &str {
        &self.oid
    }
}

impl Contents {
    /// Reads what a selection leaves.
    ///
    /// # Errors
    /// When the server cannot be asked, when a pattern means nothing, and where there is what cannot be saved.
    pub fn read(connection: &mut Connection, selection: &Selection) -> Result<Self, SnapshotError> {
        let all = relations::read(connection)?;
        let mut remarks = Vec::new();
        let chosen = selection.of(all.clone(), &mut remarks)?;
        let mut columns = columns::read(connection)?;
        let mut sources = Vec::new();
        for relation in chosen {
            let its = columns.remove(&relation.oid).unwrap_or_default();
            sources.push(source(relation, its));
        }
        let others = all.into_iter().filter(|relation| {
            let is_saved = || sources.iter().any(|it| it.oid == relation.oid);
            relation.kind != 'f' && !selection.is_never(&relation.name) && !is_saved()
        });
        let others = others.map(|relation| {
            let its = columns.remove(&relation.oid).unwrap_or_default();
            source(relation, its).table
        });
        let others = others.collect();
        let (foreign_keys, between) = foreign_keys::read(connection, &sources)?;
        let mut cycles = Vec::new();
        let mut order = Vec::new();
        for group in groups(sources.len(), &between) {
            if group.len() > 1 {
                let names = group.iter().map(|at| sources[*at].table.name.clone());
                cycles.push(names.collect());
            }
            order.extend(group);
        }
        let mut places: Vec<Option<Source>> = sources.into_iter().map(Some).collect();
        let sources: Vec<Source> = order.iter().filter_map(|at| places[*at].take()).collect();
        Ok(Self {
            sequences: sequences::read(connection, &sources, selection)?,
            views: views::read(connection)?,
            sources,
            others,
            foreign_keys,
            cycles,
            remarks,
        })
    }

    /// Refuses to leave out large objects that rows may refer to; where none can, it is a remark.
    ///
    /// # Errors
    /// When the server cannot be asked, and the columns that may refer to them.
    pub fn without_large_objects(
        mut self,
        connection: &mut Connection,
    ) -> Result<Self, SnapshotError> {
        self.remarks
            .extend(large_objects::check(connection, &self.sources)?);
        Ok(self)
    }

    /// Keeps all others from emptying these tables, or writing them anew, until the transaction ends. It has to come before
    /// anything is read in it.
    ///
    /// # Errors
    /// The role may not read a table, or waiting for it is given up.
    pub fn lock(&self, connection: &mut Connection) -> Result<(), SnapshotError> {
        let names: Vec<String> = self.tables().map(|table| table.name.to_sql()).collect();
        if names.is_empty() {
            return Ok(());
        }
        connection
            .execute(&format!(
                "LOCK TABLE {} IN ACCESS SHARE MODE",
                names.join(", ")
            ))
            .map_err(SnapshotError::asking("keep the tables as they are"))
    }

    /// The tables.
    pub fn tables(&self) -> impl Iterator<Item = &Table> {
        self.sources.iter().map(|source| &source.table)
    }

    /// The source of a table.
    pub fn source(&self, name: &TableName) -> Option<&Source> {
        self.sources.iter().find(|it| it.table.name == *name)
    }

    /// The foreign keys between two of the tables.
    pub fn references(&self) -> impl Iterator<Item = &Reference> {
        let inside = |it: &&ForeignKey| it.is_inside;
        self.foreign_keys
            .iter()
            .filter(inside)
            .map(|it| &it.reference)
    }
}

fn source(relation: Relation, its: columns::Columns) -> Source {
    let order = match &its.key_order[..] {
        [] => match &its.saved[..] {
            [] => String::new(),
            saved => {
                let columns = saved
                    .iter()
                    .map(|column| format!("t.{}", quoted(&column.name)));
                let columns = columns.collect::<Vec<_>>().join(", ");
                format!("ROW({columns})::pg_catalog.text COLLATE pg_catalog.\"C\"")
            }
        },
        key => key.join(", "),
    };
    let ordered_by = match &its.key[..] {
        [] => its.saved.iter().map(|it| it.name.clone()).collect(),
        key => key.to_vec(),
    };
    Source {
        order,
        ordered_by,
        condition: relation.condition,
        oid: relation.oid,
        table: Table {
            name: relation.name,
            columns: its.saved,
            key: its.key,
            unique: its.unique,
            checks: its.checks,
            is_partitioned: relation.kind == 'p',
            partition_key: its.partition_key,
            ancestors: its.ancestors,
        },
    }
}

fn quoted(name: &str) -> String {
    crate::script::quote_identifier(name)
}

/// The values of a row, one after the other; NULL is an empty text.
struct Values(std::vec::IntoIter<Option<String>>);

impl Values {
    fn of(row: Row) -> Self {
        Self(row.into_iter())
    }

    fn maybe(&mut self) -> Option<String> {
        self.0.next().flatten()
    }

    fn text(&mut self) -> String {
        self.maybe().unwrap_or_default()
    }

    fn is_true(&mut self) -> bool {
        self.text() == "t"
    }

    fn number<T: std::str::FromStr + Default>(&mut self) -> T {
        self.text().parse().unwrap_or_default()
    }

    /// An array of texts, which the query gives as JSON.
    fn list(&mut self) -> Vec<String> {
        serde_json::from_str(&self.text()).unwrap_or_default()
    }

    fn name(&mut self) -> TableName {
        TableName {
            schema: self.text(),
            name: self.text(),
        }
    }
}

/// Asks a query of the catalogs.
fn ask(connection: &mut Connection, what: &str, query: &str) -> Result<Vec<Values>, SnapshotError> {
    let rows = connection.rows(query);
    let rows = rows.map_err(SnapshotError::asking(format!("look for {what}")))?;
    Ok(rows.into_iter().map(Values::of).collect())
}

/// Things by the numbers of their tables.
type ByOid<T> = BTreeMap<String, T>;
