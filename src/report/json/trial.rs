//! What JSON lines say of a migration that was tried on rows.

use serde::Serialize;

use crate::event;

#[derive(Serialize)]
pub(super) struct Trial<'a> {
    version: Option<&'a str>,
    snapshot: Option<&'a str>,
    changes: Vec<TableChange>,
    losses: Vec<Loss<'a>>,
    besides_seconds: f64,
}

impl<'a> Trial<'a> {
    pub(super) fn new(trial: &'a event::Trial) -> Self {
        Self {
            version: trial.version.as_deref(),
            snapshot: trial.snapshot.as_deref(),
            changes: trial.changes.iter().map(TableChange::new).collect(),
            losses: trial.losses.iter().map(Loss::new).collect(),
            besides_seconds: trial.besides.as_secs_f64(),
        }
    }
}

#[derive(Serialize)]
struct TableChange {
    table: String,
    inserted: u64,
    updated: u64,
    deleted: u64,
    dropped: bool,
    rewritten: bool,
    rows: Option<u64>,
}

impl TableChange {
    fn new(change: &event::TableChange) -> Self {
        Self {
            table: change.table(),
            inserted: change.inserted,
            updated: change.updated,
            deleted: change.deleted,
            dropped: change.is_dropped,
            rewritten: change.is_rewritten,
            rows: change.rows,
        }
    }
}

#[derive(Serialize)]
struct Loss<'a> {
    table: &'a str,
    column: Option<&'a str>,
    before: u64,
    after: u64,
}

impl<'a> Loss<'a> {
    fn new(loss: &'a event::Loss) -> Self {
        Self {
            table: &loss.table,
            column: loss.column.as_deref(),
            before: loss.before,
            after: loss.after,
        }
    }
}
