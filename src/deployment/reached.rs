//! How far a database has come: the migrations that it got, where they are the first ones of all that it gets. Whoever saves
//! rows by their version, or loads them, has to know it for certain.

use super::error::DeploymentError;
use super::history::HistoryTable;
use super::kept::{KeptHistory, foreign_histories};
use super::refusal;
use super::standing::{Condition, Standing};
use super::status::living;
use crate::migration::{Applied, AppliedState, Migration, MigrationSet};
use crate::session::Connection;

/// The migrations that a database got, in their order, by its history; none where it has no history. Repeatable ones are not
/// among them.
///
/// # Errors
/// When the history cannot be read; and where it has a hole, or a migration that is not done, or one that the files do not know.
pub fn reached<'s>(
    connection: &mut Connection,
    set: &'s MigrationSet,
) -> Result<Option<Vec<&'s Migration>>, DeploymentError> {
    if HistoryTable::exists(connection)? {
        let entries = HistoryTable::read(connection)?;
        return by_own(set, &Standing::new(set, &entries)?).map(Some);
    }
    let foreign = foreign_histories(connection)?;
    let mut its = foreign.iter().filter(|it| it.tool == set.layout);
    match (its.next(), its.next(), foreign.first()) {
        (Some(first), Some(second), _) => Err(refused(format!(
            "the database has two histories of {}, {} and {}, and which one tells its version is not known",
            set.layout.shown, first.table, second.table
        ))),
        (Some(history), None, _) => {
            let applied = history.read(connection)?;
            by_foreign(set, history, &applied).map(Some)
        }
        (None, _, Some(other)) => Err(refused(format!(
            "the database's history {} is {}'s, and the project's migrations are laid out for {}; --layout says which they are",
            other.table, other.tool.shown, set.layout.shown
        ))),
        (None, _, None) => Ok(None),
    }
}

/// Whether nothing was done yet with a database: it has no migrations in any history, and holds no table.
///
/// # Errors
/// When the server cannot be asked.
pub fn is_untouched(connection: &mut Connection) -> Result<bool, DeploymentError> {
    let has_history =
        HistoryTable::exists(connection)? && !HistoryTable::read(connection)?.is_empty();
    Ok(!has_history
        && foreign_histories(connection)?.is_empty()
        && refusal::tables(connection)?.is_none())
}

/// Whether a database got none but the first so many of a set's migrations, be they done or only begun, by the history that
/// pgassay keeps there.
///
/// # Errors
/// When the history cannot be read.
pub fn is_within(
    connection: &mut Connection,
    set: &MigrationSet,
    first: usize,
) -> Result<bool, DeploymentError> {
    if !HistoryTable::exists(connection)? {
        return Ok(foreign_histories(connection)?.is_empty());
    }
    let entries = HistoryTable::read(connection)?;
    let standing = Standing::new(set, &entries)?;
    let mut its = standing.items.iter().filter(|item| item.entry.is_some());
    let first = set.migrations.get(..first).unwrap_or(&set.migrations);
    Ok(standing.others.is_empty()
        && its.all(|item| first.iter().any(|it| std::ptr::eq(it, item.migration))))
}

fn refused(text: String) -> DeploymentError {
    DeploymentError::Refused(text)
}

fn by_own<'s>(
    set: &'s MigrationSet,
    standing: &Standing<'s>,
) -> Result<Vec<&'s Migration>, DeploymentError> {
    for item in &standing.items {
        let advice = match item.condition {
            Condition::Unfinished | Condition::Failed | Condition::Unverified => {
                "`pgassay migrate up` goes on with it, and `pgassay migrate repair` tells what else can be done"
            }
            Condition::Changed => {
                "`pgassay migrate validate` shows how, and `pgassay migrate repair --checksums` says that the file is right"
            }
            Condition::OutOfOrder => {
                "it was left out, and later ones are applied: `pgassay migrate up --out-of-order` applies it"
            }
            _ => continue,
        };
        return Err(not_certain(&format!(
            "{} ({}) is {}: {advice}",
            item.migration.title(),
            item.migration.script.shown,
            item.condition.word()
        )));
    }
    if let Some(other) = standing.others.first() {
        return Err(not_certain(&unknown(&other.entry.title(), set)));
    }
    let is_there = |condition| matches!(condition, Condition::Applied | Condition::Baseline);
    let its = standing.items.iter();
    let its = its.filter(|item| is_there(item.condition) && !item.migration.repeatable);
    Ok(its.map(|item| item.migration).collect())
}

fn by_foreign<'s>(
    set: &'s MigrationSet,
    history: &KeptHistory,
    applied: &[Applied],
) -> Result<Vec<&'s Migration>, DeploymentError> {
    let title = |applied: &Applied| {
        let version = applied.version.clone();
        version.or_else(|| applied.description.clone())
    };
    for it in applied {
        if matches!(it.state, AppliedState::Begun | AppliedState::Failed) {
            return Err(not_certain(&format!(
                "by {}, {} was begun and is not done: see to it with {}",
                history.table,
                title(it).unwrap_or_default(),
                history.tool.shown
            )));
        }
        let is_known = |version: &str| {
            let same = |its: &str| super::entry::same_version(set.order(), its, version);
            set.all().any(|it| it.version.as_deref().is_some_and(same))
        };
        if let (AppliedState::Applied, Some(version)) = (it.state, it.version.as_deref())
            && !history.history.is_single
            && !is_known(version)
        {
            return Err(not_certain(&unknown(version, set)));
        }
    }
    let is_noted = |migration: &Migration| {
        let version = migration.version.as_deref();
        version.is_some_and(|version| history.has(applied, version))
    };
    let mut its = Vec::new();
    let mut left_out: Option<&Migration> = None;
    for migration in living(set, applied.is_empty(), is_noted) {
        if migration.repeatable || migration.version.is_none() {
            continue;
        }
        match (is_noted(migration), left_out) {
            (true, None) => its.push(migration),
            (true, Some(left_out)) => {
                return Err(not_certain(&format!(
                    "{} ({}) is not in {}, and {} is, which comes behind it",
                    left_out.title(),
                    left_out.script.shown,
                    history.table,
                    migration.title()
                )));
            }
            (false, _) => left_out = left_out.or(Some(migration)),
        }
    }
    Ok(its)
}

fn not_certain(why: &str) -> DeploymentError {
    refused(format!(
        "it is not certain at which version the database is: {why}"
    ))
}

fn unknown(title: &str, set: &MigrationSet) -> String {
    let last = set.migrations.iter().rev().find(|it| !it.repeatable);
    let last = last.map_or("there are none".to_owned(), |it| {
        format!("the last one is {}", it.script.shown)
    });
    format!(
        "{title} is applied, and no file here is of it ({last}); get the project's files of that version"
    )
}
