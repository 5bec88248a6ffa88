//! The tables in which tools note what they applied, as data: how each is told apart, asked, and understood. Nothing here
//! asks a server, and nothing writes into such a table.

use std::cmp::Ordering;

use super::Version;

/// A tool's table.
#[derive(Debug)]
pub struct History {
    /// The table's name, with its schema where the tool fixes it. Most tools can be told another, so it is a table's columns
    /// that tell whose it is.
    pub table: &'static str,
    /// Columns that it has, all of them.
    pub columns: &'static [&'static str],
    /// Columns that it has not, all of which a table of another tool has.
    pub other_columns: &'static [&'static str],
    /// Another table that lies in its schema, where its columns alone do not tell whose it is.
    pub beside: Option<&'static str>,
    /// A query for what was applied, in the order in which it was, where `{table}` stands for the table, with its schema, and
    /// `{schema}` for that schema alone. Its columns are texts: version, description, state (one of [`AppliedState::word`]), and when, by whom; the last four may be null,
    /// and null for the state means applied.
    pub query: &'static str,
    /// Whether it has one row alone, for the version that was come to, which stands for all before it too.
    pub is_single: bool,
    /// How another session sees that the tool is at work.
    pub lock: Lock,
    /// How two versions compare.
    pub order: VersionOrder,
}

/// How another session sees that a tool is at work.
#[derive(Debug, Clone, Copy)]
pub enum Lock {
    /// Not at all.
    None,
    /// The tool holds an advisory lock of one of these numbers: some depend on how it was told to connect.
    Advisory(fn(&LockNames<'_>) -> Vec<i64>),
    /// This query, in which `{schema}` stands for the table's schema, tells `t` while it is at work.
    Query(&'static str),
}

/// What the number of a lock is made from.
#[derive(Debug, Clone, Copy)]
pub struct LockNames<'a> {
    /// The database.
    pub database: &'a str,
    /// The schema of the history table.
    pub schema: &'a str,
    /// The history table.
    pub table: &'a str,
}

/// How two versions of a layout compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VersionOrder {
    /// By their numbers, part for part.
    Numbers,
    /// As texts.
    Texts,
    /// Not at all: what comes before what stands elsewhere.
    None,
}

/// Something that a tool noted in its table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// The version, as the tool writes it.
    pub version: Option<String>,
    /// What it says that it does.
    pub description: Option<String>,
    /// What became of it.
    pub state: AppliedState,
    /// When, as the server prints it.
    pub when: Option<String>,
    /// The role that applied it.
    pub by: Option<String>,
}

/// What became of a migration that was begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AppliedState {
    /// It was applied.
    Applied,
    /// It was begun and has not ended: it runs still, or it failed.
    Begun,
    /// It failed.
    Failed,
    /// It was taken back.
    Undone,
}

impl History {
    /// What it says of each of these versions, where one row stands for all before it.
    pub fn spelled_out<'v>(
        &self,
        applied: Vec<Applied>,
        versions: impl Iterator<Item = &'v str>,
    ) -> Vec<Applied> {
        let (true, [last]) = (self.is_single, &applied[..]) else {
            return applied;
        };
        let Some(reached) = last.version.as_deref() else {
            return applied;
        };
        let is_before =
            |version: &str| (self.order.compare(version, reached)).is_some_and(Ordering::is_lt);
        let before = versions.filter(|version| is_before(version));
        let before = before.map(|version| Applied::of_version(version, AppliedState::Applied));
        before.chain([last.clone()]).collect()
    }
}

impl History {
    /// How many signs tell a table to be this one: of two that a table could be, the one with more counts.
    pub fn signs(&self) -> usize {
        self.columns.len() + usize::from(self.beside.is_some())
    }
}

impl AppliedState {
    /// The word by which a query tells it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Begun => "begun",
            Self::Failed => "failed",
            Self::Undone => "undone",
        }
    }

    fn of(word: &str) -> Option<Self> {
        [Self::Applied, Self::Begun, Self::Failed, Self::Undone]
            .into_iter()
            .find(|state| state.word() == word)
    }
}

impl Applied {
    /// A version of which no more is known than what became of it.
    pub(crate) fn of_version(version: &str, state: AppliedState) -> Self {
        Self {
            version: Some(version.to_owned()),
            description: None,
            state,
            when: None,
            by: None,
        }
    }

    /// Reads a row of [`History::query`]; none where it is no such row.
    pub fn of_row(row: Vec<Option<String>>) -> Option<Self> {
        let mut values = row.into_iter();
        let mut next = || values.next();
        let (version, description) = (next()?, next()?);
        let state = match next()? {
            Some(word) => AppliedState::of(&word)?,
            None => AppliedState::Applied,
        };
        Some(Self {
            version,
            description,
            state,
            when: next()?,
            by: next()?,
        })
    }
}

impl VersionOrder {
    /// Compares two versions; none where they cannot be.
    pub fn compare(self, left: &str, right: &str) -> Option<Ordering> {
        match self {
            Self::Numbers => Some(Version::parse(left)?.cmp(&Version::parse(right)?)),
            Self::Texts => Some(left.cmp(right)),
            Self::None => (left == right).then_some(Ordering::Equal),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::migration::Layout;

    #[test]
    fn one_row_stands_for_all_versions_before_it_where_the_tool_keeps_one_alone() {
        for layout in Layout::all() {
            let Some(history) = layout.history else {
                continue;
            };
            let begun = vec![Applied::of_version("10", AppliedState::Begun)];
            let said = history.spelled_out(begun.clone(), ["1", "2", "10", "11"].into_iter());
            if history.is_single {
                let before =
                    ["1", "2"].map(|version| Applied::of_version(version, AppliedState::Applied));
                assert_eq!(said, [&before[..], &begun].concat());
            } else {
                assert_eq!(said, begun);
            }
        }
    }
}
