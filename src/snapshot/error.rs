use std::io;
use std::path::{Path, PathBuf};

use crate::session::{BulkError, QueryError};

/// Why rows could not be saved or loaded.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// A file or a directory cannot be read or written.
    #[error("cannot {doing} {}: {source}", path.display())]
    File {
        /// What was to be done with it.
        doing: &'static str,
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file is no snapshot, or not as it was written.
    #[error("{}: {damage}", path.display())]
    Broken {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        damage: Damage,
    },
    /// A statement of the tool's own failed.
    #[error("cannot {doing}: {source}")]
    Query {
        /// What it was for.
        doing: String,
        /// What the server says.
        source: Box<QueryError>,
    },
    /// A `COPY` failed.
    #[error("cannot {doing}: {source}")]
    Bulk {
        /// What it was for.
        doing: String,
        /// What the server says, or this side.
        source: Box<BulkError>,
    },
    /// What is to be saved or loaded cannot be, as it is.
    #[error("{0}")]
    Refused(String),
}

/// What is wrong with the file of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    /// It does not begin as one.
    #[error("this is no snapshot of pgassay's")]
    Foreign,
    /// Its end is not there.
    #[error(
        "the snapshot is cut short, or was not written to its end: its seal is not there; save it anew, or get the file again"
    )]
    Cut,
    /// Its parts do not stand where its seal says.
    #[error("the snapshot is damaged ({0}); save it anew, or get the file again")]
    Parts(String),
    /// It is not what was sealed.
    #[error(
        "the snapshot was changed after it was saved, or is damaged: its SHA-256 is not the one in its seal; save it anew, or get the \
         file again"
    )]
    Hash,
    /// A later version of the tool wrote it.
    #[error("the snapshot has format {0}, and this pgassay reads format {known}; update pgassay", known = super::head::FORMAT)]
    Format(u64),
}

impl SnapshotError {
    pub(super) fn file(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self::File {
            doing,
            path,
            source,
        }
    }

    pub(super) fn asking(doing: impl Into<String>) -> impl FnOnce(QueryError) -> Self {
        let doing = doing.into();
        move |source| Self::Query {
            doing,
            source: Box::new(source),
        }
    }

    pub(super) fn copying(doing: impl Into<String>) -> impl FnOnce(BulkError) -> Self {
        let doing = doing.into();
        move |source| Self::Bulk {
            doing,
            source: Box::new(source),
        }
    }
}
