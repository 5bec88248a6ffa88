//! What a person says of a history that the tool cannot know: where it begins, and what became of a migration that was
//! begun.

use super::entry::{Entry, EntryState};
use super::error::DeploymentError;
use super::history::{HistoryTable, NewEntry, write};
use super::kept::foreign_histories;
use super::standing::{Condition, Item, Standing};
use super::upgrade::{Deployment, due, locked};
use super::{lock, refusal, unfinished};
use crate::migration::{AppliedState, VersionOrder};
use crate::script::quote_literal;
use crate::session::Connection;

/// What is to be repaired; every version is one that the history has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Repair {
    /// Whether files that changed after they were applied are what was applied.
    pub checksums: bool,
    /// Migrations that were begun and are done as a whole.
    pub applied: Vec<String>,
    /// Migrations that were begun and of which nothing is left.
    pub pending: Vec<String>,
    /// Migrations whose statement under way is done.
    pub skip: Vec<String>,
    /// Migrations whose statement under way is to run again.
    pub redo: Vec<String>,
}

impl Repair {
    /// Whether nothing was asked for.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What becomes of an unfinished migration.
#[derive(Debug, Clone, Copy)]
enum Mend {
    Applied,
    Pending,
    Skip,
    Redo,
}

impl Deployment<'_> {
    /// Repairs the history. Returns what was done, a line each.
    ///
    /// # Errors
    /// What cannot be repaired so; nothing was changed then.
    pub fn repair(&mut self, repair: &Repair) -> Result<Vec<String>, DeploymentError> {
        let mut connection = locked(self)?;
        if !HistoryTable::exists(&mut connection)? {
            return Err(DeploymentError::Refused(
                "the database has no history of pgassay's (public.pgassay_migrations) that could be repaired".to_owned(),
            ));
        }
        let entries = HistoryTable::read(&mut connection)?;
        let standing = Standing::new(self.set, &entries)?;
        let mut statements = Vec::new();
        let mut told = Vec::new();
        let kinds = [
            (&repair.applied, Mend::Applied),
            (&repair.pending, Mend::Pending),
            (&repair.skip, Mend::Skip),
            (&repair.redo, Mend::Redo),
        ];
        for (versions, mend) in kinds {
            for version in versions {
                let (statement, line) = mended(&entries, standing.order, version, mend)?;
                statements.push(statement);
                told.push(line);
            }
        }
        if repair.checksums {
            for item in standing.of(Condition::Changed) {
                let (statement, line) = taken(&mut connection, item)?;
                statements.push(statement);
                told.push(line);
            }
        }
        if !statements.is_empty() {
            write(&mut connection, &statements.join("; "))?;
        }
        Ok(told)
    }

    /// Begins a history of a database that holds the schema already: all migrations up to a version count as applied. With
    /// `take_over`, those that another tool's history says were applied do, and the version may be left out.
    ///
    /// # Errors
    /// When there is a history already, or no such version.
    pub fn baseline(
        &mut self,
        version: Option<&str>,
        take_over: bool,
    ) -> Result<Vec<String>, DeploymentError> {
        let mut connection = locked(self)?;
        let refuse = |text: String| Err(DeploymentError::Refused(text));
        if HistoryTable::exists(&mut connection)?
            && !HistoryTable::read(&mut connection)?.is_empty()
        {
            return refuse(
                "the database has a history already (public.pgassay_migrations); `pgassay migrate status` shows it".to_owned(),
            );
        }
        let standing = Standing::new(self.set, &[])?;
        let foreign = foreign_histories(&mut connection)?;
        if let Some(foreign) = foreign.first()
            && take_over
            && foreign.is_at_work(&mut connection)? == Some(true)
        {
            return refuse(format!(
                "{} is at work on this database; wait until it has ended",
                foreign.tool.shown
            ));
        }
        let wanted: Vec<&Item<'_>> = match (foreign.first(), version) {
            (Some(foreign), _) if !take_over => {
                return refuse(format!(
                    "the migrations of this database are {}'s ({}); to go over from it to pgassay, say --take-over",
                    foreign.tool.shown, foreign.table
                ));
            }
            (Some(foreign), None) => {
                let applied = foreign.read(&mut connection)?;
                let applied = foreign.history.spelled_out(applied, self.set.versions());
                if let Some(bad) = applied
                    .iter()
                    .find(|it| !matches!(it.state, AppliedState::Applied | AppliedState::Undone))
                {
                    return refuse(format!(
                        "{} says that {} is not done ({}); mend that with {} first",
                        foreign.table,
                        bad.version.as_deref().unwrap_or("a migration"),
                        bad.state.word(),
                        foreign.tool.shown
                    ));
                }
                let is_there = |item: &&Item<'_>| {
                    let version = item.migration.version.as_deref();
                    version.is_some_and(|version| foreign.has(&applied, version))
                };
                standing.items.iter().filter(is_there).collect()
            }
            (None, None) => {
                return refuse(
                    "say up to which version the database has the migrations: `pgassay migrate baseline VERSION`".to_owned(),
                );
            }
            // Repeatable ones are applied by the next `up`.
            (_, Some(version)) => due(&standing, Some(version))?,
        };
        HistoryTable::create(&mut connection)?;
        let mut statements = Vec::new();
        let mut told = Vec::new();
        for item in wanted {
            statements.push(HistoryTable::insert(&NewEntry {
                migration: item.migration,
                part: item.part,
                state: EntryState::Baseline,
                took: None,
                run: "baseline",
            }));
            told.push(format!("{} counts as applied", item.migration.title()));
        }
        if !statements.is_empty() {
            write(&mut connection, &statements.join("; "))?;
        }
        Ok(told)
    }
}

/// The statement that mends an unfinished entry, and what it does in words.
fn mended(
    entries: &[Entry],
    order: VersionOrder,
    version: &str,
    mend: Mend,
) -> Result<(String, String), DeploymentError> {
    let is_it = |entry: &&Entry| match &entry.version {
        Some(its) => super::entry::same_version(order, its, version),
        None => entry.title() == version || entry.script == version,
    };
    let entry = entries.iter().rev().find(is_it);
    let Some(entry) = entry.filter(|entry| !entry.state.is_over()) else {
        let unfinished: Vec<String> = entries
            .iter()
            .filter(|entry| !entry.state.is_over())
            .map(Entry::title)
            .collect();
        let there = match &unfinished[..] {
            [] => "no migration is unfinished".to_owned(),
            all => format!("unfinished: {}", all.join(", ")),
        };
        return Err(DeploymentError::Refused(format!(
            "{version} is not a migration that was begun and is not done; {there}"
        )));
    };
    let (rank, title) = (entry.rank, entry.title());
    let under_way = |set: &str, line: String| match &entry.at {
        Some(_) => Ok((HistoryTable::update(rank, set), line)),
        None => Err(DeploymentError::Refused(format!(
            "no statement of {title} was under way: {} are done, and `pgassay migrate up` goes on behind them",
            entry.done
        ))),
    };
    match mend {
        Mend::Applied => Ok((
            HistoryTable::update(rank, "state = 'applied', statement_at = NULL, error = NULL"),
            format!("{title} counts as applied"),
        )),
        Mend::Pending => Ok((
            format!("DELETE FROM {} WHERE rank = {rank}", HistoryTable::NAME),
            format!("{title} counts as not applied"),
        )),
        Mend::Skip => under_way(
            &format!("statements_done = {}, statement_at = NULL", entry.done + 1),
            format!(
                "{title}: {} of its statements count as done",
                entry.done + 1
            ),
        ),
        Mend::Redo => under_way(
            "statement_at = NULL",
            format!(
                "{title}: {} of its statements count as done, and the next one runs again",
                entry.done
            ),
        ),
    }
}

/// The statement that takes a file's text for what was applied, and what has changed.
fn taken(
    connection: &mut Connection,
    item: &Item<'_>,
) -> Result<(String, String), DeploymentError> {
    let migration = item.migration;
    let rank = item.entry.as_ref().map_or(0, |entry| entry.rank);
    let statement = format!(
        "{}; {}",
        HistoryTable::keep_text(migration),
        HistoryTable::update(
            rank,
            &format!(
                "checksum = {}, description = {}, script = {}",
                quote_literal(&migration.script.checksum()),
                quote_literal(&migration.description),
                quote_literal(&migration.script.name)
            )
        )
    );
    let diff = refusal::difference_of(connection, item)?;
    Ok((
        statement,
        format!(
            "{} counts as applied as its file is now\n{diff}",
            migration.title()
        ),
    ))
}

/// What there is to repair, each with what can be done.
///
/// # Errors
/// When the server cannot be asked.
pub fn troubles(
    connection: &mut Connection,
    standing: &Standing<'_>,
) -> Result<Vec<String>, DeploymentError> {
    let mut troubles = Vec::new();
    for item in standing.of(Condition::Changed) {
        troubles.push(refusal::changed(connection, item)?);
    }
    let holder = lock::holder(connection, lock::LOCK)?;
    for item in &standing.items {
        let Some(entry) = item.entry.as_ref().filter(|entry| !entry.state.is_over()) else {
            continue;
        };
        if let (EntryState::Running, Some(holder)) = (entry.state, &holder) {
            troubles.push(format!(
                "{} is being applied by {}",
                item.migration.title(),
                holder.in_words()
            ));
            continue;
        }
        let version = item.migration.version.as_deref();
        let advice = match entry.at {
            Some(_) => unfinished::advice(version.unwrap_or(item.migration.name())),
            None => String::new(),
        };
        let told = format!(
            "{}: {}. `pgassay migrate up` goes on where it can. {advice}",
            item.migration.title(),
            entry.in_words(),
        );
        troubles.push(told.trim_end().to_owned());
    }
    Ok(troubles)
}
