//! Saving: the rows of a database, as they are at one moment, into a file. The transaction is the caller's, so that what else is
//! read of the database is of the same moment.

use std::io::{self, Write};

use super::contents::{Contents, Source};
use super::error::SnapshotError;
use super::file::Writer;
use super::form;
use super::head::{FORMAT, Head, Index, SavedColumn, SavedFixture, SavedTable, SequenceState};
use super::lineage::Lineage;
use super::mask::{Masking, RowMask};
use super::sample::Sample;
use super::table::TableName;
use crate::session::Connection;

/// What is done to the rows of tables before they are saved.
#[derive(Debug)]
pub struct Treatment {
    /// What takes the place of values.
    pub masking: Masking,
    /// Which rows are saved.
    pub sample: Sample,
}

/// What is known of a snapshot before its rows are read, besides the contents of the database.
#[derive(Debug, Clone, Default)]
pub struct Origin {
    /// The layout of the migrations, as it is typed.
    pub layout: Option<String>,
    /// The migrations that the database got; none where a command migrates.
    pub lineage: Option<Lineage>,
    /// The fixtures scripts that have run there.
    pub fixtures: Vec<SavedFixture>,
    /// Whether only some tables are saved.
    pub is_selection: bool,
}

/// Whether a transaction may write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// It only reads.
    Read,
    /// It may make temporary tables, until [`only_read`] ends that.
    TemporaryTables,
}

/// Begins the transaction in which a database is saved: all of it sees one moment, and it writes nothing to tables that live on.
///
/// # Errors
/// When the server refuses.
pub fn begin(connection: &mut Connection, access: Access) -> Result<(), SnapshotError> {
    let encoding = form::encoding_of(connection);
    let access = match access {
        Access::Read => "READ ONLY",
        Access::TemporaryTables => "READ WRITE",
    };
    let statements = format!(
        "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ {access}; {NO_SEARCH_PATH}; {}",
        form::settings(encoding)
    );
    connection
        .execute(&statements)
        .map_err(SnapshotError::asking("begin to save"))
}

/// From here on, the transaction only reads, but for temporary tables that are there.
///
/// # Errors
/// When the server refuses.
pub fn only_read(connection: &mut Connection) -> Result<(), SnapshotError> {
    connection
        .execute("SET TRANSACTION READ ONLY")
        .map_err(SnapshotError::asking("begin to read"))
}

/// Does something where names mean what they mean to whoever connects, as they do in conditions and checks that people wrote. All else
/// of a transaction in which rows are saved is done where names without a schema mean nothing.
///
/// # Errors
/// When the server refuses, and what is wrong with what is done.
pub fn by_usual_names<T, E: From<SnapshotError>>(
    connection: &mut Connection,
    what: impl FnOnce(&mut Connection) -> Result<T, E>,
) -> Result<T, E> {
    let set = |connection: &mut Connection, statement: &str| {
        let set = connection.execute(statement);
        set.map_err(SnapshotError::asking("set the search_path"))
    };
    set(connection, "SET LOCAL search_path TO DEFAULT")?;
    // Where it fails, the transaction is of no use any more.
    let done = what(connection)?;
    set(connection, NO_SEARCH_PATH)?;
    Ok(done)
}

const NO_SEARCH_PATH: &str = "SET LOCAL search_path = ''";

/// The head of a snapshot of these contents.
pub fn head(
    connection: &Connection,
    contents: &Contents,
    origin: Origin,
    treatment: &Treatment,
) -> Head {
    let tables = contents.tables().map(|table| SavedTable {
        name: table.name.clone(),
        columns: table
            .columns
            .iter()
            .map(|column| SavedColumn {
                name: column.name.clone(),
                data_type: column.data_type.clone(),
            })
            .collect(),
    });
    Head {
        format: FORMAT,
        encoding: form::encoding_of(connection).to_owned(),
        layout: origin.layout,
        lineage: origin.lineage,
        is_selection: origin.is_selection,
        tables: tables.collect(),
        sequences: contents.sequences.clone(),
        materialized_views: contents.views.clone(),
        fixtures: origin.fixtures,
        masked: treatment.masking.columns().collect(),
        filtered: treatment.sample.tables().cloned().collect(),
    }
}

/// Saves the rows, in the transaction that [`begin`] began. Returns what was written to, and how much it is.
///
/// # Errors
/// When the server or the writer fails, and where a row cannot be masked: then nothing is saved at all.
pub fn save<W: Write>(
    connection: &mut Connection,
    contents: &Contents,
    head: Head,
    treatment: &Treatment,
    out: W,
) -> Result<(W, Index), SnapshotError> {
    let writing = |source: io::Error| {
        SnapshotError::copying("write the snapshot")(crate::session::BulkError::Here(source))
    };
    let encoding = form::encoding_of(connection);
    let mut writer = Writer::begin(head, out).map_err(writing)?;
    for source in &contents.sources {
        writer.table().map_err(writing)?;
        let name = &source.table.name;
        let mut mask = treatment.masking.for_table(name).map(RowMask::rows);
        let mut masked = Vec::new();
        let mut take = |line: &[u8]| match &mut mask {
            None => writer.row(line),
            Some(mask) => {
                masked.clear();
                mask.feed(line, &mut masked).map_err(io::Error::other)?;
                writer.row(&masked)
            }
        };
        connection
            .copy_out(&query(source, treatment, encoding), &mut take)
            .map_err(SnapshotError::copying(format!("save the rows of {name}")))?;
        writer.end_table().map_err(writing)?;
    }
    // They do not keep to the moment of the transaction: read last, they are never behind the rows.
    let mut sequences = Vec::new();
    for name in &contents.sequences {
        sequences.push(sequence(connection, name)?);
    }
    writer.seal(sequences).map_err(writing)
}

/// The `COPY` that reads the rows of a table.
fn query(source: &Source, treatment: &Treatment, encoding: &str) -> String {
    let condition = treatment.sample.condition(&source.table.name);
    let columns = source.table.columns.iter();
    let columns: Vec<String> = columns
        .map(|column| format!("t.{}", crate::script::quote_identifier(&column.name)))
        .collect();
    let conditions: Vec<String> = [source.condition.as_deref(), condition.as_deref()]
        .into_iter()
        .flatten()
        .map(|condition| format!("({condition})"))
        .collect();
    let wanted = match &conditions[..] {
        [] => String::new(),
        conditions => format!(" WHERE {}", conditions.join(" AND ")),
    };
    let order = match order(source, &treatment.masking, encoding) {
        order if order.is_empty() => order,
        order => format!(" ORDER BY {order}"),
    };
    format!(
        "COPY (SELECT {} FROM {} AS t{wanted}{order}) TO STDOUT",
        columns.join(", "),
        source.from()
    )
}

/// The order in which the rows are saved, in SQL. Where their own would tell how masked values follow one another, which of a key is
/// as good as the values, it is one that only who has the key of masking can tell.
fn order(source: &Source, masking: &Masking, encoding: &str) -> String {
    let table = &source.table.name;
    let is_masked = |column: &str| {
        let mask = masking.for_table(table);
        mask.is_some_and(|mask| mask.replaced().any(|it| it == column))
    };
    if !source.ordered_by.iter().any(|column| is_masked(column)) {
        return source.order.clone();
    }
    let columns = source.ordered_by.iter();
    let columns: Vec<String> = columns
        .map(|column| format!("t.{}", crate::script::quote_identifier(column)))
        .collect();
    format!(
        "pg_catalog.sha256(pg_catalog.convert_to('{}' OPERATOR(pg_catalog.||) ROW({})::pg_catalog.text, '{encoding}'))",
        masking.salt(table),
        columns.join(", ")
    )
}

fn sequence(connection: &mut Connection, name: &TableName) -> Result<SequenceState, SnapshotError> {
    let query = format!("SELECT last_value, is_called FROM {}", name.to_sql());
    let rows = connection.rows(&query);
    let rows = rows.map_err(SnapshotError::asking(format!("read the sequence {name}")))?;
    let mut values = rows.into_iter().flatten().flatten();
    let read = values.next().and_then(|last| last.parse().ok());
    match (read, values.next()) {
        (Some(last_value), Some(is_called)) => Ok(SequenceState {
            last_value,
            is_called: is_called == "t",
        }),
        _ => Err(SnapshotError::Refused(format!(
            "cannot make sense of the sequence {name}"
        ))),
    }
}
