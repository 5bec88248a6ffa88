//! A part of the rows: those that a condition names, with all that they refer to, and of the tables that refer to them what
//! still holds together.
//!
//! A table with a filter keeps the rows that match. What a kept row refers to is kept too, in any table, however far. A table
//! without a filter that refers to one with a filter, however far, keeps the rows all of whose references are kept or NULL.
//! All other tables keep all rows.
//!
//! Which rows are kept stands in temporary tables, which only the session sees that reads the rows, and only it can:
//! [`Sample::prepare`] makes them, [`Sample::fill`] fills them in the transaction in which the rows are read.

mod condition;
mod fill;
mod followers;

use std::collections::BTreeSet;

use super::mask::table_path;
use super::{Reference, Table, TableName};
use crate::script::quote_identifier;
use crate::session::{Connection, QueryError};
use crate::settings::nearest;

/// A filter as somebody said it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// The table whose rows are chosen.
    pub table: TableName,
    /// The condition that they must meet, in SQL, as it could stand behind `WHERE`.
    pub condition: String,
    /// Where it was said, as shown.
    pub said_at: String,
    /// The table that it was said for, where that is another one, from which this one inherits.
    pub handed_down: Option<TableName>,
}

impl Filter {
    /// As people are told of its table.
    fn whose(&self) -> String {
        let table = table_path(&self.table);
        match &self.handed_down {
            None => table,
            Some(ancestor) => format!(
                "{} for {table}, which inherits from it,",
                table_path(ancestor)
            ),
        }
    }

    /// Behind the table in `FROM`: the name that the condition may call it by.
    fn alias(&self) -> String {
        match &self.handed_down {
            None => String::new(),
            Some(ancestor) => format!(" AS {}", quote_identifier(&ancestor.name)),
        }
    }
}

/// The filters for the tables that are saved: their own, and for one without, that of the nearest table that it inherits from, be that
/// saved or not. `others` are tables that are there and are not saved: a filter of one of them is for nothing else, but no mistake.
///
/// # Errors
/// Tables that inherit from several that have filters, equally near: which one holds is not known.
pub fn effective(
    filters: &[Filter],
    tables: &[Table],
    others: &[Table],
) -> Result<Vec<Filter>, Vec<FilterProblem>> {
    let is_other = |table: &TableName| others.iter().any(|it| it.name == *table);
    let own = filters.iter().filter(|it| !is_other(&it.table));
    let mut effective: Vec<Filter> = own.cloned().collect();
    let mut problems = Vec::new();
    for table in tables {
        if filters.iter().any(|it| it.table == table.name) {
            continue;
        }
        let mut inherited = table.ancestors.iter().filter_map(|ancestor| {
            let filter = filters.iter().find(|it| it.table == ancestor.name)?;
            Some((ancestor.distance, filter))
        });
        let Some((distance, filter)) = inherited.next() else {
            continue;
        };
        match inherited.find(|(its, other)| *its == distance && other.condition != filter.condition)
        {
            Some((_, other)) => problems.push(FilterProblem::Rivals {
                said_at: other.said_at.clone(),
                table: table_path(&table.name),
                one: table_path(&filter.table),
                other: table_path(&other.table),
            }),
            None => effective.push(Filter {
                table: table.name.clone(),
                handed_down: Some(filter.table.clone()),
                ..filter.clone()
            }),
        }
    }
    if problems.is_empty() {
        Ok(effective)
    } else {
        Err(problems)
    }
}

/// What is wrong with a filter, found before the server sees it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FilterProblem {
    /// Its table is not saved.
    #[error("{said_at}: \"{table}\" is no table that is saved{}", nearest.as_ref().map_or_else(String::new, |it| format!("; did you mean \"{it}\"?")))]
    NotSaved {
        /// Where it was said.
        said_at: String,
        /// The table.
        table: String,
        /// The table that was probably meant.
        nearest: Option<String>,
    },
    /// A table inherits from several that have filters.
    #[error(
        "{said_at}: {table} inherits from {one} and {other}, which have filters that differ; say what holds: \"{table}\" = …"
    )]
    Rivals {
        /// Where one was said.
        said_at: String,
        /// The table.
        table: String,
        /// One that it inherits from.
        one: String,
        /// Another one.
        other: String,
    },
    /// It is no condition.
    #[error("{said_at}: the filter of {table} is no condition: {reason}")]
    NoCondition {
        /// Where it was said.
        said_at: String,
        /// The table.
        table: String,
        /// Why.
        reason: &'static str,
    },
}

/// Why the rows could not be found.
#[derive(Debug, thiserror::Error)]
pub enum SampleError {
    /// The server refused a filter.
    #[error("{}: the filter of {} fails: {source}\n  {}", .filter.said_at, .filter.whose(), .filter.condition.trim())]
    Filter {
        /// The filter.
        filter: Box<Filter>,
        /// What the server said.
        source: QueryError,
    },
    /// The server refused something else.
    #[error("cannot find the rows of {table} that belong to the sample: {source}")]
    Rows {
        /// The table.
        table: String,
        /// What the server said.
        source: QueryError,
    },
    /// The tables for the kept rows cannot be made.
    #[error("cannot make a temporary table for the rows of {table} that are kept: {source}")]
    Preparing {
        /// The table.
        table: String,
        /// What the server said.
        source: QueryError,
    },
}

/// Which rows are saved.
#[derive(Debug)]
pub struct Sample {
    /// The tables of which not all rows may be kept.
    tables: Vec<Restricted>,
    /// The references between these.
    references: Vec<Binding>,
}

/// A table of which not all rows may be kept. Its place in the list is its number.
#[derive(Debug)]
struct Restricted {
    name: TableName,
    is_partitioned: bool,
    filter: Option<Filter>,
}

/// A reference between two tables of which not all rows may be kept, by their numbers.
#[derive(Debug)]
struct Binding {
    from: usize,
    to: usize,
    /// The columns of both sides, in pairs, with the operator between them.
    columns: Vec<Pair>,
    /// Whether what is referred to is always there.
    is_valid: bool,
}

/// Two columns that a reference binds.
#[derive(Debug)]
struct Pair {
    from: String,
    to: String,
    /// Between the one referred to and the other one, in SQL.
    operator: String,
}

impl Sample {
    /// Finds out of which tables not all rows may be kept. `tables` are those that are saved, `references` those between them.
    ///
    /// # Errors
    /// All that is wrong with the filters.
    pub fn new(
        tables: &[Table],
        references: &[Reference],
        filters: &[Filter],
    ) -> Result<Self, Vec<FilterProblem>> {
        let problems: Vec<FilterProblem> = filters
            .iter()
            .filter_map(|filter| problem(filter, tables))
            .collect();
        if !problems.is_empty() {
            return Err(problems);
        }
        let mut names: BTreeSet<&TableName> = filters.iter().map(|it| &it.table).collect();
        // Whoever refers to one of them is one of them.
        while let Some(more) = references
            .iter()
            .find(|it| names.contains(&it.to) && !names.contains(&it.from))
        {
            names.insert(&more.from);
        }
        let restricted: Vec<Restricted> = tables
            .iter()
            .filter(|table| names.contains(&table.name))
            .map(|table| Restricted {
                name: table.name.clone(),
                is_partitioned: table.is_partitioned,
                filter: filters.iter().find(|it| it.table == table.name).cloned(),
            })
            .collect();
        let number = |name: &TableName| restricted.iter().position(|it| it.name == *name);
        let bindings = references.iter().filter_map(|reference| {
            let (from, to) = (reference.columns.iter(), reference.to_columns.iter());
            let pairs = from.zip(to).zip(&reference.operators);
            Some(Binding {
                from: number(&reference.from)?,
                to: number(&reference.to)?,
                columns: pairs
                    .map(|((from, to), operator)| Pair {
                        from: from.clone(),
                        to: to.clone(),
                        operator: operator.clone(),
                    })
                    .collect(),
                is_valid: reference.is_valid,
            })
        });
        Ok(Self {
            references: bindings.collect(),
            tables: restricted,
        })
    }

    /// The tables of which not all rows may be kept.
    pub fn tables(&self) -> impl Iterator<Item = &TableName> {
        self.tables.iter().map(|it| &it.name)
    }

    /// Makes the temporary tables, before the transaction only reads.
    ///
    /// # Errors
    /// The server refuses, as one does that only reads, such as a standby.
    pub fn prepare(&self, connection: &mut Connection) -> Result<(), SampleError> {
        for (number, table) in self.tables.iter().enumerate() {
            // With the setting, backslashes in a filter's strings mean to the server what they meant when it was judged.
            let sql = format!(
                "SET standard_conforming_strings = on;
                 CREATE TEMPORARY TABLE {kept} (
                     part oid NOT NULL,
                     place tid NOT NULL,
                     generation integer,
                     PRIMARY KEY (part, place)
                 );
                 CREATE INDEX ON {kept} (generation)",
                kept = kept(number)
            );
            connection
                .execute(&sql)
                .map_err(|source| SampleError::Preparing {
                    table: table_path(&table.name),
                    source,
                })?;
        }
        Ok(())
    }

    /// Finds the rows that are kept, in the transaction in which they are then read.
    ///
    /// # Errors
    /// A filter is none, or the connection breaks. The transaction is then of no use any more.
    pub fn fill(&self, connection: &mut Connection) -> Result<(), SampleError> {
        fill::matching(self, connection)?;
        followers::add(self, connection)
    }

    /// The condition that the rows of a table must meet, in a query that reads no other table, on the same connection; none
    /// where all rows are kept.
    pub fn condition(&self, table: &TableName) -> Option<String> {
        let number = self.tables.iter().position(|it| it.name == *table)?;
        Some(format!(
            "(tableoid, ctid) IN (SELECT kept.part, kept.place FROM {} AS kept)",
            kept(number)
        ))
    }

    /// Runs one statement about a table that ends in a number, and returns that.
    fn count(
        &self,
        connection: &mut Connection,
        number: usize,
        sql: &str,
    ) -> Result<u64, SampleError> {
        let said = connection.value(sql);
        let said = said.map_err(|source| SampleError::Rows {
            table: table_path(&self.tables[number].name),
            source,
        })?;
        Ok(said
            .and_then(|count| count.parse().ok())
            .unwrap_or_default())
    }
}

/// Asks the server about every filter that could be one, without reading a row, in a transaction that goes on whatever it says.
/// Returns what it refuses.
///
/// # Errors
/// The connection is lost.
pub fn refused(
    connection: &mut Connection,
    tables: &[Table],
    filters: &[Filter],
) -> Result<Vec<SampleError>, QueryError> {
    let mut refused = Vec::new();
    for filter in filters.iter().filter(|it| problem(it, tables).is_none()) {
        let sql = format!(
            "SELECT FROM {}{} WHERE (\n{}\n) LIMIT 0",
            filter.table.to_sql(),
            filter.alias(),
            filter.condition
        );
        match connection.attempt(|connection| connection.execute_one(&sql)) {
            Ok(()) => {}
            Err(source @ QueryError::Server(_)) => refused.push(SampleError::Filter {
                filter: Box::new(filter.clone()),
                source,
            }),
            Err(lost) => return Err(lost),
        }
    }
    Ok(refused)
}

impl Restricted {
    /// As `FROM` takes it: without the tables that inherit from it, but with its partitions.
    fn source(&self) -> String {
        let only = if self.is_partitioned { "" } else { "ONLY " };
        format!("{only}{}", self.name.to_sql())
    }
}

/// The temporary table with the rows that are kept of a table: the table or partition, the place in there, and how many
/// references away from a filter it was found; no such number where it is kept only since all its references are.
fn kept(number: usize) -> String {
    format!("pg_temp.pgassay_kept_{number}")
}

fn problem(filter: &Filter, tables: &[Table]) -> Option<FilterProblem> {
    let table = table_path(&filter.table);
    if !tables.iter().any(|it| it.name == filter.table) {
        let known: Vec<String> = tables.iter().map(|it| table_path(&it.name)).collect();
        return Some(FilterProblem::NotSaved {
            said_at: filter.said_at.clone(),
            nearest: nearest(&table, known.iter().map(String::as_str)).map(str::to_owned),
            table,
        });
    }
    let reason = condition::judge(&filter.condition).err()?;
    Some(FilterProblem::NoCondition {
        said_at: filter.said_at.clone(),
        table,
        reason,
    })
}
