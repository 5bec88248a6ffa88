use std::time::Duration;

use crate::migration::{Version, VersionOrder};

/// What the history says of one migration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its number: later ones were begun later.
    pub rank: i64,
    /// The version; none for what has none, as repeatable migrations.
    pub version: Option<String>,
    /// What it does, in words.
    pub description: String,
    /// Its file, relative to the directory of migrations.
    pub script: String,
    /// SHA-256 of the text that was applied, in hexadecimal.
    pub checksum: String,
    /// What became of it.
    pub state: EntryState,
    /// The role that applied it.
    pub by: String,
    /// When it was begun, as the server prints it.
    pub when: String,
    /// How long it took; none where it has not ended.
    pub took: Option<Duration>,
    /// How many of its statements are done, where it is no one transaction.
    pub done: u32,
    /// The place (`file:line`) of the statement that was begun last, where it is no one transaction and is not done.
    pub at: Option<String>,
    /// What went wrong.
    pub error: Option<String>,
    /// Of migrations that one file holds under one version, the how-manieth it is; from 1.
    pub part: u32,
    /// What its session was set to when a statement was last noted, as JSON; where it is no one transaction.
    pub session: Option<String>,
    /// Whether its verify script has passed; none where there is none.
    pub verified: Option<bool>,
}

/// What became of a migration, as the history says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryState {
    /// It was begun, and is not one transaction: it runs, or whoever ran it was killed.
    Running,
    /// It is applied.
    Applied,
    /// It failed, and is not one transaction: what it did before stays.
    Failed,
    /// It was there before there was a history.
    Baseline,
}

impl EntryState {
    const ALL: [Self; 4] = [Self::Running, Self::Applied, Self::Failed, Self::Baseline];

    /// The word in the table.
    pub fn word(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Applied => "applied",
            Self::Failed => "failed",
            Self::Baseline => "baseline",
        }
    }

    /// The state of a word.
    pub(super) fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }

    /// Whether its migration has come to its end.
    pub fn is_over(self) -> bool {
        matches!(self, Self::Applied | Self::Baseline)
    }
}

impl Entry {
    /// How people are told of it.
    pub fn title(&self) -> String {
        match (&self.version, self.description.as_str()) {
            (None, "") => self.script.clone(),
            (None, description) => description.to_owned(),
            (Some(version), "") => version.clone(),
            (Some(version), description) => format!("{version} {description}"),
        }
    }

    /// What became of it, where it is not over, in words.
    pub fn in_words(&self) -> String {
        let done = done_in_words(self.done);
        let at = self
            .at
            .as_ref()
            .map_or_else(String::new, |at| format!(", the one at {at} was under way"));
        match (self.state, &self.error) {
            (EntryState::Failed, Some(error)) => format!("it failed: {error}; {done}{at}"),
            (EntryState::Failed, None) => format!("it failed; {done}{at}"),
            (EntryState::Running, _) => format!(
                "it was begun {} by {}, and did not end; {done}{at}",
                self.when, self.by
            ),
            _ if self.verified == Some(false) => "its verify script has not passed".to_owned(),
            _ => "it is applied".to_owned(),
        }
    }

    /// What tells it apart without a version: its description, or its file.
    pub(super) fn name(&self) -> &str {
        match self.description.as_str() {
            "" => &self.script,
            description => description,
        }
    }

    /// Whether there is something that `up` has to see to before it goes on.
    pub(super) fn is_unverified(&self) -> bool {
        self.state.is_over() && self.verified == Some(false)
    }
}

/// How many statements are done, in words.
pub(super) fn done_in_words(done: u32) -> String {
    match done {
        1 => "1 of its statements is done".to_owned(),
        done => format!("{done} of its statements are done"),
    }
}

/// Whether two versions are the same: by their texts, or by their numbers where the layout counts.
pub(super) fn same_version(order: VersionOrder, left: &str, right: &str) -> bool {
    left == right
        || order == VersionOrder::Numbers
            && matches!(
                (Version::parse(left), Version::parse(right)),
                (Some(left), Some(right)) if left == right
            )
}
