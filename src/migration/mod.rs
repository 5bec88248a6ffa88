//! Migrations: which there are and in which order they apply, by the layout of the tool that they were made for; and how
//! that tool's own history reads. Nothing here runs one or looks into its SQL, markers of other tools apart.

mod atlas;
mod cargo_manifest;
mod db_migrate;
mod dbmate;
mod diesel;
mod directory;
mod dump;
mod error;
mod flyway;
mod flyway_conf;
mod flyway_name;
mod golang_migrate;
mod goose;
mod graphile;
mod history;
mod layout;
mod liquibase;
mod living;
mod named;
mod numbered;
mod pairs;
mod pgroll;
mod plain;
mod prisma;
mod rails;
mod refinery;
mod scope;
mod sqitch;
mod sqlx;
mod supabase;
mod text;
mod version;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::session::hash_of;

pub use error::MigrationError;
pub use history::{Applied, AppliedState, History, Lock, LockNames, VersionOrder};
pub use layout::{Layout, LayoutName};
pub use named::NameError;
pub use scope::Scope;
pub use version::Version;

use directory::Directory;

/// Everything that migrates a database: an empty one, and one that lives on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigrationSet {
    /// The layout that was recognised or said.
    pub layout: LayoutName,
    /// What migrates an empty database, in order.
    pub migrations: Vec<Migration>,
    /// What a baseline among them stands for, in order, be it other baselines: what an empty database is spared, and one that
    /// did not begin with the baseline needs.
    pub earlier: Vec<Migration>,
    /// SHA-256, in hexadecimal, over the order, names, flags and texts of the migrations. Where the project lies
    /// does not change it.
    pub hash: String,
}

/// One migration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migration {
    /// The version that its tool knows it by, as the tool writes it into its history; none when it has none.
    pub version: Option<String>,
    /// What its name says that it does; may be empty.
    pub description: String,
    /// What is run.
    pub script: MigrationScript,
    /// What takes it back, where there is such a script.
    pub down: Option<MigrationScript>,
    /// What fails when it was not applied well, and is run behind it; it changes nothing.
    pub verify: Option<MigrationScript>,
    /// Whether its tool would run it again whenever it changes.
    pub repeatable: bool,
    /// What its tool puts into one transaction.
    pub transaction: Transaction,
    /// Which databases get it.
    pub scope: Scope,
}

/// What of a migration is one transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transaction {
    /// All of it: a statement that cannot be in one is an error.
    Whole,
    /// All of it, unless a statement cannot be in one.
    WherePossible,
    /// Each statement by itself, unless it begins a transaction, as with `psql --file`.
    Apart,
}

/// A file, or a part of one, that runs as a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigrationScript {
    /// Its file; absolute.
    pub path: PathBuf,
    /// Its file as people are shown it: relative to the project with `/` between the parts, or absolute when it
    /// lies outside.
    pub shown: Arc<str>,
    /// Its file relative to the directory of migrations, with `/` between the parts.
    pub name: String,
    /// The text that runs: the file's, with blanks for all that does not, so that lines and columns are the file's.
    pub text: Arc<str>,
    /// That text as it is written, where words in it were replaced by what stands elsewhere: a variable of the environment, a
    /// setting, another file. Such values may be secret, so this is what is kept and shown.
    pub written: Option<Arc<str>>,
    /// SHA-256 of the whole file, in hexadecimal.
    pub file_hash: String,
    /// The psql variables that its tool sets for it.
    pub variables: Vec<(String, String)>,
    /// Words in it that its tool replaces by what is known only where it runs.
    pub placeholders: &'static [(&'static str, Placeholder)],
}

/// What a placeholder stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placeholder {
    /// The database that is migrated.
    Database,
    /// The role that migrates it, and owns it where the tool makes it.
    Role,
}

impl MigrationScript {
    /// The text as it is kept and shown: without what stands elsewhere.
    pub fn shown_text(&self) -> &Arc<str> {
        self.written.as_ref().unwrap_or(&self.text)
    }

    /// SHA-256 of the text as it is shown, in hexadecimal, without the blanks around it: they stand for what does not run,
    /// which may be written otherwise. Lines may end in one way or the other: what version control makes of them on one machine
    /// is no other migration.
    pub fn checksum(&self) -> String {
        let text = self.shown_text().replace("\r\n", "\n");
        hash_of(text.trim().as_bytes())
    }

    /// With the text as it is written, where that is another.
    fn with_written(self, written: &str) -> Self {
        let is_other = *self.text != *written;
        Self {
            written: is_other.then(|| written.into()),
            ..self
        }
    }

    /// The text as it runs in a database, as a role: no placeholder is left in it.
    pub fn text_in(&self, database: &str, role: &str) -> Arc<str> {
        if self.placeholders.is_empty() {
            return Arc::clone(&self.text);
        }
        let values = self
            .placeholders
            .iter()
            .map(|(word, stands_for)| match stands_for {
                Placeholder::Database => (*word, database),
                Placeholder::Role => (*word, role),
            });
        text::replaced(&self.text, &values.collect::<Vec<_>>()).into()
    }
}

impl Migration {
    /// A migration that is a whole file or a part of one, without anything that takes it back.
    fn of(version: Option<String>, description: String, script: MigrationScript) -> Self {
        Self {
            version,
            description,
            script,
            down: None,
            verify: None,
            repeatable: false,
            transaction: Transaction::Whole,
            scope: Scope::Always,
        }
    }

    /// What tells it apart from others without a version: its description, or its file.
    pub fn name(&self) -> &str {
        match self.description.as_str() {
            "" => &self.script.name,
            description => description,
        }
    }

    /// The scripts that run when it is applied.
    pub fn scripts(&self) -> impl Iterator<Item = &MigrationScript> {
        std::iter::once(&self.script).chain(&self.verify)
    }

    /// How people are told of it: its version and description, or its file.
    pub fn title(&self) -> String {
        match (&self.version, self.description.as_str()) {
            (None, "") => self.script.shown.to_string(),
            (None, description) => description.to_owned(),
            (Some(version), "") => version.clone(),
            (Some(version), description) => format!("{version} {description}"),
        }
    }
}

impl MigrationSet {
    /// No migrations at all.
    pub fn empty() -> Self {
        Self {
            layout: plain::LAYOUT.name,
            migrations: Vec::new(),
            earlier: Vec::new(),
            hash: hash(&[]),
        }
    }

    /// How its versions compare.
    pub fn order(&self) -> VersionOrder {
        let layout = Layout::all().find(|layout| layout.name == self.layout);
        let history = layout.and_then(|layout| layout.history);
        history.map_or(VersionOrder::Numbers, |history| history.order)
    }

    /// The versions, in order.
    pub fn versions(&self) -> impl Iterator<Item = &str> {
        let versions = self.migrations.iter();
        versions.filter_map(|migration| migration.version.as_deref())
    }

    /// Reads directories of migrations as one history, or a single file that is the only one. Paths and `project_dir`
    /// are absolute; paths are shown relative to `project_dir`. Without a `layout`, it is recognised.
    ///
    /// # Errors
    ///
    /// [`MigrationError`]: what cannot be read, what is not one layout, what its tool would refuse. An empty directory is
    /// no error: it is a set of no migrations.
    pub fn load(
        paths: &[PathBuf],
        layout: Option<LayoutName>,
        project_dir: &Path,
    ) -> Result<Self, MigrationError> {
        let directories = paths
            .iter()
            .map(|path| Directory::read(path, project_dir))
            .collect::<Result<Vec<_>, _>>()?;
        let (layout, sign, directory) = layout::choose(directories, layout)?;
        let mut earlier = (layout.read)(&directory, &sign)?;
        // An empty database begins with the newest baseline.
        let begins = (earlier.iter()).rposition(|migration| migration.scope == Scope::Baseline);
        let migrations = earlier.split_off(begins.unwrap_or(0));
        Ok(Self {
            layout: layout.name,
            hash: hash(&migrations),
            migrations,
            earlier,
        })
    }
}

/// The hash of [`MigrationSet::hash`].
fn hash(migrations: &[Migration]) -> String {
    let mut hash = Sha256::new();
    let mut add = |part: &[u8]| {
        // The length goes first, so that no two different sequences of parts are the same bytes.
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    };
    for migration in migrations {
        add(migration.script.name.as_bytes());
        add(&[
            u8::from(migration.repeatable),
            match migration.transaction {
                Transaction::Apart => 0,
                Transaction::Whole => 1,
                Transaction::WherePossible => 2,
            },
        ]);
        add(migration.script.text.as_bytes());
        add(migration
            .verify
            .as_ref()
            .map_or(b"", |it| it.text.as_bytes()));
        for (name, value) in migration.scripts().flat_map(|script| &script.variables) {
            add(name.as_bytes());
            add(value.as_bytes());
        }
    }
    let hash = hash.finalize();
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod refusals;
#[cfg(test)]
mod tests;
