//! `pgassay snapshot list`.

use serde::Serialize;

use super::super::{Error, Exit, print};
use super::{counted, migrations, settings, size};
use crate::cli::{DataFormat, GlobalArgs, SnapshotListArgs};
use crate::migration::MigrationSet;
use crate::settings::{self as places, Environment};
use crate::snapshot::{Fit, SnapshotError, SnapshotFile, Store, StoredSnapshot, counts};

pub(super) fn run(
    global: &GlobalArgs,
    typed: &SnapshotListArgs,
    environment: &Environment,
) -> Result<Exit, Error> {
    let settings = settings(global, &typed.migrating, &typed.store, environment)?;
    let set = migrations(&settings)?;
    let store = Store::new(&settings.snapshots);
    let all: Vec<Listed> = (store.list()?.iter())
        .map(|stored| {
            let shown = places::shown(&settings.project_dir, &stored.path);
            listed(stored, shown, set.as_ref())
        })
        .collect();
    let text = match typed.format {
        DataFormat::Json => format!("{}\n", serde_json::to_string_pretty(&all)?),
        DataFormat::Text if all.is_empty() => {
            let directory = places::shown(&settings.project_dir, store.directory());
            format!("no snapshots in {directory}; `pgassay snapshot save` makes one\n")
        }
        DataFormat::Text => all.iter().map(Listed::text).collect(),
    };
    print(text.as_bytes())
}

/// A snapshot, as it is listed.
#[derive(Debug, Serialize)]
struct Listed {
    file: String,
    version: Option<String>,
    /// When it was saved, by its name.
    time: Option<String>,
    tables: Option<usize>,
    rows: Option<u64>,
    bytes: Option<u64>,
    is_selection: Option<bool>,
    is_masked: Option<bool>,
    is_filtered: Option<bool>,
    /// One word.
    standing: &'static str,
    /// The same in words.
    detail: String,
}

fn listed(stored: &StoredSnapshot, file: String, set: Option<&MigrationSet>) -> Listed {
    let time = stored.time.as_deref().map(spelled_out);
    let snapshot = match &stored.opened {
        Ok(snapshot) => snapshot,
        Err(error) => {
            return Listed {
                file,
                version: None,
                time,
                tables: None,
                rows: None,
                bytes: None,
                is_selection: None,
                is_masked: None,
                is_filtered: None,
                standing: "broken",
                detail: match error {
                    SnapshotError::Broken { damage, .. } => damage.to_string(),
                    other => other.to_string(),
                },
            };
        }
    };
    let (standing, detail) = standing(snapshot, set);
    Listed {
        file,
        version: Some(snapshot.head.version().to_owned()),
        time,
        tables: Some(snapshot.head.tables.len()),
        rows: Some(snapshot.index.row_count()),
        bytes: Some(snapshot.size),
        is_selection: Some(snapshot.head.is_selection),
        is_masked: Some(!snapshot.head.masked.is_empty()),
        is_filtered: Some(!snapshot.head.filtered.is_empty()),
        standing,
        detail,
    }
}

/// How a snapshot stands to the project's migrations, in a word and in words.
fn standing(snapshot: &SnapshotFile, set: Option<&MigrationSet>) -> (&'static str, String) {
    let (Some(lineage), Some(set)) = (&snapshot.head.lineage, set) else {
        return (
            "unknown",
            "knows no version: it fits a database whose tables are the same".to_owned(),
        );
    };
    let fit = lineage.fit(set);
    match &fit {
        Fit::At(count) => {
            let (before, behind) = set.migrations.split_at(*count);
            let last = before.iter().rev().find(|it| counts(it));
            let at = match last {
                Some(last) => format!("fits at {}", last.title()),
                None => "fits before the first migration".to_owned(),
            };
            let behind = behind.iter().filter(|it| counts(it)).count();
            let rest = match behind {
                0 => ", the last migration".to_owned(),
                count => format!(
                    ", and {} behind it",
                    counted(count as u64, "migration comes", "migrations come")
                ),
            };
            let rest = if set.migrations.is_empty() {
                String::new()
            } else {
                rest
            };
            ("fits", format!("{at}{rest}"))
        }
        Fit::Newer { .. } => ("newer", fit.to_string()),
        Fit::BeforeBaseline { .. } => ("before_baseline", fit.to_string()),
        Fit::Rewritten(_) => ("rewritten", fit.to_string()),
        Fit::OtherProject => ("other_project", fit.to_string()),
    }
}

/// A time of a name as people and programs read it: `2026-11-22T21:08:14Z`.
fn spelled_out(time: &str) -> String {
    let part = |from: usize, to: usize| time.get(from..to).unwrap_or_default();
    format!(
        "{}-{}-{}T{}:{}:{}Z",
        part(0, 4),
        part(4, 6),
        part(6, 8),
        part(9, 11),
        part(11, 13),
        part(13, 15)
    )
}

impl Listed {
    /// Two lines: what it is, and how it stands.
    fn text(&self) -> String {
        let mut parts = Vec::new();
        parts.extend(self.version.clone());
        parts.extend(self.time.clone());
        parts.extend(self.tables.map(|it| counted(it as u64, "table", "tables")));
        parts.extend(self.rows.map(|it| counted(it, "row", "rows")));
        parts.extend(self.bytes.map(size));
        if self.is_selection == Some(true) {
            parts.push("a selection".to_owned());
        }
        if self.is_masked == Some(true) {
            parts.push("masked".to_owned());
        }
        if self.is_filtered == Some(true) {
            parts.push("filtered".to_owned());
        }
        let word = match self.standing {
            "broken" => "broken: ",
            _ => "",
        };
        format!(
            "{}\n{}  {word}{}\n",
            self.file,
            match parts.join(" · ") {
                parts if parts.is_empty() => parts,
                parts => format!("  {parts}\n"),
            },
            self.detail
        )
    }
}
