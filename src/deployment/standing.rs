//! How a database stands to the project's migrations: what its history and the files say, side by side. It asks no server.

use super::entry::{Entry, EntryState, same_version};
use crate::migration::{Migration, MigrationError, MigrationSet, Version, VersionOrder};

/// All migrations and entries, side by side.
#[derive(Debug)]
pub struct Standing<'a> {
    /// The migrations, in their order, each with its newest entry.
    pub items: Vec<Item<'a>>,
    /// Entries of migrations whose files are gone, or are not here yet.
    pub others: Vec<Other>,
    /// How versions compare.
    pub order: VersionOrder,
}

/// A migration, and what the history says of it.
#[derive(Debug)]
pub struct Item<'a> {
    /// The migration.
    pub migration: &'a Migration,
    /// Of migrations that one file holds under one version, the how-manieth it is; from 1.
    pub part: u32,
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
    /// It is applied, and its verify script has not passed.
    Unverified,
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
            Self::Unverified => "unverified",
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
            Self::Applied | Self::Unverified | Self::Baseline | Self::Changed => false,
        }
    }
}

impl<'a> Standing<'a> {
    /// Puts migrations and entries side by side; the entries are in order of their ranks. Of the migrations it is those that
    /// a database of such a history gets.
    ///
    /// # Errors
    /// Where there is nothing for such a database, as of a dump that only an empty one takes.
    pub fn new(set: &'a MigrationSet, entries: &[Entry]) -> Result<Self, MigrationError> {
        let order = set.order();
        let is_there = |migration: &Migration| {
            let mut entries = entries.iter();
            entries.any(|entry| {
                is_named_as(entry, migration, order) && entry.script == migration.script.name
            })
        };
        let migrations = set.on_living(entries.is_empty(), is_there)?;
        let parts: Vec<u32> = (0..migrations.len())
            .map(|at| part(&migrations, at))
            .collect();
        let owner_of = |entry: &Entry| {
            (0..migrations.len()).find(|at| is_of(entry, &migrations, &parts, *at, order))
        };
        let owners: Vec<Option<usize>> = entries.iter().map(owner_of).collect();
        let mut items: Vec<Item<'a>> = Vec::with_capacity(migrations.len());
        for (at, migration) in migrations.iter().enumerate() {
            let its = owners.iter().rposition(|owner| *owner == Some(at));
            let newest = its.and_then(|its| entries.get(its));
            items.push(Item {
                migration,
                part: parts[at],
                condition: condition(migration, newest),
                entry: newest.cloned(),
            });
        }
        let last_applied = items
            .iter()
            .rposition(|item| item.entry.is_some() && !item.migration.repeatable);
        let last = last_applied.map(|at| items[at].migration);
        for item in &mut items[..last_applied.unwrap_or(0)] {
            // Two of one version are in no order that could be broken.
            let is_beside = last.is_some_and(|last| is_same(last, item.migration, order));
            if item.condition == Condition::Pending && !item.migration.repeatable && !is_beside {
                item.condition = Condition::OutOfOrder;
            }
        }
        let is_known = |entry: &Entry| set.all().any(|it| is_named_as(entry, it, order));
        let others = entries.iter().zip(&owners);
        let others = others.filter(|(entry, owner)| owner.is_none() && !is_known(entry));
        let others = others.map(|(entry, _)| Other {
            is_ahead: is_ahead(entry, set),
            entry: entry.clone(),
        });
        Ok(Self {
            others: newest_of_each(others.collect()),
            items,
            order,
        })
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

/// Whether two migrations have one version, or one name without a version.
fn is_same(left: &Migration, right: &Migration, order: VersionOrder) -> bool {
    match (&left.version, &right.version) {
        (Some(left), Some(right)) => same_version(order, left, right),
        (None, None) => left.name() == right.name(),
        _ => false,
    }
}

/// Whether an entry has a migration's version, or its name without one.
fn is_named_as(entry: &Entry, migration: &Migration, order: VersionOrder) -> bool {
    match (&entry.version, &migration.version) {
        (Some(entry), Some(version)) => same_version(order, entry, version),
        (None, None) => entry.name() == migration.name(),
        _ => false,
    }
}

/// Of migrations that one file holds under one version, the how-manieth one is.
fn part(migrations: &[&Migration], at: usize) -> u32 {
    let its = migrations[at];
    let is_alike =
        |other: &&&Migration| other.version == its.version && other.script.name == its.script.name;
    let before = migrations[..at].iter().filter(is_alike).count();
    u32::try_from(before).unwrap_or(u32::MAX).saturating_add(1)
}

/// Whether an entry is of a migration. One that alone has its version may have got another file; of several, it is the file that
/// tells, and its part.
fn is_of(
    entry: &Entry,
    migrations: &[&Migration],
    parts: &[u32],
    at: usize,
    order: VersionOrder,
) -> bool {
    let migration = migrations[at];
    let others = migrations.iter().enumerate();
    let mut others = others.filter(|(other, _)| *other != at);
    is_named_as(entry, migration, order)
        && (!others.any(|(_, other)| is_same(other, migration, order))
            || entry.script == migration.script.name && entry.part == parts[at])
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
        _ if entry.is_unverified() => Condition::Unverified,
        EntryState::Applied => Condition::Applied,
        EntryState::Baseline => Condition::Baseline,
    }
}

/// Whether an entry's version is above all versions that there are files of.
fn is_ahead(entry: &Entry, set: &MigrationSet) -> bool {
    let Some(version) = entry.version.as_deref().and_then(Version::parse) else {
        return false;
    };
    let known = set.all();
    let mut known = known.filter_map(|it| Version::parse(it.version.as_deref()?));
    known.all(|known| known < version)
}

/// Of several entries of one migration the newest.
fn newest_of_each(others: Vec<Other>) -> Vec<Other> {
    let mut kept: Vec<Other> = Vec::new();
    for other in others {
        let is_it = |it: &Other| {
            it.entry.title() == other.entry.title()
                && it.entry.script == other.entry.script
                && it.entry.part == other.entry.part
        };
        kept.retain(|it| !is_it(it));
        kept.push(other);
    }
    kept
}
