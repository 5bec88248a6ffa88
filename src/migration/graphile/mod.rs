//! graphile-migrate's migrations: `committed/`, a chain in which each names the hash of the one before, and the current
//! one, which is still worked at. Scripts that its settings run before and behind are migrations without a version.

mod committed;
mod current;
mod gmrc;

use std::path::PathBuf;
use std::sync::Arc;

use super::directory::{Directory, File};
use super::error::MigrationError;
use super::history::{History, Lock, VersionOrder};
use super::layout::{Layout, LayoutName, Signs};
use super::text::{as_one_request, replaced};
use super::{Migration, MigrationScript, Placeholder, Scope};
use crate::script::quote_literal;
use gmrc::Gmrc;

/// The layout.
pub(super) const LAYOUT: Layout = Layout {
    name: LayoutName {
        word: "graphile-migrate",
        shown: "graphile-migrate",
    },
    usual_places: &[],
    signs: Signs::Marks,
    recognise,
    read,
    history: Some(&HISTORY),
};

/// `graphile_migrate.migrations`, as `_migrateMigrationSchema` in `migration.ts` of graphile-migrate makes it; its file
/// names are those of the migrations without what they say of themselves. The lock is that of `withAdvisoryLock` in
/// `pgReal.ts`.
const HISTORY: History = History {
    table: "graphile_migrate.migrations",
    columns: &["hash", "previous_hash", "filename", "date"],
    other_columns: &[],
    beside: None,
    query:
        "SELECT pg_catalog.substring(filename, '^[0-9]+'), NULL, NULL, date::pg_catalog.text, NULL
              FROM {table} ORDER BY filename",
    is_single: false,
    lock: Lock::Advisory(|_| vec![4_727_445_306_447_283]),
    order: VersionOrder::Numbers,
};

/// What graphile-migrate replaces that is known only where a migration runs.
const PLACEHOLDERS: &[(&str, Placeholder)] = &[
    (":DATABASE_NAME", Placeholder::Database),
    (":DATABASE_OWNER", Placeholder::Role),
];

fn recognise(directory: &Directory) -> Option<String> {
    let marked = directory.find(|file| {
        file.has_comment(|comment| {
            comment.starts_with("! Previous:") || comment.starts_with("! Hash:")
        })
    });
    marked.or_else(|| {
        let base = base(directory);
        let has_current = ["current.sql", "current"]
            .iter()
            .any(|it| base.join(it).exists());
        let gmrc = Gmrc::path(directory, &base)?;
        has_current.then(|| crate::settings::shown(&directory.project_dir, &gmrc))
    })
}

/// The directory of migrations: `committed/` lies in it.
fn base(directory: &Directory) -> PathBuf {
    match directory.roots.first() {
        Some(root) if root.file_name().is_some_and(|name| name == "committed") => {
            root.parent().unwrap_or(root).to_owned()
        }
        Some(root) => root.clone(),
        None => directory.project_dir.clone(),
    }
}

fn read(directory: &Directory, _: &str) -> Result<Vec<Migration>, MigrationError> {
    directory.refuse_several(LAYOUT.name.shown)?;
    let base = base(directory);
    let gmrc = match Gmrc::path(directory, &base) {
        Some(path) => Gmrc::read(&directory.elsewhere(path))?,
        None => Gmrc::default(),
    };
    let hooks = |event: &'static str, scope: Scope| {
        let files = gmrc.hooks(event).iter();
        files
            .map(|name| {
                let file = directory.elsewhere(base.join(name));
                let hook = hook(event, &file, &gmrc)?;
                Ok(Migration { scope, ..hook })
            })
            .collect::<Result<Vec<_>, MigrationError>>()
    };
    let current = current::read(directory, &base, &gmrc)?;
    let mut all = hooks("afterReset", Scope::EmptyDatabase)?;
    all.extend(hooks("beforeAllMigrations", Scope::Always)?);
    all.extend(committed::read(directory, &base, &gmrc)?);
    all.extend(hooks("afterAllMigrations", Scope::Always)?);
    if !current.is_empty() {
        all.extend(hooks("beforeCurrent", Scope::Uncommitted)?);
        all.extend(current);
        all.extend(hooks("afterCurrent", Scope::Uncommitted)?);
    }
    Ok(all)
}

/// A script that the settings run at an event.
fn hook(event: &str, file: &File, gmrc: &Gmrc) -> Result<Migration, MigrationError> {
    let text = file.text()?;
    let transaction = as_one_request(text);
    Ok(Migration {
        repeatable: true,
        transaction,
        ..Migration::of(None, event.to_owned(), script(file, text, gmrc)?)
    })
}

/// A script of a file with another text, in which all placeholders are replaced whose values are known.
fn script(file: &File, text: &str, gmrc: &Gmrc) -> Result<MigrationScript, MigrationError> {
    let words: Vec<_> = gmrc
        .placeholders
        .iter()
        .map(|(word, value)| (word.as_str(), value.as_str()))
        .collect();
    // It stands in the first line, so that no line of the file is another.
    let set = gmrc.settings.iter().map(|(name, value)| {
        format!(
            "SELECT pg_catalog.set_config({}, {}, false); ",
            quote_literal(name),
            quote_literal(value)
        )
    });
    let run: Arc<str> = (set.collect::<String>() + &replaced(text, &words)).into();
    Ok(MigrationScript {
        placeholders: PLACEHOLDERS,
        ..file.with_text(run)?.with_written(text)
    })
}

/// Whether a name is one that graphile-migrate takes, `0001.sql` or `0001-add-users.sql`, and its number.
fn number(file_name: &str) -> Option<&str> {
    let stem = file_name.strip_suffix(".sql")?;
    let message = stem.trim_start_matches(|c: char| c.is_ascii_digit());
    let number = &stem[..stem.len() - message.len()];
    let is_message = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let fits = message.is_empty() || message.starts_with('-') && message.chars().all(is_message);
    (!number.is_empty() && fits).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_a_number_and_may_have_a_message() {
        for (name, told) in [
            ("000001.sql", Some("000001")),
            ("1-add_users.sql", Some("1")),
            ("1_users.sql", None),
            ("users.sql", None),
            ("1-a b.sql", None),
            ("1", None),
        ] {
            assert_eq!(number(name), told, "{name}");
        }
    }
}
