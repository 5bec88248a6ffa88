//! A tally of rows: what a session has inserted, updated and deleted in which table, and which tables got new files.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::DatabaseError;
use crate::event::TableChange;
use crate::session::{Connection, Row};

/// What is known of all tables of a database at one moment, as the session that changes them sees it.
///
/// The server adds up what a session did when it is idle, at most once a second; what it has not added yet, the session itself
/// knows. Before version 15 the sum is late, so that a migration without a transaction that takes longer than half a second
/// may be told of fewer rows than it changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally(BTreeMap<u32, Counts>);

/// What was counted around one migration.
#[derive(Debug, Default)]
pub struct Counting {
    before: Tally,
    after: Option<Tally>,
    /// How long the counting took.
    pub spent: Duration,
}

impl Counting {
    /// The migration begins.
    pub(super) fn begin(&mut self, session: &mut Connection) -> Result<(), DatabaseError> {
        let begin = Instant::now();
        self.before = Tally::take(session)?;
        self.after = None;
        self.spent += begin.elapsed();
        Ok(())
    }

    /// It has ended, and is not committed yet. What cannot be counted is not told; the migration is none the worse.
    pub(super) fn end(&mut self, session: &mut Connection) {
        let begin = Instant::now();
        self.after = Tally::take(session).ok();
        self.spent += begin.elapsed();
    }

    /// What was changed; none where that could not be counted.
    pub fn changes(&self) -> Option<Vec<TableChange>> {
        self.after.as_ref().map(|after| after.since(&self.before))
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Counts {
    schema: String,
    name: String,
    file: String,
    inserted: u64,
    updated: u64,
    deleted: u64,
}

/// Number, schema, name, file and counts of each table and materialized view of one's own.
const COUNTS: &str = "
    SELECT c.oid::text, n.nspname, c.relname, coalesce(pg_catalog.pg_relation_filenode(c.oid), 0)::text,
           (pg_catalog.pg_stat_get_tuples_inserted(c.oid) + pg_catalog.pg_stat_get_xact_tuples_inserted(c.oid))::text,
           (pg_catalog.pg_stat_get_tuples_updated(c.oid) + pg_catalog.pg_stat_get_xact_tuples_updated(c.oid))::text,
           (pg_catalog.pg_stat_get_tuples_deleted(c.oid) + pg_catalog.pg_stat_get_xact_tuples_deleted(c.oid))::text
      FROM pg_catalog.pg_class c
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'm') AND c.relpersistence <> 't'
       AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'";

impl Tally {
    /// Takes it, in the transaction that is open.
    ///
    /// # Errors
    /// The server's error.
    pub fn take(session: &mut Connection) -> Result<Self, DatabaseError> {
        let rows = session
            .execute("SELECT pg_catalog.pg_stat_clear_snapshot()")
            .and_then(|()| session.rows(COUNTS))
            .map_err(DatabaseError::query("count the rows that are changed"))?;
        let counts = rows.into_iter().map(|row| {
            Self::read(&row).ok_or_else(|| DatabaseError::Unreadable {
                what: "the counts of a table".into(),
            })
        });
        Ok(Self(counts.collect::<Result<_, _>>()?))
    }

    fn read(row: &Row) -> Option<(u32, Counts)> {
        let number = |at: usize| row.get(at)?.as_ref()?.parse::<u64>().ok();
        let counts = Counts {
            schema: row.get(1)?.clone()?,
            name: row.get(2)?.clone()?,
            file: row.get(3)?.clone()?,
            inserted: number(4)?,
            updated: number(5)?,
            deleted: number(6)?,
        };
        Some((row.first()?.as_ref()?.parse().ok()?, counts))
    }

    /// What was changed since an earlier one, in the order of the tables' names.
    pub fn since(&self, before: &Self) -> Vec<TableChange> {
        let mut changes: Vec<TableChange> = self
            .0
            .iter()
            .map(|(oid, now)| {
                let was = before.0.get(oid);
                let more = |now: u64, was: Option<u64>| now.saturating_sub(was.unwrap_or(0));
                TableChange {
                    schema: now.schema.clone(),
                    name: now.name.clone(),
                    inserted: more(now.inserted, was.map(|it| it.inserted)),
                    updated: more(now.updated, was.map(|it| it.updated)),
                    deleted: more(now.deleted, was.map(|it| it.deleted)),
                    is_dropped: false,
                    is_rewritten: was.is_some_and(|was| was.file != now.file),
                    rows: None,
                }
            })
            .filter(|change| change.rows_changed() > 0 || change.is_rewritten)
            .collect();
        let gone = before.0.iter().filter(|(oid, _)| !self.0.contains_key(oid));
        changes.extend(gone.map(|(_, was)| TableChange {
            schema: was.schema.clone(),
            name: was.name.clone(),
            is_dropped: true,
            ..TableChange::default()
        }));
        changes.sort_by_key(TableChange::table);
        changes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(table: &str, file: &str, inserted: u64) -> Counts {
        Counts {
            schema: "s".into(),
            name: table.into(),
            file: file.into(),
            inserted,
            updated: 0,
            deleted: 0,
        }
    }

    #[test]
    fn a_table_that_is_new_was_not_rewritten_one_that_is_gone_is_told_and_one_that_is_as_it_was_is_not()
     {
        let before = Tally(BTreeMap::from([
            (1, counts("same", "10", 4)),
            (2, counts("moved", "11", 5)),
            (3, counts("gone", "12", 6)),
        ]));
        let after = Tally(BTreeMap::from([
            (1, counts("same", "10", 4)),
            (2, counts("moved", "21", 5)),
            (4, counts("new", "22", 7)),
            (5, counts("empty", "23", 0)),
        ]));
        let told: Vec<(String, u64, bool, bool)> = after
            .since(&before)
            .into_iter()
            .map(|it| (it.table(), it.inserted, it.is_rewritten, it.is_dropped))
            .collect();
        assert_eq!(
            told,
            [
                ("s.gone".into(), 0, false, true),
                ("s.moved".into(), 0, true, false),
                ("s.new".into(), 7, false, false)
            ]
        );
    }
}
