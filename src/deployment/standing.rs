//! How a database stands to the project's migrations: what its history and the files say, side by side. It asks no server.

use super::entry::{Entry, EntryState};
use crate::migration::{Migration, MigrationSet, Version};

/// All migrations and entries, side by side.
#[derive(Debug)]
pub struct Standing<'a> {
    /// The migrations, in their order, each with its newest entry.
    pub items: Vec<Item<'a>>,
    /// Entries of migrations whose files are gone, or are not here yet.
    pub others: Vec<Other>,
}

/// A migration, and what the history says of it.
#[derive(Debug)]
pub struct Item<'a> {
    /// The migration.
    pub migration: &'a Migration,
    /// Its newest entry.
    pub entry: Option<Entry>,
    /// How it stands.
    pub condition: Condition,
}

/// An entry without a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Other {
    /// The entry.
    pub entry: Entry,
    /// Whether its version is above all that there are files of: the database is ahead of the files.
    pub is_ahead: bool,
}

/// How a migration stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// It was not applied.
    Pending,
    /// It was not applied, and one that comes behind it was.
    OutOfOrder,
    /// It is applied.
    Applied,
    /// It was there before there was a history.
    Baseline,
    /// It is applied, and its file has changed since.
    Changed,
    /// It is repeatable, and its file has changed since it was applied: it is to be applied again.
    Outdated,
    /// It is no one transaction, and was begun and has not ended.
    Unfinished,
    /// It is no one transaction, and failed.
    Failed,
}

impl Condition {
    /// In one word, as it is shown.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::OutOfOrder => "out of order",
            Self::Applied => "applied",
            Self::Baseline => "baseline",
            Self::Changed => "changed",
            Self::Outdated => "outdated",
            Self::Unfinished => "unfinished",
            Self::Failed => "failed",
        }
    }

    /// Whether there is something to apply.
    pub fn is_due(self) -> bool {
        match self {
            Self::Pending | Self::OutOfOrder | Self::Outdated | Self::Unfinished | Self::Failed => {
                true
            }
            Self::Applied | Self::Baseline | Self::Changed => false,
        }
    }
}

impl<'a> Standing<'a> {
    /// Puts migrations and entries side by side; the entries are in order of their ranks.
    pub fn new(set: &'a MigrationSet, entries: &[Entry]) -> Self {
        let mut items: Vec<Item<'a>> = set
            .migrations
            .iter()
            .map(|migration| {
                let newest = entries.iter().rev().find(|entry| entry.is_of(migration));
                Item {
                    migration,
                    condition: condition(migration, newest),
                    entry: newest.cloned(),
                }
            })
            .collect();
        let last_applied = items
            .iter()
            .rposition(|item| item.entry.is_some() && !item.migration.repeatable);
        for item in &mut items[..last_applied.unwrap_or(0)] {
            if item.condition == Condition::Pending && !item.migration.repeatable {
                item.condition = Condition::OutOfOrder;
            }
        }
        let others = entries.iter().filter(|entry| {
            !set.migrations
                .iter()
                .any(|migration| entry.is_of(migration))
        });
        let others = others.map(|entry| Other {
            is_ahead: is_ahead(entry, set),
            entry: entry.clone(),
        });
        Self {
            others: newest_of_each(others.collect()),
            items,
        }
    }

    /// The migrations that are to be applied, in order.
    pub fn due(&self) -> impl Iterator<Item = &Item<'a>> {
        self.items.iter().filter(|item| item.condition.is_due())
    }

    /// The items in such a condition.
    pub fn of(&self, condition: Condition) -> impl Iterator<Item = &Item<'a>> {
        self.items
            .iter()
            .filter(move |item| item.condition == condition)
    }
}

fn condition(migration: &Migration, newest: Option<&Entry>) -> Condition {
    let Some(entry) = newest else {
        return Condition::Pending;
    };
    let is_same = entry.checksum == migration.script.checksum();
    match entry.state {
        EntryState::Running => Condition::Unfinished,
        EntryState::Failed => Condition::Failed,
        EntryState::Baseline | EntryState::Applied if !is_same && migration.repeatable => {
            Condition::Outdated
        }
        EntryState::Applied if !is_same => Condition::Changed,
        EntryState::Applied => Condition::Applied,
        EntryState::Baseline => Condition::Baseline,
    }
}

/// Whether an entry's version is above all versions that there are files of.
fn is_ahead(entry: &Entry, set: &MigrationSet) -> bool {
    let Some(version) = entry.version.as_deref().and_then(Version::parse) else {
        return false;
    };
    let known = set.migrations.iter();
    let mut known = known.filter_map(|it| Version::parse(it.version.as_deref()?));
    known.all(|known| known < version)
}

/// Of several entries of one migration the newest.
fn newest_of_each(others: Vec<Other>) -> Vec<Other> {
    let mut kept: Vec<Other> = Vec::new();
    for other in others {
        let title = other.entry.title();
        kept.retain(|it| it.entry.title() != title);
        kept.push(other);
    }
    kept
}
