use std::io;
use std::path::PathBuf;

use super::search::SearchError;
use crate::settings::{Reach, without_passwords};

/// Why the files of a project cannot be gathered.
#[derive(Debug, thiserror::Error)]
pub enum ProjectError {
    /// A test file or directory that was named does not exist.
    #[error(
        "there is no test file or directory {}{}",
        without_passwords(&path.to_string_lossy(), Reach::All),
        suggestion.as_ref().map_or_else(String::new, |meant| format!("; did you mean `{}`?", meant.display()))
    )]
    Missing {
        /// What was named; absolute.
        path: PathBuf,
        /// An existing path with a name near to it.
        suggestion: Option<PathBuf>,
    },
    /// Something that was named is neither a file nor a directory.
    #[error("cannot run {} as a test: it is neither a file nor a directory", path.display())]
    Special {
        /// What was named; absolute.
        path: PathBuf,
    },
    /// A file or directory is there but cannot be read.
    #[error("cannot read {}, needed for the {purpose}: {source}", path.display())]
    Read {
        /// What it is wanted for: `tests`, `roles`, `fixtures` or `migrate_command`.
        purpose: &'static str,
        /// The file or directory; absolute.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

impl ProjectError {
    pub(crate) fn reading(purpose: &'static str) -> impl FnOnce(SearchError) -> Self {
        move |SearchError { path, source }| Self::Read {
            purpose,
            path,
            source,
        }
    }
}
