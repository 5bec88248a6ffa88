//! What a snapshot says of itself: the head, which is known before the first row is read, and the index, which is known behind
//! the last one. Values only.

use serde::{Deserialize, Serialize};

use super::lineage::Lineage;
use super::table::TableName;

/// The number of the format that is written, and the only one that is read.
pub const FORMAT: u64 = 1;

/// What stands at the beginning of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// [`FORMAT`].
    pub format: u64,
    /// The encoding of the texts, as `client_encoding` names it.
    pub encoding: String,
    /// The layout of the migrations, as it is typed; none where a command migrates.
    pub layout: Option<String>,
    /// The migrations behind which the rows were saved; none where a command migrates.
    pub lineage: Option<Lineage>,
    /// Whether it holds some tables only.
    pub is_selection: bool,
    /// The tables, in the order in which their rows follow.
    pub tables: Vec<SavedTable>,
    /// The sequences.
    pub sequences: Vec<TableName>,
    /// The materialized views that were populated, each behind those that it is made from.
    pub materialized_views: Vec<TableName>,
    /// The fixtures scripts that had run.
    pub fixtures: Vec<SavedFixture>,
    /// The columns whose values were replaced.
    pub masked: Vec<ColumnName>,
    /// The tables of which some rows were left out.
    pub filtered: Vec<TableName>,
}

/// A table, as it was when its rows were saved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedTable {
    /// Its name.
    #[serde(flatten)]
    pub name: TableName,
    /// Its columns, in the order in which their values follow.
    pub columns: Vec<SavedColumn>,
}

/// A column, as it was when its values were saved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedColumn {
    /// Its name.
    pub name: String,
    /// Its type, as the server writes it.
    #[serde(rename = "type")]
    pub data_type: String,
}

/// A fixtures script that had run in the database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedFixture {
    /// Its path, as shown.
    pub script: String,
    /// The hash of its text.
    pub checksum: String,
}

/// The name of a column.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnName {
    /// Its table.
    pub table: TableName,
    /// Its name in there.
    pub name: String,
}

/// What stands at the end of a snapshot.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Index {
    /// The number of rows of each table of the head.
    pub rows: Vec<u64>,
    /// How far each sequence of the head has come.
    pub sequences: Vec<SequenceState>,
}

/// How far a sequence has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SequenceState {
    /// The value that it gave last, or is to give first.
    pub last_value: i64,
    /// Whether it has given that value.
    pub is_called: bool,
}

impl Head {
    /// How people are told at which version it is: the last migration's version, or its name.
    pub fn version(&self) -> &str {
        match &self.lineage {
            None => "of a migrate_command",
            Some(lineage) => lineage.version().unwrap_or("no migrations"),
        }
    }
}

impl Index {
    /// The number of all rows.
    pub fn row_count(&self) -> u64 {
        self.rows.iter().sum()
    }
}
