use crate::database::ScriptError;
use crate::migration::MigrationError;
use crate::session::{QueryError, WireError};

/// Why a database cannot be migrated, or asked about its migrations.
#[derive(Debug, thiserror::Error)]
pub enum DeploymentError {
    /// No connection.
    #[error("cannot {doing}: {source}")]
    Connect {
        /// What it was for.
        doing: String,
        /// What the connection says.
        source: Box<WireError>,
    },
    /// A statement of the tool's own failed.
    #[error("cannot {doing}: {source}{}", advice(doing, source))]
    Query {
        /// What it was for.
        doing: String,
        /// What the server says.
        source: Box<QueryError>,
    },
    /// What a table holds cannot be understood.
    #[error("cannot read {what}")]
    Unreadable {
        /// The table, and why.
        what: String,
    },
    /// A migration failed.
    #[error("{0}")]
    Script(Box<ScriptError>),
    /// A migration failed that is one transaction.
    #[error("{0}\nThe migration is one transaction: nothing of it is left.")]
    Undone(Box<ScriptError>),
    /// A migration could not get a lock, however often it was tried.
    #[error(
        "{error}\nIt gave way {tries} times, and nothing of the statement is left; --lock-timeout says how long it may wait for a lock, and \
         --lock-retries how often it is tried again."
    )]
    GaveWay {
        /// What failed at last.
        error: Box<ScriptError>,
        /// How often it was tried.
        tries: u32,
    },
    /// A migration failed that is no one transaction.
    #[error(
        "{error}\nIt is no one transaction: {} and {}. Mend what is wrong, and \
         `pgassay migrate up` goes on behind them; or `pgassay migrate repair` tells what else can be done.",
        super::entry::done_in_words(*done),
        if *done == 1 { "stays" } else { "stay" }
    )]
    Halfway {
        /// What failed.
        error: Box<ScriptError>,
        /// How many statements are done.
        done: u32,
    },
    /// A migration failed, and that could not be noted.
    #[error("{error}\nHow far it came could not be noted in the history: {trouble}")]
    NotNoted {
        /// What failed.
        error: Box<ScriptError>,
        /// What went wrong in noting it.
        trouble: Box<DeploymentError>,
    },
    /// The migrations are none for this database.
    #[error(transparent)]
    Migrations(#[from] MigrationError),
    /// A signal came while it was waited for another session.
    #[error("the run was interrupted before it could begin")]
    Interrupted,
    /// The history and the files do not fit one another, so that nothing is applied.
    #[error("{0}")]
    Refused(String),
    /// Another session migrates.
    #[error(
        "{holder} migrates this database and did not end within {waited}; try again, or wait longer with --wait"
    )]
    Locked {
        /// Who.
        holder: String,
        /// How long it was waited.
        waited: String,
    },
    /// A migration gave up the lock.
    #[error(
        "{migration} gave up the lock by which only one session migrates (DISCARD ALL, pg_advisory_unlock_all() or \\connect do so); \
         it is applied, and the others are not: run `pgassay migrate up` again"
    )]
    LockLost {
        /// The migration.
        migration: String,
    },
}

impl DeploymentError {
    /// Whether a migration failed on the rows of the database, and nothing of it is left.
    pub fn is_of_rows(&self) -> bool {
        let (Self::Script(error) | Self::Undone(error)) = self else {
            return false;
        };
        // Data that do not suit, and constraints that they violate.
        let code = error.error.as_ref().map(|it| it.message.code.as_str());
        code.is_some_and(|code| code.starts_with("22") || code.starts_with("23"))
    }

    pub(super) fn asking(doing: impl Into<String>) -> impl FnOnce(QueryError) -> Self {
        let doing = doing.into();
        move |source| Self::Query {
            doing,
            source: Box::new(source),
        }
    }
}

/// What one can do about an error of the server, where that is plain.
fn advice(doing: &str, error: &QueryError) -> &'static str {
    match error.code() {
        Some("42501") if doing.starts_with("read") => {
            "; the role needs SELECT on public.pgassay_migrations, and on public.pgassay_migration_texts to show what changed"
        }
        Some("42501") => {
            "; the role needs CREATE on schema public for the first migration, and SELECT, INSERT, UPDATE and DELETE on public.pgassay_migrations and public.pgassay_migration_texts after it"
        }
        _ => "",
    }
}
