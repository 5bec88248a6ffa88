//! Plain migrations: `.sql` files in natural order of their paths, those apart that take back others; or one dump.

use super::directory::{Directory, File};
use super::error::MigrationError;
use super::layout::{Layout, LayoutName, Signs};
use super::pairs::{Pair, pairs, without_forth};
use super::version::refuse_duplicates;
use super::{Migration, Scope, Transaction, dump};
use crate::project::natural_cmp;

/// The layout.
pub(super) const LAYOUT: Layout = Layout {
    name: LayoutName {
        word: "plain",
        shown: "plain",
    },
    usual_places: &["db/migrations", "sql"],
    signs: Signs::Files,
    recognise: |directory| directory.find(|_| true),
    read,
    history: None,
};

fn read(directory: &Directory, _: &str) -> Result<Vec<Migration>, MigrationError> {
    let mut files: Vec<_> = directory.sql.iter().collect();
    if directory.roots.len() > 1 {
        files.sort_by(|left, right| natural_cmp(left.file_name(), right.file_name()));
    }
    let mut migrations: Vec<_> = (pairs(&files)?.iter())
        .map(migration)
        .collect::<Result<_, _>>()?;
    if let ([file], [migration]) = (&files[..], &mut migrations[..])
        && dump::is_dump(file)?
    {
        migration.scope = Scope::Baseline;
    }
    // In one directory the names alone are the order, and teams give files that belong together one number.
    if directory.roots.len() > 1 {
        refuse_duplicates(&migrations)?;
    }
    Ok(migrations)
}

/// `0042_add_users.sql` has version `0042` and description `add users`; a name without a number has no version.
fn migration(Pair { up, down }: &Pair<'_>) -> Result<Migration, MigrationError> {
    let stem = match down {
        Some(_) => without_forth(up.stem()),
        None => up.stem(),
    };
    let behind = stem.trim_start_matches(|c: char| c.is_ascii_digit());
    let number = &stem[..stem.len() - behind.len()];
    let version = (!number.is_empty()).then(|| number.to_owned());
    let description = behind.trim_start_matches(['_', '-', '.', ' ']);
    Ok(Migration {
        down: down.map(File::script).transpose()?,
        transaction: Transaction::Apart,
        ..Migration::of(version, description.replace('_', " "), dump::script(up)?)
    })
}
