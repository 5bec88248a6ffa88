//! Tables as a snapshot knows them: what of them is saved, and what binds their rows to one another. Values only.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::script::quote_identifier;

/// The name of a table.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TableName {
    /// Its schema.
    pub schema: String,
    /// Its name in there.
    pub name: String,
}

impl TableName {
    /// As SQL writes it.
    pub fn to_sql(&self) -> String {
        format!(
            "{}.{}",
            quote_identifier(&self.schema),
            quote_identifier(&self.name)
        )
    }
}

impl fmt::Display for TableName {
    /// As people are told of it, and as settings name it: `schema.table`.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}.{}", self.schema, self.name)
    }
}

/// A table whose rows are saved. A partitioned one stands for its partitions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: TableName,
    /// Its columns in their order, without those that the server generates.
    pub columns: Vec<Column>,
    /// The columns of its primary key, in the key's order; empty where there is none.
    pub key: Vec<String>,
    /// Of each unique constraint and unique index, the primary key's too, the columns; those over expressions are left out.
    pub unique: Vec<Vec<String>>,
    /// Its check constraints.
    pub checks: Vec<Check>,
    /// Whether it is partitioned.
    pub is_partitioned: bool,
    /// The columns of its partition key, and those of its partitions' own; empty where it is not partitioned.
    pub partition_key: Vec<String>,
    /// The tables that it inherits from, on all levels, the nearest first.
    pub ancestors: Vec<Ancestor>,
}

/// A table that another one inherits from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ancestor {
    /// Its name.
    pub name: TableName,
    /// How many levels it is away; by several ways, the shortest counts.
    pub distance: usize,
    /// Its columns, which the other one has too.
    pub columns: Vec<String>,
}

/// A check constraint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// Its name.
    pub name: String,
    /// The columns that it is about.
    pub columns: Vec<String>,
}

/// A column whose values are saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type, as the server writes it with its modifier and, outside of `pg_catalog`, its schema.
    pub data_type: String,
    /// What its values are.
    pub values: Values,
    /// Whether NULL is refused, by the column or by a domain.
    pub not_null: bool,
}

/// What the values of a column are, below domains: as far as it matters for replacing them by others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Values {
    /// Text of any kind, with the greatest number of characters where there is one. `is_padded`: `character(n)`.
    Text {
        /// The greatest number of characters.
        longest: Option<u32>,
        /// Whether the server fills it up with blanks.
        is_padded: bool,
    },
    /// A whole number of so many bytes: 2, 4 or 8.
    Integer(u8),
    /// `numeric`, with digits in all and behind the point where that is said; `real` and `double precision`, without.
    Number {
        /// Digits in all, and of them behind the point.
        digits: Option<(u32, i32)>,
    },
    /// `boolean`.
    Boolean,
    /// `uuid`.
    Uuid,
    /// `date`.
    Date,
    /// `timestamp`, with or without a time zone.
    Timestamp,
    /// `bytea`.
    Bytes,
    /// `json` or `jsonb`.
    Json,
    /// `inet` or `cidr`.
    Address,
    /// Anything else: enums, arrays, ranges, composites, …
    Other,
}

/// A foreign key between two tables that are saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// The constraint's name.
    pub name: String,
    /// The table that refers.
    pub from: TableName,
    /// Its columns.
    pub columns: Vec<String>,
    /// The table that is referred to.
    pub to: TableName,
    /// That one's columns, one for each.
    pub to_columns: Vec<String>,
    /// For each pair of columns, the operator by which the one referred to is equal to the other, as SQL writes it between them.
    pub operators: Vec<String>,
    /// Whether all rows are known to keep it: it is not `NOT VALID`.
    pub is_valid: bool,
    /// Whether a row with some of its columns NULL is refused (`MATCH FULL`); else such a row refers to nothing.
    pub is_full: bool,
}
