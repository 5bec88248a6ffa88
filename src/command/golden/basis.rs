//! What is known of a data directory in the cache, and what it was made from.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::catalog::History;
use crate::database::Template;
use crate::session::{content_hash, variable_hash};

/// What is known of a data directory in the cache.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::command) struct About {
    /// The project's directory.
    pub(in crate::command) project: PathBuf,
    /// What it holds, in words.
    pub(in crate::command) holds: String,
    /// The template database, where it is whole.
    pub(super) template: Option<Template>,
    /// The lines that made what is in it so far, where coverage wants to know and it is not whole.
    pub(super) history: Option<History>,
    #[serde(flatten)]
    pub(in crate::command) basis: Basis,
}

/// What a data directory was made from, besides what the key knows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::command) struct Basis {
    /// The day (UTC) for which it is good, where scripts ask for the time.
    pub(in crate::command) day: Option<String>,
    /// The files that scripts read besides those that the key knows: relative to the project where they lie below it,
    /// with the hash of their contents.
    pub(super) inputs: BTreeMap<PathBuf, Option<String>>,
    /// The variables of the environment that they asked for, with a hash of the value.
    pub(super) variables: BTreeMap<String, Option<String>>,
}

impl Basis {
    /// Whether it is still what the scripts would find.
    pub(super) fn is_current(&self, project_dir: &Path) -> bool {
        self.day.as_ref().is_none_or(|day| *day == today())
            && self
                .inputs
                .iter()
                .all(|(path, hash)| content_hash(&project_dir.join(path)) == *hash)
            && self
                .variables
                .iter()
                .all(|(name, hash)| variable_hash(name) == *hash)
    }

    /// Takes in what came later; an error names what is not the same in both.
    pub(super) fn add(&mut self, later: Self) -> Result<(), String> {
        for (path, hash) in later.inputs {
            match self.inputs.get(&path) {
                Some(before) if *before != hash => return Err(path.display().to_string()),
                _ => self.inputs.insert(path, hash),
            };
        }
        for (name, hash) in later.variables {
            match self.variables.get(&name) {
                Some(before) if *before != hash => return Err(name),
                _ => self.variables.insert(name, hash),
            };
        }
        // What is there already is the older part.
        if self.day.is_none() {
            self.day = later.day;
        }
        Ok(())
    }
}

/// Why something is not kept that this was made from.
pub(super) fn not_kept(what: &str) -> String {
    format!("the template is not kept in the cache: {what} has changed since this run began")
}

/// The day in UTC: `2026-11-22`.
pub(super) fn today() -> String {
    OffsetDateTime::now_utc().date().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn basis(day: Option<&str>, input: &str, variable: &str) -> Basis {
        let hash = |value: &str| Some(value.to_owned());
        Basis {
            day: day.map(str::to_owned),
            inputs: [(PathBuf::from(input), hash("1"))].into(),
            variables: [(variable.to_owned(), hash("2"))].into(),
        }
    }

    #[test]
    fn what_is_built_on_something_is_made_from_what_that_was_made_from() {
        let mut both = basis(Some("2026-11-21"), "a", "A");
        both.add(basis(Some("2026-11-22"), "b", "B")).unwrap();
        assert_eq!(both.day.as_deref(), Some("2026-11-21"));
        assert_eq!(both.inputs.len() + both.variables.len(), 4);
        let mut timeless = basis(None, "a", "A");
        timeless.add(basis(Some("2026-11-22"), "a", "A")).unwrap();
        assert_eq!(timeless.day.as_deref(), Some("2026-11-22"));
        timeless.inputs.insert("a".into(), None);
        assert_eq!(timeless.add(basis(None, "a", "A")), Err("a".to_owned()));
    }

    #[test]
    fn what_is_good_for_a_day_is_not_current_on_another() {
        let of = |day: &str| Basis {
            day: Some(day.to_owned()),
            ..Basis::default()
        };
        assert!(of(&today()).is_current(Path::new("/")));
        assert!(!of("2026-01-01").is_current(Path::new("/")));
    }
}
