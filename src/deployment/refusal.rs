//! Why a database is not migrated though it could be: what its history and the files say does not fit.

use similar::TextDiff;

use super::entry::EntryState;
use super::error::DeploymentError;
use super::history::HistoryTable;
use super::options::Options;
use super::standing::{Condition, Item, Standing};
use crate::session::Connection;

/// How many lines of a difference are shown.
const LINES: usize = 60;

/// Refuses what does not fit.
///
/// # Errors
/// What does not, and what to do.
pub(super) fn check(
    connection: &mut Connection,
    standing: &Standing<'_>,
    options: &Options,
) -> Result<(), DeploymentError> {
    let reasons = reasons(connection, standing, options)?;
    if reasons.is_empty() {
        Ok(())
    } else {
        Err(DeploymentError::Refused(reasons.join("\n")))
    }
}

/// All that does not fit, each in words: also what is begun and not done, which `up` goes on with.
///
/// # Errors
/// When the server cannot be asked.
pub fn mismatches(
    connection: &mut Connection,
    standing: &Standing<'_>,
) -> Result<Vec<String>, DeploymentError> {
    let mut all = reasons(connection, standing, &Options::default())?;
    let unfinished = [
        Condition::Unfinished,
        Condition::Failed,
        Condition::Unverified,
    ]
    .map(|it| standing.of(it));
    for item in unfinished.into_iter().flatten() {
        if let Some(entry) = &item.entry {
            all.push(format!(
                "{} is not done ({}): {}",
                item.migration.title(),
                item.migration.script.shown,
                entry.in_words()
            ));
        }
    }
    Ok(all)
}

fn reasons(
    connection: &mut Connection,
    standing: &Standing<'_>,
    options: &Options,
) -> Result<Vec<String>, DeploymentError> {
    let mut reasons = Vec::new();
    for item in standing.of(Condition::Changed) {
        reasons.push(changed(connection, item)?);
    }
    if !options.out_of_order {
        for item in standing.of(Condition::OutOfOrder) {
            reasons.push(format!(
                "{} ({}) was not applied, though one that comes behind it was; give it a version behind them, or allow it by \
                 --out-of-order",
                item.migration.title(),
                item.migration.script.shown
            ));
        }
    }
    for other in standing.others.iter().filter(|other| !other.is_ahead) {
        let entry = &other.entry;
        if !entry.state.is_over() {
            reasons.push(format!(
                "{} was begun and is not done ({}), and its file ({}) is gone; put it back",
                entry.title(),
                entry.error.as_deref().unwrap_or("it did not end"),
                entry.script
            ));
        } else if !options.ignore_missing && entry.state == EntryState::Applied {
            reasons.push(format!(
                "{} is applied, and its file ({}) is gone; put it back, or let it be gone by --ignore-missing",
                entry.title(),
                entry.script
            ));
        }
    }
    Ok(reasons)
}

/// What has changed in a migration since it was applied, in words and as a difference.
///
/// # Errors
/// When the text that was applied cannot be read.
pub(super) fn changed(
    connection: &mut Connection,
    item: &Item<'_>,
) -> Result<String, DeploymentError> {
    let migration = item.migration;
    let mut text = format!(
        "{} was changed after it was applied: {}; put it back and change the schema by a new migration, or take the new text for \
         what was applied by `pgassay migrate repair --checksums`",
        migration.title(),
        migration.script.shown
    );
    text.push('\n');
    text.push_str(&difference_of(connection, item)?);
    Ok(text)
}

/// The difference between what was applied and what the file says now.
///
/// # Errors
/// When the text that was applied cannot be read.
pub(super) fn difference_of(
    connection: &mut Connection,
    item: &Item<'_>,
) -> Result<String, DeploymentError> {
    let script = &item.migration.script;
    let before = match &item.entry {
        Some(entry) => HistoryTable::text(connection, &entry.checksum)?,
        None => None,
    };
    Ok(match before {
        Some(before) => difference(&before, script.shown_text(), &script.shown),
        None => "(the text that was applied is not in the history)".to_owned(),
    })
}

/// A difference in the unified form.
fn difference(before: &str, now: &str, shown: &str) -> String {
    let diff = TextDiff::from_lines(before, now);
    let unified = diff
        .unified_diff()
        .header(&format!("{shown} (applied)"), &format!("{shown} (now)"))
        .to_string();
    let mut lines: Vec<&str> = unified.lines().collect();
    let more = lines.len().saturating_sub(LINES);
    lines.truncate(LINES);
    let mut text = lines.join("\n");
    if more > 0 {
        text.push_str(&format!("\n… and {more} more lines"));
    }
    text
}

/// A table or view that a database holds besides the tool's own, and how many there are; none where it holds none.
///
/// # Errors
/// When the server cannot be asked.
pub(super) fn tables(
    connection: &mut Connection,
) -> Result<Option<(String, String)>, DeploymentError> {
    let rows = connection.rows(
        "SELECT pg_catalog.format('%I.%I', n.nspname, c.relname), pg_catalog.count(*) OVER ()
           FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
          WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
            AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
            AND NOT (n.nspname = 'public' AND c.relname IN ('pgassay_scripts', 'pgassay_migrations', 'pgassay_migration_texts'))
            AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                             WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e')
          ORDER BY 1 LIMIT 1",
    );
    let rows = rows.map_err(DeploymentError::asking("look what the database holds"))?;
    Ok(rows.into_iter().next().and_then(|row| {
        let mut values = row.into_iter().flatten();
        Some((values.next()?, values.next()?))
    }))
}

/// Refuses a database that holds tables and has no history: it may be any, and the first migration would fail halfway or
/// do harm.
pub(super) fn refuse_tables(connection: &mut Connection) -> Result<(), DeploymentError> {
    let Some((example, number)) = tables(connection)? else {
        return Ok(());
    };
    Err(DeploymentError::Refused(format!(
        "the database holds {} ({example}) and no history of migrations. If they are those of the first migrations, say up to which version: `pgassay migrate baseline VERSION`; if they have nothing to do with them, \
         --not-empty migrates beside them",
        if number == "1" {
            "a table or view".to_owned()
        } else {
            format!("{number} tables or views")
        }
    )))
}
