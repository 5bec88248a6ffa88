use crate::script::quote_identifier;

/// A migration that was tried on rows that exist.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trial {
    /// Its version; none where it has none.
    pub version: Option<String>,
    /// The snapshot whose rows it met, by the name of its file; none where it met only what earlier migrations have made.
    pub snapshot: Option<String>,
    /// What it changed, table by table.
    pub changes: Vec<TableChange>,
    /// What is lost when it is taken back and applied again, where that was tried.
    pub losses: Vec<Loss>,
    /// How long all else took that its trial needs.
    pub besides: std::time::Duration,
}

/// What a migration changed in a table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TableChange {
    /// The table's schema.
    pub schema: String,
    /// Its name in there.
    pub name: String,
    /// How many rows it inserted.
    pub inserted: u64,
    /// How many rows it updated.
    pub updated: u64,
    /// How many rows it deleted.
    pub deleted: u64,
    /// Whether it is not there any more.
    pub is_dropped: bool,
    /// Whether the table has new files: each row was written anew, or all were taken away.
    pub is_rewritten: bool,
    /// How many rows it has behind that, where it was rewritten.
    pub rows: Option<u64>,
}

impl TableChange {
    /// The table: `schema.table`.
    pub fn table(&self) -> String {
        format!("{}.{}", self.schema, self.name)
    }

    /// The table as SQL writes it.
    pub fn to_sql(&self) -> String {
        format!(
            "{}.{}",
            quote_identifier(&self.schema),
            quote_identifier(&self.name)
        )
    }

    /// How many rows were inserted, updated or deleted.
    pub fn rows_changed(&self) -> u64 {
        self.inserted
            .saturating_add(self.updated)
            .saturating_add(self.deleted)
    }
}

/// What of the rows is lost, or is another than before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loss {
    /// The table: `schema.table`.
    pub table: String,
    /// Of what: a column, or whole rows where there is none.
    pub column: Option<String>,
    /// How many values, or rows, there were.
    pub before: u64,
    /// How many there are.
    pub after: u64,
}
