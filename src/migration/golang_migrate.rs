//! golang-migrate's migrations: `000001_desc.up.sql`, and `000001_desc.down.sql`, which takes it back.

use super::Migration;
use super::directory::{Directory, File};
use super::error::MigrationError;
use super::history::{History, Lock, LockNames, VersionOrder};
use super::layout::{Layout, LayoutName, Signs};
use super::numbered::{Name, Versions, Way};
use super::text::as_one_request;

/// The layout.
pub(super) const LAYOUT: Layout = Layout {
    name: LayoutName {
        word: "golang-migrate",
        shown: "golang-migrate",
    },
    usual_places: &["db/migrations", "database/migrations"],
    signs: Signs::Names,
    recognise: |directory| directory.find(|file| file.is_at_top() && leads(file.stem())),
    read,
    history: Some(&HISTORY),
};

/// `schema_migrations (version bigint, dirty boolean)`, as `ensureVersionTable` of its `database/postgres` makes it. It has
/// one row, the version that was come to, which is `dirty` from before a file is sent until behind its end (`SetVersion`). A
/// file that takes back the first version and fails leaves version -1, dirty.
const HISTORY: History = History {
    table: "schema_migrations",
    columns: &["version", "dirty"],
    other_columns: &["statements", "checksum"],
    beside: None,
    query: "SELECT NULLIF(version, -1)::pg_catalog.text, NULL, CASE WHEN dirty THEN 'begun' ELSE 'applied' END, NULL, NULL
              FROM {table}",
    is_single: true,
    lock: Lock::Advisory(locks),
    order: VersionOrder::Numbers,
};

/// The numbers of its lock: CRC-32 of schema, table and database with zeros between them, times a salt, in 32 bits
/// (`GenerateAdvisoryLockId` in `database/util.go`). Opened by a URL, its drivers take the URL's path for the database's
/// name, with the slash (`Open` in `database/postgres` and `database/pgx`); opened on a connection, they ask the server.
fn locks(names: &LockNames<'_>) -> Vec<i64> {
    const SALT: u32 = 1_486_364_155;
    let LockNames {
        database,
        schema,
        table,
    } = names;
    let number = |database: &str| {
        let names = [*schema, *table, database].join("\0");
        i64::from(crc32fast::hash(names.as_bytes()).wrapping_mul(SALT))
    };
    vec![number(&format!("/{database}")), number(database)]
}

/// Whether a name without its `.sql` says where it leads.
fn leads(stem: &str) -> bool {
    Name::parse(stem).is_some_and(|name| name.way != Way::Unsaid)
}

/// What it wants a name to be.
const WANTED: &str = "<number>_<description>.up.sql or .down.sql";

fn read(directory: &Directory, _: &str) -> Result<Vec<Migration>, MigrationError> {
    let misnamed = |file: &File| MigrationError::Misnamed {
        file: file.shown.to_string(),
        layout: LAYOUT.name.shown,
        wanted: WANTED,
    };
    let mut versions = Versions::default();
    let mut passed_over = None;
    for file in directory.sql.iter().filter(|file| file.is_at_top()) {
        let name = Name::parse(file.stem()).filter(|name| name.way != Way::Unsaid);
        match name.and_then(|name| Some((name.value()?, name))) {
            Some((version, name)) => versions.add(version, file, &name)?,
            // golang-migrate passes over it, which nobody who gave it a number can have wanted.
            None if file.file_name().starts_with(|c: char| c.is_ascii_digit()) => {
                return Err(misnamed(file));
            }
            None => passed_over = passed_over.or(Some(file)),
        }
    }
    let migrations = versions.migrations(|migration, _| {
        let transaction = as_one_request(&migration.script.text);
        Ok(Migration {
            transaction,
            ..migration
        })
    })?;
    match (&migrations[..], passed_over.or(directory.sql.first())) {
        ([], Some(file)) => Err(misnamed(file)),
        _ => Ok(migrations),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_lock_has_the_numbers_that_it_takes() {
        let names = LockNames {
            database: "app",
            schema: "public",
            table: "schema_migrations",
        };
        // Computed apart from this, from the tool's rule.
        assert_eq!(locks(&names), [1_726_534_663, 1_787_120_056]);
    }
}
