//! The row on which a statement failed. The server often does not say which one it was, nor in which table or column; so it
//! is asked, behind a savepoint and for a few seconds at most, and nothing that was asked stays. What is not found is no
//! error.

mod asking;
mod direct;
mod reader;
mod relation;
mod search;
mod suspect;
mod trial;
mod words;

#[cfg(test)]
mod tests;

use std::time::{Duration, Instant};

use asking::{Asking, Stopped};
use relation::{Found, Relation};
use search::Search;
use suspect::{Suspect, Whose};
use trial::Trial;

use crate::event::ServerMessage;
use crate::session::{Connection, TransactionStatus};

/// How long the row is looked for.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long after the beginning it is still counted how many others there are.
const COUNTING: Duration = Duration::from_secs(2);

/// A row on which a statement failed, as it was before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailingRow {
    /// The schema of its table.
    pub schema: String,
    /// Its table.
    pub table: String,
    /// Its primary key: columns and values; empty where the table has none.
    pub key: Vec<(String, Value)>,
    /// The column that is to blame, and its value, where it is known.
    pub column: Option<(String, Value)>,
    /// On how many other rows the statement fails too, where they could be counted in time.
    pub others: Option<u64>,
}

/// A value of a row, as the server writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    /// As much of it as may be shown, and then some; none is NULL.
    pub text: Option<String>,
    /// How many characters all of it has.
    pub characters: u64,
}

impl FailingRow {
    /// Whether it is worth while to look for the row on which a statement failed with this error.
    pub fn may_be_found(statement: &str, error: &ServerMessage) -> bool {
        may_be_about_rows(&error.code) && Suspect::of(statement).is_some()
    }

    /// Finds the row on which a statement failed with this error. The session must be in an open transaction that is in the state
    /// right before the statement; it is in that state afterwards too, but for what no transaction undoes (the numbers
    /// that sequences gave out, what functions did on other servers).
    pub fn find(
        connection: &mut Connection,
        statement: &str,
        error: &ServerMessage,
    ) -> Option<Self> {
        if !may_be_about_rows(&error.code) || connection.status() != TransactionStatus::Open {
            return None;
        }
        let suspect = Suspect::of(statement)?;
        let began = Instant::now();
        let mut asking = Asking::begin(connection, began + PATIENCE).ok()?;
        let found = sought(&mut asking, &suspect, error, began + COUNTING);
        asking.end();
        found.ok().flatten()
    }
}

/// Whether an error of this SQLSTATE may be about the rows that there are: data, constraints, what functions raise, an index's
/// limits. Others are about the statement, rights, the server.
fn may_be_about_rows(code: &str) -> bool {
    const OTHERS: [&str; 28] = [
        "00", "01", "02", "03", "08", "09", "0A", "0B", "0L", "0P", "0Z", "20", "24", "25", "26",
        "27", "28", "2B", "2D", "34", "3B", "3D", "3F", "40", "42", "53", "57", "58",
    ];
    const FURTHER: [&str; 5] = ["55", "72", "F0", "HV", "XX"];
    let Some(class) = code.get(..2) else {
        return false;
    };
    // Of the limits, how deep functions call one another is the statement's own.
    !OTHERS.contains(&class) && !FURTHER.contains(&class) && code != "54001"
}

/// Asks directly where that is possible, and else tries the statement with fewer and fewer rows.
fn sought(
    asking: &mut Asking<'_>,
    suspect: &Suspect<'_>,
    error: &ServerMessage,
    counting: Instant,
) -> Result<Option<FailingRow>, Stopped> {
    let relations = relations(asking, &suspect.whose, error)?;
    if relations.is_empty() {
        return Ok(None);
    }
    let trial = Trial::new(suspect, error);
    let known = direct::known(asking, suspect, &relations, error)?;
    let (found, part) = if let Some(known) = known {
        known
    } else {
        let mut search = Search::begin(asking, &relations, &trial)?;
        let Some(found) = search.first()? else {
            return Ok(None);
        };
        let part = search.part_to_blame(suspect)?;
        let others = search.others(counting);
        (Found { others, ..found }, part)
    };
    asking.start_over()?;
    let part = part.and_then(|part| suspect.parts.get(part));
    found.told(asking, part, error)
}

/// The tables whose rows may be in the way.
fn relations(
    asking: &mut Asking<'_>,
    whose: &Whose,
    error: &ServerMessage,
) -> Result<Vec<Relation>, Stopped> {
    let told = match (&error.schema, &error.table) {
        (Some(schema), Some(table)) => Some(vec![schema.clone(), table.clone()]),
        _ => None,
    };
    match (whose, told) {
        (Whose::Table { name, only }, _) => Relation::named(asking, name, *only),
        (Whose::Named(_), Some(told)) => Relation::named(asking, &told, false),
        (Whose::Named(name), None) => Relation::named(asking, name, false),
        (Whose::Domain(_), Some(told)) => Relation::named(asking, &told, true),
        (Whose::Domain(name), None) => Relation::with_domain(asking, name),
    }
}
