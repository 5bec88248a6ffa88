//! The setting `seed`: the rows that databases begin with.

use std::path::{Path, PathBuf};

use super::absolute::absolute;
use super::document::Entry;
use super::error::SettingsError;

/// The rows that databases begin with, before the migrations that came after them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum SeedChoice {
    /// Those of the newest snapshot that fits, where there is one.
    #[default]
    Newest,
    /// Those of this snapshot; absolute.
    File(PathBuf),
    /// None.
    None,
}

impl SeedChoice {
    /// What a word of the command line means; a path is relative to `directory`.
    pub(super) fn of_word(word: &str, directory: &Path) -> Self {
        match word {
            "newest" => Self::Newest,
            "none" => Self::None,
            path => Self::File(absolute(directory, Path::new(path))),
        }
    }
}

/// `seed`: `"newest"`, a snapshot, or false.
pub(super) fn seed(entry: &Entry<'_>) -> Result<SeedChoice, SettingsError> {
    match (entry.as_boolean(), entry.as_string()) {
        (Some(false), _) => Ok(SeedChoice::None),
        (_, Some("")) => Err(entry.refused("", "it names no snapshot".to_owned())),
        (_, Some(word)) => Ok(SeedChoice::of_word(word, entry.directory())),
        _ => Err(entry.wrong_type("\"newest\", the path of a snapshot, or false")),
    }
}
