use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use super::FailingRow;
use crate::event::SqlError;
use crate::session::{Failure, QueryError, WireError};

/// Why a database could not be made.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// No connection.
    #[error("cannot {doing}: {source}")]
    Connect {
        /// What it was for.
        doing: String,
        /// What the connection says.
        source: Box<WireError>,
    },
    /// A statement of the tool's own failed.
    #[error("cannot {doing}: {source}")]
    Query {
        /// What it was for.
        doing: String,
        /// What the server says.
        source: Box<QueryError>,
    },
    /// A statement of the tool's own is forbidden to its role.
    #[error("cannot {doing}: {source}; {advice}")]
    Forbidden {
        /// What it was for.
        doing: String,
        /// What the server says.
        source: Box<QueryError>,
        /// What the role needs.
        advice: String,
    },
    /// Coverage cannot be measured by this role.
    #[error(
        "cannot measure coverage: probes are put into system catalogs, which only a superuser may do, and role \"{role}\" is \
         none; measure it without `url`, on a throwaway server"
    )]
    CoverageForbidden {
        /// The role.
        role: String,
    },
    /// The schema objects cannot be read.
    #[error(transparent)]
    Catalog(#[from] crate::catalog::ReadError),
    /// The server answered what nobody can read.
    #[error("cannot make sense of {what}")]
    Unreadable {
        /// What it is.
        what: String,
    },
    /// A script of the project failed.
    #[error("{0}")]
    Script(Box<ScriptError>),
    /// The rows that the database begins with cannot be loaded.
    #[error("cannot begin with the rows of {seed}: {source}")]
    Seed {
        /// The snapshot, as shown.
        seed: String,
        /// Why not.
        source: Box<crate::snapshot::SnapshotError>,
    },
    /// The command that migrates failed.
    #[error("cannot migrate: the command `{command}` {reason}")]
    Command {
        /// The command.
        command: String,
        /// What came of it.
        reason: String,
    },
    /// The role that should own the database cannot.
    #[error("the role \"{role}\" (setting `owner`) {reason}")]
    Owner {
        /// The role.
        role: String,
        /// Why not, and what to do.
        reason: String,
    },
    /// pgTAP's SQL file cannot be read.
    #[error("cannot read pgTAP's SQL from {}: {source}", path.display())]
    PgtapFile {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

impl DatabaseError {
    pub(crate) fn query(doing: impl Into<String>) -> impl FnOnce(QueryError) -> Self {
        let doing = doing.into();
        move |source| Self::Query {
            doing,
            source: Box::new(source),
        }
    }
}

/// A script that failed while the template was built.
#[derive(Debug, Clone)]
pub struct ScriptError {
    /// `roles script`, `migration`, `fixtures script`.
    pub kind: &'static str,
    /// The script, as shown.
    pub script: Arc<str>,
    /// Why it stopped.
    pub failure: Failure,
    /// The server's error, when it was one.
    pub error: Option<SqlError>,
    /// The statement that failed: its first line.
    pub statement: Option<String>,
    /// The row that was in its way, where it was looked for and found.
    pub row: Option<FailingRow>,
}

impl fmt::Display for ScriptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.failure.location.as_ref();
        let place = match at {
            None => self.script.to_string(),
            Some(at) if at.file == self.script => at.to_string(),
            // Another file, which the script includes.
            Some(at) => format!("{}, at {at}", self.script),
        };
        let verb = if self.kind == "migration" {
            "apply"
        } else {
            "run"
        };
        write!(f, "cannot {verb} {} {place}: ", self.kind)?;
        let Some(error) = &self.error else {
            return f.write_str(&self.failure.text);
        };
        let message = &error.message;
        write!(
            f,
            "{} {}: {}",
            message.severity, message.code, message.message
        )?;
        if let Some(excerpt) = &error.excerpt {
            let number = error.location.line().to_string();
            let gutter = " ".repeat(number.len());
            let before: String = excerpt
                .line
                .chars()
                .take(excerpt.column.saturating_sub(1) as usize)
                .map(|character| if character == '\t' { '\t' } else { ' ' })
                .collect();
            write!(
                f,
                "\n {gutter} |\n {number} | {}\n {gutter} | {before}^",
                excerpt.line
            )?;
        }
        let shown = error.excerpt.as_ref().map(|excerpt| excerpt.line.trim());
        if let Some(statement) = self.statement.as_deref().map(str::trim)
            && shown != Some(statement)
            && !statement.is_empty()
        {
            write!(f, "\n STATEMENT: {statement}")?;
        }
        for (name, part) in [
            ("DETAIL", &message.detail),
            ("HINT", &message.hint),
            ("CONTEXT", &message.context),
        ] {
            if let Some(part) = part {
                // What goes on in further lines stands under its first.
                let part = part.replace('\n', &format!("\n {}", " ".repeat(name.len() + 2)));
                write!(f, "\n {name}: {part}")?;
            }
        }
        for line in self.row.iter().flat_map(FailingRow::lines) {
            write!(f, "\n {line}")?;
        }
        Ok(())
    }
}
