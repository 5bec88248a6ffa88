//! The status of a database's migrations, as values: whoever applied them.

use serde::Serialize;

use super::entry::{Entry, same_version};
use super::standing::{Condition, Standing};
use crate::migration::{Applied, AppliedState, Migration, MigrationSet, Scope, VersionOrder};

/// The status of all migrations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Status {
    /// The tool that applies them.
    pub tool: &'static str,
    /// The history table that was read; none where there is none yet.
    pub history: Option<String>,
    /// Who migrates right now, in words.
    pub at_work: Option<String>,
    /// The migrations, in their order; then those without a file.
    pub migrations: Vec<StatusLine>,
}

/// The status of a migration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StatusLine {
    /// The version; none for what has none.
    pub version: Option<String>,
    /// What it does, in words.
    pub description: String,
    /// Its file, as shown; none where there is no such file.
    pub file: Option<String>,
    /// What became of it.
    pub state: &'static str,
    /// When it was applied, as the server prints it.
    pub when: Option<String>,
    /// The role that applied it.
    pub by: Option<String>,
    /// How long it took, in milliseconds.
    pub took_ms: Option<u64>,
    /// What is to be known of it besides.
    pub detail: Option<String>,
}

/// The migrations of a database that another tool migrates, by what is noted in its history, which names no files: it began
/// with a baseline where that is noted, and nothing else that the baseline stands for.
pub(super) fn living(
    set: &MigrationSet,
    is_empty: bool,
    is_noted: impl Fn(&Migration) -> bool,
) -> Vec<&Migration> {
    let is_there = |migration: &Migration| {
        let before = set.all().take_while(|it| !std::ptr::eq(*it, migration));
        let (same, others): (Vec<_>, Vec<_>) = before
            .filter(|it| it.scope == Scope::Always)
            .partition(|it| it.version == migration.version);
        let is_first = match (&same[..], &others[..]) {
            // It may have been either.
            ([_, ..], []) => false,
            (_, others) => !others.iter().any(|it| is_noted(it)),
        };
        is_noted(migration) && (migration.scope != Scope::Baseline || is_first)
    };
    let its = set.on_living(is_empty, is_there);
    its.unwrap_or_else(|_| set.migrations.iter().collect())
}

/// The word for a migration that is applied, and has no file here.
const MISSING: &str = "missing";
/// The word for one that is applied, and comes behind all that there are files of.
const AHEAD: &str = "ahead";
/// The word for one that was begun and has not ended, where somebody is at work.
const RUNNING: &str = "running";

impl StatusLine {
    fn of(migration: &Migration, state: &'static str) -> Self {
        Self {
            version: migration.version.clone(),
            description: migration.description.clone(),
            file: Some(migration.script.shown.to_string()),
            state,
            when: None,
            by: None,
            took_ms: None,
            detail: None,
        }
    }

    fn with_entry(self, entry: &Entry) -> Self {
        Self {
            when: Some(entry.when.clone()),
            by: Some(entry.by.clone()),
            took_ms: entry
                .took
                .map(|took| u64::try_from(took.as_millis()).unwrap_or(u64::MAX)),
            detail: (!entry.state.is_over() || entry.is_unverified()).then(|| entry.in_words()),
            ..self
        }
    }

    fn with_applied(self, applied: &Applied) -> Self {
        Self {
            when: applied.when.clone(),
            by: applied.by.clone(),
            ..self
        }
    }
}

impl Status {
    /// Of a database that pgassay migrates.
    pub fn of_own(
        standing: &Standing<'_>,
        history: Option<String>,
        at_work: Option<String>,
    ) -> Self {
        let mut migrations: Vec<StatusLine> = standing
            .items
            .iter()
            .map(|item| {
                let state = match item.condition {
                    Condition::Unfinished if at_work.is_some() => RUNNING,
                    condition => condition.word(),
                };
                let line = StatusLine::of(item.migration, state);
                match &item.entry {
                    Some(entry) => line.with_entry(entry),
                    None => line,
                }
            })
            .collect();
        migrations.extend(standing.others.iter().map(|other| {
            let entry = &other.entry;
            let line = StatusLine {
                version: entry.version.clone(),
                description: entry.description.clone(),
                file: None,
                state: if other.is_ahead { AHEAD } else { MISSING },
                when: None,
                by: None,
                took_ms: None,
                detail: None,
            };
            line.with_entry(entry)
        }));
        Self {
            tool: "pgassay",
            history,
            at_work,
            migrations,
        }
    }

    /// Of a database that another tool migrates, by what its history says; its versions compare so.
    pub fn of_foreign(
        tool: &'static str,
        history: String,
        set: Option<&MigrationSet>,
        applied: &[Applied],
        order: VersionOrder,
        at_work: Option<String>,
    ) -> Self {
        let state = |applied: &Applied| match applied.state {
            AppliedState::Applied => "applied",
            AppliedState::Begun if at_work.is_some() => RUNNING,
            AppliedState::Begun => "unfinished",
            AppliedState::Failed => "failed",
            AppliedState::Undone => "pending",
        };
        let is_of =
            |applied: &Applied, migration: &Migration| match (&applied.version, &migration.version)
            {
                (Some(applied), Some(version)) => same_version(order, applied, version),
                (None, None) => {
                    applied.description.as_deref() == Some(migration.description.as_str())
                }
                _ => false,
            };
        let is_noted =
            |migration: &Migration| applied.iter().any(|applied| is_of(applied, migration));
        let files = set.map_or_else(Vec::new, |set| living(set, applied.is_empty(), is_noted));
        let mut migrations: Vec<StatusLine> = files
            .iter()
            .map(
                |&migration| match applied.iter().rev().find(|it| is_of(it, migration)) {
                    Some(found) => StatusLine::of(migration, state(found)).with_applied(found),
                    None => StatusLine::of(migration, Condition::Pending.word()),
                },
            )
            .collect();
        let others = applied
            .iter()
            .filter(|it| !files.iter().any(|migration| is_of(it, migration)));
        migrations.extend(others.map(|found| {
            let line = StatusLine {
                version: found.version.clone(),
                description: found.description.clone().unwrap_or_default(),
                file: None,
                state: match (state(found), set) {
                    ("applied", Some(_)) => MISSING,
                    (state, _) => state,
                },
                when: None,
                by: None,
                took_ms: None,
                detail: None,
            };
            line.with_applied(found)
        }));
        Self {
            tool,
            history: Some(history),
            at_work,
            migrations,
        }
    }

    /// How many migrations are in such a state.
    pub fn count(&self, state: &str) -> usize {
        self.migrations
            .iter()
            .filter(|line| line.state == state)
            .count()
    }

    /// As a table for people, with a summary.
    pub fn table(&self) -> String {
        let heads = ["version", "description", "state", "when", "by", "took"];
        let rows: Vec<[String; 6]> = (self.migrations.iter())
            .map(|line| {
                [
                    line.version.clone().unwrap_or_default(),
                    line.description.clone(),
                    line.state.to_owned(),
                    line.when.clone().unwrap_or_default(),
                    line.by.clone().unwrap_or_default(),
                    line.took_ms
                        .map_or_else(String::new, |ms| format!("{ms} ms")),
                ]
            })
            .collect();
        let mut widths = heads.map(str::len);
        for row in &rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.chars().count());
            }
        }
        let mut text = String::new();
        let mut add = |cells: &[&str]| {
            let mut line = String::new();
            for (cell, width) in cells.iter().zip(widths) {
                line.push_str(&format!("{cell:<width$}  "));
            }
            text.push_str(line.trim_end());
            text.push('\n');
        };
        add(&heads);
        for (row, line) in rows.iter().zip(&self.migrations) {
            let cells: Vec<&str> = row.iter().map(String::as_str).collect();
            add(&cells);
            if let Some(detail) = &line.detail {
                add(&["", &format!("({detail})")]);
            }
        }
        if rows.is_empty() {
            text.clear();
        }
        text.push_str(&self.summary());
        text.push('\n');
        text
    }

    /// How many migrations are in which state, in one line.
    pub fn summary(&self) -> String {
        let mut states: Vec<&str> = Vec::new();
        for line in &self.migrations {
            if !states.contains(&line.state) {
                states.push(line.state);
            }
        }
        let counts: Vec<String> = states
            .into_iter()
            .map(|state| format!("{} {state}", self.count(state)))
            .collect();
        let total = self.migrations.len();
        let noun = if total == 1 {
            "migration"
        } else {
            "migrations"
        };
        let counts = if counts.is_empty() {
            String::new()
        } else {
            format!(": {}", counts.join(", "))
        };
        let working = self
            .at_work
            .as_ref()
            .map_or_else(String::new, |who| format!(" · {who} is at work"));
        format!("{total} {noun}{counts}{working}")
    }
}
