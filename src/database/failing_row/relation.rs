//! A table as it must be known to look for a row in it, and a row that was found.

use super::asking::{Asking, Stopped};
use super::reader::{Name, mentioned};
use super::suspect::Part;
use super::{FailingRow, Value};
use crate::event::ServerMessage;
use crate::script::{quote_identifier, quote_literal};

/// How many characters of a value are asked for.
const ASKED: usize = 200;
/// In how many tables with a domain it is looked.
const TABLES: usize = 50;

/// A table with its rows.
#[derive(Debug, Clone)]
pub(super) struct Relation {
    pub(super) oid: String,
    /// As SQL writes it behind FROM, with ONLY where that is meant.
    pub(super) sql: String,
    /// As SQL writes its name.
    pub(super) name: String,
    /// The columns of its primary key.
    pub(super) key: Vec<String>,
}

impl Relation {
    /// The table of this name, as the session finds it; none where there is no such table.
    pub(super) fn named(
        asking: &mut Asking<'_>,
        name: &Name,
        only: bool,
    ) -> Result<Vec<Self>, Stopped> {
        let parts: Vec<String> = name.iter().map(|part| quote_identifier(part)).collect();
        let condition = format!(
            "c.oid = pg_catalog.to_regclass({})",
            quote_literal(&parts.join("."))
        );
        Self::all(asking, &condition, only)
    }

    /// The tables with a column of this domain.
    pub(super) fn with_domain(
        asking: &mut Asking<'_>,
        domain: &Name,
    ) -> Result<Vec<Self>, Stopped> {
        let parts: Vec<String> = domain.iter().map(|part| quote_identifier(part)).collect();
        let condition = format!(
            "c.relkind = 'r' AND EXISTS (SELECT FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid
                AND NOT a.attisdropped AND a.atttypid = pg_catalog.to_regtype({}))",
            quote_literal(&parts.join("."))
        );
        let found = Self::all(asking, &condition, true)?;
        Ok(if found.len() > TABLES {
            Vec::new()
        } else {
            found
        })
    }

    /// The tables of a condition. One with rules is none: its rows cannot be taken away for a while.
    fn all(asking: &mut Asking<'_>, condition: &str, only: bool) -> Result<Vec<Self>, Stopped> {
        let rows = asking.rows(&format!(
            "SELECT c.oid, pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname)
               FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
              WHERE c.relkind IN ('r', 'p') AND NOT c.relhasrules AND {condition}
              ORDER BY 2"
        ))?;
        let mut relations = Vec::new();
        for row in rows {
            let mut row = row.into_iter().flatten();
            let (Some(oid), Some(name)) = (row.next(), row.next()) else {
                return Err(Stopped);
            };
            let key = key_of(asking, &oid)?;
            let only = if only { "ONLY " } else { "" };
            relations.push(Self {
                sql: format!("{only}{name}"),
                oid,
                name,
                key,
            });
        }
        Ok(relations)
    }

    /// In which order its rows are looked at.
    pub(super) fn order(&self, alias: &str) -> String {
        let key = self.key.iter().map(|it| format!("{alias}.{it}"));
        let place = ["tableoid", "ctid"].map(|it| format!("{alias}.{it}"));
        key.chain(place).collect::<Vec<_>>().join(", ")
    }
}

/// The columns of a table's primary key, as SQL writes them.
fn key_of(asking: &mut Asking<'_>, oid: &str) -> Result<Vec<String>, Stopped> {
    let rows = asking.rows(&format!(
        "SELECT pg_catalog.quote_ident(a.attname)
           FROM pg_catalog.pg_index i
          CROSS JOIN LATERAL pg_catalog.unnest(i.indkey) WITH ORDINALITY AS k (attnum, n)
           JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
          WHERE i.indrelid = {oid} AND i.indisprimary AND k.n <= i.indnkeyatts
          ORDER BY k.n"
    ))?;
    Ok(rows.into_iter().flatten().flatten().collect())
}

/// A row that was found.
#[derive(Debug, Clone)]
pub(super) struct Found {
    /// The table that it is in itself.
    pub(super) table: String,
    /// Where it is in there.
    pub(super) place: String,
    /// How many others fail.
    pub(super) others: Option<u64>,
    /// The condition that it does not satisfy, where it is known.
    pub(super) condition: Option<String>,
}

impl Found {
    /// Reads the row. A part of the statement that is to blame tells the column, where the error does not.
    pub(super) fn told(
        self,
        asking: &mut Asking<'_>,
        part: Option<&Part<'_>>,
        error: &ServerMessage,
    ) -> Result<Option<FailingRow>, Stopped> {
        let names = asking.rows(&format!(
            "SELECT n.nspname, c.relname, pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname)
               FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
              WHERE c.oid = {}",
            self.table
        ))?;
        let Some(names) = names.into_iter().next() else {
            return Ok(None);
        };
        let mut names = names.into_iter().flatten();
        let (Some(schema), Some(table), Some(sql)) = (names.next(), names.next(), names.next())
        else {
            return Ok(None);
        };
        let columns = asking.rows(&format!(
            "SELECT attname FROM pg_catalog.pg_attribute
              WHERE attrelid = {} AND attnum > 0 AND NOT attisdropped",
            self.table
        ))?;
        let columns: Vec<String> = columns.into_iter().flatten().flatten().collect();
        let key = key_of(asking, &self.table)?;
        let column = column_to_blame(&columns, part, self.condition.as_deref(), error);
        let quoted = column.as_ref().map(|column| quote_identifier(column));
        let asked: Vec<String> = key
            .iter()
            .chain(&quoted)
            .flat_map(|column| {
                let text = format!("t.{column}::pg_catalog.text");
                [
                    format!("pg_catalog.left({text}, {ASKED})"),
                    format!("pg_catalog.length({text})"),
                ]
            })
            .collect();
        let mut values = Vec::new();
        if !asked.is_empty() {
            asking.execute("SET LOCAL row_security = off")?;
            let row = asking.rows(&format!(
                "SELECT {} FROM ONLY {sql} AS t WHERE t.ctid = {}",
                asked.join(", "),
                quote_literal(&self.place)
            ))?;
            let Some(row) = row.into_iter().next() else {
                return Ok(None);
            };
            let length = |it: &Option<String>| it.as_ref().and_then(|it| it.parse().ok());
            for pair in row.chunks_exact(2) {
                values.push(Value {
                    text: pair[0].clone(),
                    characters: length(&pair[1]).unwrap_or(0),
                });
            }
        }
        let column = column.and_then(|column| Some((column, values.pop()?)));
        let names = key.iter().map(|it| unquoted(it));
        Ok(Some(FailingRow {
            schema,
            table,
            key: names.zip(values).collect(),
            column,
            others: self.others,
        }))
    }
}

/// The name of which this is how SQL writes it.
pub(super) fn unquoted(name: &str) -> String {
    let inside = name.strip_prefix('"').and_then(|it| it.strip_suffix('"'));
    inside.map_or_else(|| name.to_owned(), |it| it.replace("\"\"", "\""))
}

/// The column to look at: what the error names, or the only one that the part computes something from, or that it alters.
fn column_to_blame(
    columns: &[String],
    part: Option<&Part<'_>>,
    condition: Option<&str>,
    error: &ServerMessage,
) -> Option<String> {
    let only = |expression: &str| match mentioned(expression, columns).as_slice() {
        [only] => Some(only.clone()),
        _ => None,
    };
    let there = |column: &Option<String>| column.clone().filter(|it| columns.contains(it));
    let key = || {
        let detail = error.detail.as_deref()?;
        only(detail.strip_prefix("Key (")?.split(")=(").next()?)
    };
    there(&error.column)
        .or_else(|| part.and_then(|part| only(&part.reads.join(", "))))
        .or_else(|| condition.and_then(only))
        .or_else(|| part.and_then(|part| there(&part.column)))
        .or_else(key)
}
