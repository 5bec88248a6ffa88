//! Plain migrations: `.sql` files in natural order of their paths, or one dump.

use super::Migration;
use super::directory::SqlFile;
use super::layout::Layout;

/// The layout.
pub(super) const LAYOUT: Layout = Layout {
    name: "plain",
    recognise: |directory| directory.find(|_| true),
    read: |directory, _| Ok(directory.sql.iter().map(migration).collect()),
};

/// `0042_add_users.sql` has version `0042` and description `add users`; a name without a number has no version.
fn migration(file: &SqlFile) -> Migration {
    let stem = file.stem();
    let behind = stem.trim_start_matches(|c: char| c.is_ascii_digit());
    let number = &stem[..stem.len() - behind.len()];
    let description = behind.trim_start_matches(['_', '-', '.', ' ']);
    Migration {
        version: (!number.is_empty()).then(|| number.to_owned()),
        description: description.replace('_', " "),
        path: file.path.clone(),
        shown: file.shown.clone(),
        repeatable: false,
        transactional: false,
    }
}
