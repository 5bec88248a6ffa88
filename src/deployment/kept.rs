//! The histories that are kept in a database, pgassay's own and those of other tools: found by their columns, and read.

use super::error::DeploymentError;
use super::history::HistoryTable;
use super::lock;
use crate::migration::{Applied, AppliedState, History, Layout, LayoutName, Lock, LockNames};
use crate::script::{quote_identifier, quote_literal};
use crate::session::Connection;

/// The name of the tool itself.
const OWN: LayoutName = LayoutName {
    word: "pgassay",
    shown: "pgassay",
};

/// A history.
#[derive(Debug)]
pub struct KeptHistory {
    /// The tool.
    pub tool: LayoutName,
    /// Its table, with its schema, quoted as SQL wants it.
    pub table: String,
    /// How it is read.
    pub history: &'static History,
    schema: String,
    name: String,
}

/// All histories: pgassay's own, and those of other tools.
///
/// # Errors
/// When the server cannot be asked.
pub fn histories(connection: &mut Connection) -> Result<Vec<KeptHistory>, DeploymentError> {
    let own = tables(connection, &HistoryTable::HISTORY)?.into_iter();
    let own = own.map(|(schema, name, table)| KeptHistory {
        tool: OWN,
        table,
        history: &HistoryTable::HISTORY,
        schema,
        name,
    });
    let mut all: Vec<KeptHistory> = own.collect();
    all.extend(foreign_histories(connection)?);
    Ok(all)
}

/// Looks for the tables of all other tools that are known, told apart by their columns. Where several tools' tables have the same
/// columns, the one with most of them is it.
///
/// # Errors
/// When the server cannot be asked.
pub fn foreign_histories(connection: &mut Connection) -> Result<Vec<KeptHistory>, DeploymentError> {
    let mut found: Vec<KeptHistory> = Vec::new();
    for layout in Layout::all() {
        let Some(history) = layout.history else {
            continue;
        };
        for (schema, name, table) in tables(connection, history)? {
            let candidate = KeptHistory {
                tool: layout.name,
                table,
                history,
                schema,
                name,
            };
            match found.iter_mut().find(|it| it.table == candidate.table) {
                Some(before) if before.history.signs() < history.signs() => {
                    *before = candidate;
                }
                Some(_) => {}
                None => found.push(candidate),
            }
        }
    }
    Ok(found)
}

/// The tables that have a history's columns, and none that another's has: in its own schema, where it has one. Each by its
/// schema, its name, and both as SQL wants them.
fn tables(
    connection: &mut Connection,
    history: &History,
) -> Result<Vec<(String, String, String)>, DeploymentError> {
    let list = |columns: &[&str]| {
        let columns: Vec<String> = columns
            .iter()
            .map(|it| quote_literal(it).trim().to_owned())
            .collect();
        format!("ARRAY[{}]::pg_catalog.text[]", columns.join(", "))
    };
    let (schema, name) = match history.table.split_once('.') {
        Some((schema, name)) => (Some(schema), name),
        None => (None, history.table),
    };
    let in_schema = schema.map_or_else(String::new, |schema| {
        format!("AND n.nspname = {}", quote_literal(schema))
    });
    let beside = history.beside.map_or_else(String::new, |beside| {
        format!(
            "AND EXISTS (SELECT FROM pg_catalog.pg_class b WHERE b.relnamespace = n.oid AND b.relname = {})",
            quote_literal(beside)
        )
    });
    let query = format!(
        "SELECT n.nspname, c.relname, pg_catalog.format('%I.%I', n.nspname, c.relname)
           FROM pg_catalog.pg_class c
           JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
          CROSS JOIN LATERAL (SELECT pg_catalog.array_agg(a.attname::pg_catalog.text) AS columns
                                FROM pg_catalog.pg_attribute a
                               WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) a
          WHERE c.relkind IN ('r', 'p') AND c.relname = {} {in_schema} {beside}
            AND n.nspname NOT IN ('pg_catalog', 'information_schema')
            AND a.columns @> {} AND NOT a.columns && {}
          ORDER BY 1, 2",
        quote_literal(name),
        list(history.columns),
        list(history.other_columns)
    );
    let rows = connection.rows(&query);
    let rows = rows.map_err(DeploymentError::asking(
        "look for the histories of other tools",
    ))?;
    let rows = rows.into_iter().filter_map(|row| {
        let mut values = row.into_iter().flatten();
        Some((values.next()?, values.next()?, values.next()?))
    });
    Ok(rows.collect())
}

impl KeptHistory {
    /// Whether it is pgassay's own.
    pub fn is_own(&self) -> bool {
        self.tool == OWN
    }

    /// The schema of its table.
    pub fn schema(&self) -> &str {
        &self.schema
    }

    /// Its table, without the schema.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it says.
    ///
    /// # Errors
    /// When it may not be read, or holds what its tool never writes.
    pub fn read(&self, connection: &mut Connection) -> Result<Vec<Applied>, DeploymentError> {
        let rows = connection.rows(&self.query());
        let rows = rows.map_err(|source| match source.code() {
            Some("42501") => DeploymentError::Unreadable {
                what: format!(
                    "{} of {}: role \"{}\" may not read it; GRANT SELECT ON {} TO it (and USAGE on its schema)",
                    self.table,
                    self.tool.shown,
                    connection.info().user,
                    self.table
                ),
            },
            _ => DeploymentError::asking(format!("read {}", self.table))(source),
        })?;
        let applied = rows.into_iter().map(Applied::of_row).collect::<Option<_>>();
        applied.ok_or_else(|| DeploymentError::Unreadable {
            what: format!(
                "what {} holds: a version of {} that is not known may have made it",
                self.table, self.tool.shown
            ),
        })
    }

    /// The question for what it says.
    fn query(&self) -> String {
        let schema = quote_identifier(&self.schema);
        let query = self.history.query.replace("{schema}", schema.trim());
        query.replace("{table}", &self.table)
    }

    /// Whether a version was applied, by what was [`read`](Self::read).
    pub fn has(&self, applied: &[Applied], version: &str) -> bool {
        let applied = self
            .history
            .spelled_out(applied.to_vec(), std::iter::once(version));
        let newest = applied.iter().rev().find(|it| {
            let its = it.version.as_deref();
            its.is_some_and(|its| super::entry::same_version(self.history.order, its, version))
        });
        newest.is_some_and(|it| it.state == AppliedState::Applied)
    }

    /// Whether its tool is at work; none where that does not show: also on a standby, which has the rows of its primary and
    /// not the locks.
    ///
    /// # Errors
    /// When the server cannot be asked.
    pub fn is_at_work(&self, connection: &mut Connection) -> Result<Option<bool>, DeploymentError> {
        let asked = connection.value("SELECT pg_catalog.pg_is_in_recovery()");
        let is_standby = asked.map_err(DeploymentError::asking("see what server it is"))?;
        if is_standby.as_deref() == Some("t") {
            return Ok(None);
        }
        match self.history.lock {
            Lock::None => Ok(None),
            Lock::Advisory(numbers) => {
                // A pooler may have it under another name.
                let asked = connection.value("SELECT pg_catalog.current_database()");
                let database =
                    asked.map_err(DeploymentError::asking("see which database it is"))?;
                let database = database.unwrap_or_default();
                let numbers = numbers(&LockNames {
                    database: &database,
                    schema: &self.schema,
                    table: &self.name,
                });
                for number in numbers {
                    if lock::holder(connection, number)?.is_some() {
                        return Ok(Some(true));
                    }
                }
                Ok(Some(false))
            }
            Lock::Query(query) => {
                let schema = quote_identifier(&self.schema);
                let found = connection.value(&query.replace("{schema}", &schema));
                let found = found.map_err(DeploymentError::asking(format!(
                    "see whether {} is at work",
                    self.tool.shown
                )))?;
                Ok(Some(found.as_deref() == Some("t")))
            }
        }
    }
}
