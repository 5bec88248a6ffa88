//! A digest of rows: of each table, how many there are, and of each column, how many values and which. Two databases with the
//! same rows have the same digest, in whatever order their rows and columns are.

use std::collections::BTreeMap;

use super::DatabaseError;
use crate::event::Loss;
use crate::script::{quote_identifier, quote_literal};
use crate::session::Connection;

/// A digest of all rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Digest(BTreeMap<Name, TableDigest>);

/// Schema and table.
type Name = (String, String);

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct TableDigest {
    rows: u64,
    /// Of whole rows.
    hash: String,
    /// Of each column, how many values it has, and their hash.
    columns: BTreeMap<String, (u64, String)>,
}

/// Schema, table and columns of all tables that hold rows of their own; those without a file's block have none.
const COLUMNS: &str = "
    SELECT n.nspname, c.relname, a.attname
      FROM pg_catalog.pg_class c
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
     WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND pg_catalog.pg_relation_size(c.oid) > 0
       AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'
     ORDER BY n.nspname, c.relname, a.attname";

/// So many columns are asked for in one query.
const COLUMNS_AT_ONCE: usize = 800;

impl Digest {
    /// Takes it.
    ///
    /// # Errors
    /// The server's error.
    pub fn take(session: &mut Connection) -> Result<Self, DatabaseError> {
        let doing = || DatabaseError::query("compare rows");
        let mut tables: BTreeMap<Name, Vec<String>> = BTreeMap::new();
        for row in session.rows(COLUMNS).map_err(doing())? {
            if let [Some(schema), Some(table), Some(column)] = row.as_slice() {
                tables
                    .entry((schema.clone(), table.clone()))
                    .or_default()
                    .push(column.clone());
            }
        }
        // A query has room for 1664 expressions, and there are two for each column.
        let questions: Vec<String> = tables
            .iter()
            .flat_map(|(table, columns)| {
                let pieces = columns.chunks(COLUMNS_AT_ONCE).enumerate();
                pieces.map(|(at, piece)| question(table, piece, (at == 0).then_some(columns)))
            })
            .collect();
        let mut digests: BTreeMap<Name, TableDigest> = tables
            .keys()
            .map(|table| (table.clone(), TableDigest::default()))
            .collect();
        for row in session.rows(&questions.join(";\n")).map_err(doing())? {
            let unreadable = || DatabaseError::Unreadable {
                what: "the digest of a table".into(),
            };
            let [Some(schema), Some(table), column, Some(number), Some(hash)] = row.as_slice()
            else {
                return Err(unreadable());
            };
            let number: u64 = number.parse().map_err(|_| unreadable())?;
            let name = (schema.clone(), table.clone());
            let digest = digests.get_mut(&name).ok_or_else(unreadable)?;
            if let Some(column) = column {
                let its = (number, hash.clone());
                digest.columns.insert(column.clone(), its);
            } else {
                digest.rows = number;
                digest.hash.clone_from(hash);
            }
        }
        Ok(Self(digests))
    }

    /// What is lost, or another, in a later one: whole tables, rows, values of columns. What is new there is no loss.
    pub fn losses(&self, later: &Self) -> Vec<Loss> {
        let mut losses = Vec::new();
        for (name, before) in self.0.iter().filter(|(_, digest)| digest.rows > 0) {
            let table = format!("{}.{}", name.0, name.1);
            let after = later.0.get(name);
            let rows = after.map_or(0, |it| it.rows);
            if after == Some(before) {
                continue;
            }
            if rows != before.rows {
                losses.push(Loss {
                    table: table.clone(),
                    column: None,
                    before: before.rows,
                    after: rows,
                });
                continue;
            }
            let begin = losses.len();
            for (column, (number, hash)) in before.columns.iter().filter(|(_, (it, _))| *it > 0) {
                let now = after.and_then(|it| it.columns.get(column));
                if now.is_none_or(|(_, now)| now != hash) {
                    losses.push(Loss {
                        table: table.clone(),
                        column: Some(column.clone()),
                        before: *number,
                        after: now.map_or(0, |(number, _)| *number),
                    });
                }
            }
            let has_same_columns = after.is_some_and(|it| {
                it.columns.keys().eq(before.columns.keys()) && it.hash != before.hash
            });
            // Each column has its values, but they stand in other rows.
            if losses.len() == begin && has_same_columns {
                losses.push(Loss {
                    table: table.clone(),
                    column: None,
                    before: before.rows,
                    after: rows,
                });
            }
        }
        losses
    }
}

/// One row for each of these columns, and one for the whole table, where all of its columns are given. The sum of hashes does
/// not depend on the order of rows.
fn question((schema, table): &Name, columns: &[String], all: Option<&Vec<String>>) -> String {
    let from = format!("{}.{}", quote_identifier(schema), quote_identifier(table));
    let shown = format!("{}, {}", quote_literal(schema), quote_literal(table));
    let sum = |text: &str| {
        format!(
            "coalesce(pg_catalog.sum(pg_catalog.hashtextextended({text}, 0)::pg_catalog.numeric), 0)"
        )
    };
    let quoted = |columns: &[String]| -> Vec<String> {
        columns.iter().map(|it| quote_identifier(it)).collect()
    };
    let (mut aggregates, mut rows) = (Vec::new(), Vec::new());
    if let Some(all) = all {
        let row = format!("ROW({})::pg_catalog.text", quoted(all).join(", "));
        aggregates = vec!["pg_catalog.count(*)".to_owned(), sum(&row)];
        rows.push("(NULL, d.a1::pg_catalog.text, d.a2::pg_catalog.text)".to_owned());
    }
    for (column, name) in columns.iter().zip(&quoted(columns)) {
        let at = aggregates.len();
        aggregates.push(format!("pg_catalog.count({name})"));
        aggregates.push(sum(&format!("{name}::pg_catalog.text")));
        rows.push(format!(
            "({}, d.a{}::pg_catalog.text, d.a{}::pg_catalog.text)",
            quote_literal(column),
            at + 1,
            at + 2
        ));
    }
    let aliases: Vec<String> = (1..=aggregates.len()).map(|at| format!("a{at}")).collect();
    format!(
        "SELECT {shown}, v.* FROM (SELECT {} FROM ONLY {from}) AS d ({}), LATERAL (VALUES {}) AS v",
        aggregates.join(", "),
        aliases.join(", "),
        rows.join(", ")
    )
}
