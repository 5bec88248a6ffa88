use std::io;
use std::path::PathBuf;

use crate::script::ScriptError;

/// Why a directory's migrations cannot be told. Paths are as people are shown them, where not said otherwise.
#[derive(Debug, thiserror::Error)]
pub enum MigrationError {
    /// The directory or a file in it cannot be read.
    #[error("cannot read {}, needed for the migrations: {source}", path.display())]
    Read {
        /// What cannot be read; absolute.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The directory has files, but none is SQL.
    #[error(
        "{directory} has files (such as {example}) but no .sql file to migrate with; name the right \
         directory as `migrations`, say `migrate_command`, or say `migrations = false` if there are none"
    )]
    NoSql {
        /// The directory.
        directory: String,
        /// The name of one of its files.
        example: String,
    },
    /// A file is no text.
    #[error("{0}")]
    Undecodable(ScriptError),
    /// No directory was named.
    #[error("no directory of migrations was named; say `migrations = false` if there are none")]
    NoDirectory,
    /// Two layouts claim the same files.
    #[error(
        "{directory}: it cannot be told which tool's migrations these are: {first_sign} is laid out for {first}, {second_sign} for \
         {second}; say which by `layout = \"…\"`, or move what does not belong there"
    )]
    Ambiguous {
        /// The directory, or directories.
        directory: String,
        /// A layout.
        first: &'static str,
        /// The file by which it was recognised.
        first_sign: String,
        /// Another layout.
        second: &'static str,
        /// The file by which that was recognised.
        second_sign: String,
    },
    /// Directories cannot be one history.
    #[error(
        "{directories} cannot be put together into one history: {layout} keeps the order of its migrations in a place of its own"
    )]
    NotMerged {
        /// The layout.
        layout: &'static str,
        /// The directories.
        directories: String,
    },
    /// A file that the layout cannot do without is not there.
    #[error("{} is not there: {what}", path.display())]
    Missing {
        /// What it would be.
        what: &'static str,
        /// Where it should be; absolute.
        path: PathBuf,
    },
    /// Something in a file is wrong.
    #[error("{file}:{line}: {reason}")]
    Wrong {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong, and what to do.
        reason: String,
    },
    /// Some files are named as Flyway names them, and others are not.
    #[error(
        "{directory} mixes two layouts: {example} is named as for Flyway, but these are not:\n{}\n\
         name them V<version>__<description>.sql or R__<description>.sql, or move them elsewhere",
        listed(odd)
    )]
    Mixture {
        /// The directory.
        directory: String,
        /// A file that Flyway would take.
        example: String,
        /// The files that it would not.
        odd: Vec<String>,
    },
    /// Two migrations have the same version or description.
    #[error("two migrations have the same {what}: {first} and {second}; rename one")]
    Duplicate {
        /// `version 1.2`, `description x`.
        what: String,
        /// One file.
        first: String,
        /// The other.
        second: String,
    },
    /// An undo migration has nothing to undo.
    #[error(
        "{file} is named as an undo migration of Flyway, but there is no version {version} to undo; if it is \
         to be applied, rename it, or let its own tool migrate: `migrate_command = \"…\"`"
    )]
    LoneUndo {
        /// The file.
        file: String,
        /// Its version.
        version: String,
    },
    /// A name that its tool refuses, or passes over though it seems to be meant.
    #[error(
        "{file} is not named as {layout} wants it ({wanted}); rename it, move it elsewhere, or say what these migrations are by \
         `layout = \"…\"`"
    )]
    Misnamed {
        /// The file.
        file: String,
        /// The layout.
        layout: &'static str,
        /// How names are.
        wanted: &'static str,
    },
    /// A migration that is no SQL.
    #[error(
        "{file} is a migration for {layout} that is not SQL, which pgassay cannot run among the others; let that tool \
         migrate: `migrate_command = \"…\"`"
    )]
    NotSql {
        /// The file.
        file: String,
        /// The layout.
        layout: &'static str,
    },
    /// A directory of a migration without the script that applies it.
    #[error(
        "{directory} has no up.sql, which Diesel wants of each directory; add it, or move the directory elsewhere"
    )]
    NoUp {
        /// The directory.
        directory: String,
    },
    /// A script that takes back nothing.
    #[error(
        "{file} takes back a migration that is not there: it is named for {version}; name both alike, or move it elsewhere"
    )]
    LoneDown {
        /// The file.
        file: String,
        /// What it would take back, as it names it.
        version: String,
    },
    /// A dump, which a database that lives on cannot be migrated with.
    #[error(
        "{file} is the whole schema, which only an empty database takes: this one has a history that did not begin with it; let \
         the tool itself migrate it, from the migrations that the file was made of{example}"
    )]
    OnlyForEmpty {
        /// The file.
        file: String,
        /// How the tool is told to.
        example: &'static str,
    },
    /// A script that Flyway would run before or after others.
    #[error(
        "{file} is a callback of Flyway, which pgassay does not run; make it a repeatable migration \
         (R__<description>.sql), or let Flyway migrate: `migrate_command = \"…\"`"
    )]
    Callback {
        /// The file.
        file: String,
    },
}

fn listed(files: &[String]) -> String {
    const SHOWN: usize = 10;
    let mut lines: Vec<_> = files
        .iter()
        .take(SHOWN)
        .map(|file| format!("  {file}"))
        .collect();
    if files.len() > SHOWN {
        lines.push(format!("  and {} more", files.len() - SHOWN));
    }
    lines.join("\n")
}
