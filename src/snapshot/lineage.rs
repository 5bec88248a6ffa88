//! The lineage of rows: the migrations behind which they were saved, each with its checksum, and where that fits a set of
//! migrations. It asks no server and reads no file.

use serde::{Deserialize, Serialize};

use crate::migration::{Migration, MigrationSet, Scope, Version, VersionOrder};
use crate::session::hash_of;

/// The migrations behind which rows were saved, in their order. Those do not count that change without a rewrite of history
/// (repeatable ones), that are still worked at, and that only an empty database gets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lineage {
    /// SHA-256 over all of them, in hexadecimal: equal for equal lineages.
    pub hash: String,
    /// The migrations.
    pub migrations: Vec<Mark>,
}

/// A migration, as a lineage knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mark {
    /// Its version; none where it has none.
    pub version: Option<String>,
    /// What its name says that it does, or its file.
    pub name: String,
    /// SHA-256 of its text, in hexadecimal.
    pub checksum: String,
}

/// Where a lineage fits a set of migrations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fit {
    /// Behind so many of the set's first migrations.
    At(usize),
    /// Nowhere yet: it begins with all of the set's, and has one that the set has not.
    Newer {
        /// The first that the set has not, as people are told of it.
        first: String,
    },
    /// Nowhere any more: it ends before the baseline with which a new database begins.
    BeforeBaseline {
        /// The baseline's file, as shown.
        file: String,
    },
    /// Nowhere: the history was rewritten since.
    Rewritten(Difference),
    /// Nowhere: not even the first migration is the same.
    OtherProject,
}

/// The first migration by which a lineage and a set differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The migration of the lineage, as people are told of it.
    pub title: String,
    /// Its version; none where it has none.
    pub version: Option<String>,
    /// Its file, as shown, where the set has one.
    pub file: Option<String>,
    /// How.
    pub how: How,
}

/// How a migration differs from what it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum How {
    /// Its text is another.
    Changed,
    /// There is none any more.
    Missing,
    /// Another one, of this file, stands in its place.
    Displaced(String),
}

impl Mark {
    fn of(migration: &Migration) -> Self {
        Self {
            version: migration.version.clone(),
            name: migration.name().to_owned(),
            checksum: migration.script.checksum(),
        }
    }

    /// How people are told of it.
    pub fn title(&self) -> String {
        match &self.version {
            Some(version) if *version == self.name => version.clone(),
            Some(version) => format!("{version} {}", self.name),
            None => self.name.clone(),
        }
    }

    /// Whether it is a migration, of whatever text.
    fn is(&self, other: &Self, order: VersionOrder) -> bool {
        match (&self.version, &other.version) {
            (Some(version), Some(other)) => is_same(order, version, other),
            (None, None) => self.name == other.name,
            _ => false,
        }
    }

    fn is_unchanged(&self, other: &Self, order: VersionOrder) -> bool {
        self.is(other, order) && self.checksum == other.checksum
    }
}

/// Whether two versions are the same: by their texts, or by their numbers where the layout counts.
fn is_same(order: VersionOrder, left: &str, right: &str) -> bool {
    let numbers = || Some(Version::parse(left)? == Version::parse(right)?);
    left == right || order == VersionOrder::Numbers && numbers() == Some(true)
}

/// Whether a migration counts.
pub fn counts(migration: &Migration) -> bool {
    let lasts = matches!(migration.scope, Scope::Always | Scope::Baseline);
    lasts && !migration.repeatable
}

impl Lineage {
    /// Of a database that got these migrations, in their order.
    pub fn of(migrations: &[&Migration]) -> Self {
        let counting = migrations.iter().filter(|it| counts(it));
        Self::from_marks(counting.map(|it| Mark::of(it)).collect())
    }

    /// Of a database that is at a version, or at a migration of that name or file; none where there is no such.
    pub fn at(set: &MigrationSet, version: &str) -> Option<Self> {
        let order = set.order();
        let is_it = |migration: &&Migration| {
            let its = migration.version.as_deref();
            counts(migration)
                && (its.is_some_and(|its| is_same(order, its, version))
                    || migration.script.name == version
                    || migration.title() == version
                    || its.is_none() && migration.name() == version)
        };
        let up_to = |migrations: &[Migration]| -> Option<Vec<Mark>> {
            let place = migrations.iter().rposition(|it| is_it(&it))?;
            let its = migrations[..=place].iter().filter(|it| counts(it));
            Some(its.map(Mark::of).collect())
        };
        let marks = up_to(&set.migrations).or_else(|| up_to(&set.earlier))?;
        Some(Self::from_marks(marks))
    }

    fn from_marks(migrations: Vec<Mark>) -> Self {
        let mut text = String::new();
        for mark in &migrations {
            // JSON, so that no two different lists are the same text.
            let parts = (&mark.version, &mark.name, &mark.checksum);
            text.push_str(&serde_json::json!(parts).to_string());
        }
        Self {
            hash: hash_of(text.as_bytes()),
            migrations,
        }
    }

    /// Whether its hash is that of its migrations.
    pub fn is_sound(&self) -> bool {
        Self::from_marks(self.migrations.clone()).hash == self.hash
    }

    /// The version, or the name, of the last migration.
    pub fn version(&self) -> Option<&str> {
        let last = self.migrations.last()?;
        Some(last.version.as_deref().unwrap_or(&last.name))
    }

    /// Whether two are of one history: how many migrations they begin with alike.
    pub fn common(&self, other: &Self, order: VersionOrder) -> usize {
        let pairs = self.migrations.iter().zip(&other.migrations);
        pairs
            .take_while(|(mark, other)| mark.is_unchanged(other, order))
            .count()
    }

    /// Where it fits.
    pub fn fit(&self, set: &MigrationSet) -> Fit {
        let order = set.order();
        let chains = chains(set);
        let come = |chain: &Vec<Link>| {
            let pairs = self.migrations.iter().zip(chain);
            pairs
                .take_while(|(mark, link)| mark.is_unchanged(&link.mark, order))
                .count()
        };
        // Of chains that are alike, the first: it is the one of a new database.
        let Some((come, chain)) = (chains.iter().rev())
            .map(|chain| (come(chain), chain))
            .max_by_key(|(come, _)| *come)
        else {
            return Fit::At(0);
        };
        match (self.migrations.get(come), chain.get(come)) {
            (None, _) => behind(set, chain.get(..come).and_then(<[_]>::last)),
            (Some(first), None) => Fit::Newer {
                first: first.title(),
            },
            (Some(mark), Some(link)) => {
                let is_known = |mark: &Mark| {
                    let mut links = chains.iter().flatten();
                    links.any(|link| mark.is_unchanged(&link.mark, order))
                };
                if come == 0 && !self.migrations.iter().any(is_known) {
                    return Fit::OtherProject;
                }
                let its = chain[come..].iter().find(|it| mark.is(&it.mark, order));
                let how = match its {
                    _ if mark.is(&link.mark, order) => How::Changed,
                    Some(_) => How::Displaced(link.file.clone()),
                    None => How::Missing,
                };
                Fit::Rewritten(Difference {
                    title: mark.title(),
                    version: mark.version.clone(),
                    file: its.map(|its| its.file.clone()),
                    how,
                })
            }
        }
    }
}

/// A migration in the order in which some database gets it.
struct Link {
    mark: Mark,
    /// Its file, as shown.
    file: String,
    /// Its place among all of the set.
    place: usize,
}

/// What databases get: first one that begins now, then those that began with an earlier baseline, or before all of them.
fn chains(set: &MigrationSet) -> Vec<Vec<Link>> {
    let all: Vec<&Migration> = set.all().collect();
    let begins = (0..all.len()).filter(|at| all[*at].scope == Scope::Baseline);
    let mut chains: Vec<Vec<Link>> = Vec::new();
    for first in begins
        .map(Some)
        .collect::<Vec<_>>()
        .into_iter()
        .rev()
        .chain([None])
    {
        let its = all.iter().enumerate().skip(first.unwrap_or(0));
        let its = its
            .filter(|(at, it)| counts(it) && (it.scope != Scope::Baseline || Some(*at) == first));
        let links = its.map(|(place, it)| Link {
            mark: Mark::of(it),
            file: it.script.shown.to_string(),
            place,
        });
        chains.push(links.collect());
    }
    chains
}

/// Behind how many of the set's migrations something fits whose last one is `last`.
fn behind(set: &MigrationSet, last: Option<&Link>) -> Fit {
    let Some(last) = last else {
        return Fit::At(0);
    };
    let before = set.earlier.len();
    if last.place >= before {
        return Fit::At(last.place + 1 - before);
    }
    let baseline = set.migrations.first();
    let rest = set.earlier.iter().skip(last.place + 1);
    let is_all = !rest
        .into_iter()
        .any(|it| counts(it) && it.scope == Scope::Always);
    match baseline {
        // All that the baseline stands for.
        Some(_) if is_all => Fit::At(1),
        Some(baseline) => Fit::BeforeBaseline {
            file: baseline.script.shown.to_string(),
        },
        None => Fit::At(0),
    }
}

impl std::fmt::Display for Difference {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (&self.how, &self.file) {
            (How::Changed, Some(file)) => write!(out, "{file} has another text than it had"),
            (How::Displaced(other), Some(file)) => {
                write!(out, "{other} stands before {file} now, where it was not")
            }
            _ => write!(out, "migration {} is gone", self.title),
        }
    }
}

impl std::fmt::Display for Fit {
    /// As people are told of it, behind the name of a file.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::At(0) => write!(out, "fits before the first migration"),
            Self::At(count) => write!(out, "fits behind the first {count} migrations"),
            Self::Newer { first } => {
                write!(
                    out,
                    "is newer: it was saved behind {first}, which is not here"
                )
            }
            Self::BeforeBaseline { file } => {
                write!(out, "ends before the baseline {file} begins")
            }
            Self::Rewritten(difference) => {
                write!(out, "the history was rewritten since: {difference}")
            }
            Self::OtherProject => {
                write!(
                    out,
                    "another project's: not even the first migration is the same"
                )
            }
        }
    }
}

#[cfg(test)]
mod tests;
