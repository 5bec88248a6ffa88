//! A snapshot as a script for psql: every word of it but the rows. It is made from the head and the index alone, so that whoever
//! reads a snapshot knows what must stand between the rows.

use std::io;

use super::form;
use super::head::{Head, Index, SavedTable};
use super::table::TableName;
use crate::script::{quote_identifier, quote_literal};

/// What the first line begins with; behind it stands the head as JSON.
pub(super) const FIRST: &str = "-- pgassay snapshot ";
/// The line that ends the rows of a table.
pub(super) const END_OF_ROWS: &[u8] = b"\\.\n";

/// The first line: the head.
pub(super) fn first_line(head: &Head) -> io::Result<String> {
    Ok(format!("{FIRST}{}\n", serde_json::to_string(head)?))
}

/// What stands between the head and the first table. Triggers are silenced for whoever may do that.
pub(super) fn beginning(head: &Head) -> String {
    format!(
        "BEGIN;\n{}SELECT pg_catalog.set_config('session_replication_role', 'replica', true) WHERE (SELECT rolsuper FROM pg_catalog.pg_roles \
         WHERE rolname = CURRENT_USER);\n",
        form::settings(&head.encoding)
    )
}

/// The `COPY` that takes the rows of a table.
pub(super) fn copy(table: &SavedTable) -> String {
    let columns: Vec<String> = table
        .columns
        .iter()
        .map(|column| quote_identifier(&column.name))
        .collect();
    let columns = match &columns[..] {
        [] => String::new(),
        columns => format!(" ({})", columns.join(", ")),
    };
    format!("COPY {}{columns} FROM STDIN", table.name.to_sql())
}

/// What stands before the rows of a table.
pub(super) fn before_rows(table: &SavedTable) -> String {
    format!("\n{};\n", copy(table))
}

/// What stands behind the last table.
pub(super) fn ending(head: &Head, index: &Index) -> String {
    let mut text = String::from("\n");
    for (name, state) in head.sequences.iter().zip(&index.sequences) {
        text.push_str(&format!(
            "SELECT pg_catalog.setval({}, {}, {});\n",
            regclass(name),
            state.last_value,
            state.is_called
        ));
    }
    for view in &head.materialized_views {
        text.push_str(&format!("REFRESH MATERIALIZED VIEW {};\n", view.to_sql()));
    }
    text.push_str("COMMIT;\n");
    text
}

/// A relation as a value.
pub(super) fn regclass(name: &TableName) -> String {
    format!("{}::pg_catalog.regclass", quote_literal(&name.to_sql()))
}
