//! sqlx's migrations: `20240101_desc.sql`, or `20240101_desc.up.sql` with a `.down.sql` that takes it back.

use super::directory::{Directory, File};
use super::error::MigrationError;
use super::history::{History, Lock, LockNames, VersionOrder};
use super::layout::{Layout, LayoutName, Signs};
use super::numbered::{Name, Versions};
use super::text::as_one_request;
use super::{Migration, Transaction, cargo_manifest};

/// The layout.
pub(super) const LAYOUT: Layout = Layout {
    name: LayoutName {
        word: "sqlx",
        shown: "sqlx",
    },
    usual_places: &[],
    signs: Signs::Names,
    recognise,
    read,
    history: Some(&HISTORY),
};

/// `_sqlx_migrations`, as `ensure_migrations_table` of its `sqlx-postgres/src/migrate.rs` makes it. What failed leaves no
/// row; `dirty_version` there takes a row without success for a migration that did not come to its end. Programs that use
/// sqlx take the lock while they migrate, which its command does not.
const HISTORY: History = History {
    table: "_sqlx_migrations",
    columns: &[
        "version",
        "description",
        "installed_on",
        "success",
        "checksum",
        "execution_time",
    ],
    other_columns: &["installed_rank"],
    beside: None,
    query: "SELECT version::pg_catalog.text, description, CASE WHEN success THEN 'applied' ELSE 'begun' END,
                   installed_on::pg_catalog.text, NULL
              FROM {table} h ORDER BY h.version",
    is_single: false,
    lock: Lock::Advisory(|names| vec![lock(names)]),
    order: VersionOrder::Numbers,
};

/// The number of its lock: CRC-32 of the database's name times a number (`generate_lock_id` in the same file).
fn lock(names: &LockNames<'_>) -> i64 {
    0x3d32_ad9e * i64::from(crc32fast::hash(names.database.as_bytes()))
}

/// The first line of a file that runs without a transaction.
const NO_TRANSACTION: &str = "-- no-transaction";

/// Others name their files so too: it is sqlx where it lies nearby, or a file begins as only sqlx reads it.
fn recognise(directory: &Directory) -> Option<String> {
    let numbered = |file: &File| file.is_at_top() && Name::parse(file.stem()).is_some();
    let named = directory.find(numbered)?;
    let marked = directory.find(|file| numbered(file) && is_without_transaction(file));
    marked.or_else(|| {
        cargo_manifest::sign(directory, &[".sqlx", "sqlx.toml"], &["sqlx"]).map(|_| named)
    })
}

fn is_without_transaction(file: &File) -> bool {
    (file.text()).is_ok_and(|text| text.starts_with(NO_TRANSACTION))
}

fn read(directory: &Directory, _: &str) -> Result<Vec<Migration>, MigrationError> {
    let misnamed = |file: &File| MigrationError::Misnamed {
        file: file.shown.to_string(),
        layout: LAYOUT.name.shown,
        wanted: "<number>_<description>.sql, .up.sql or .down.sql",
    };
    let mut versions = Versions::default();
    for file in directory.sql.iter().filter(|file| file.is_at_top()) {
        // sqlx passes over what has no `_`; with a number nobody can have wanted that.
        let is_numbered = file.stem().starts_with(|c: char| c.is_ascii_digit());
        if !file.stem().contains('_') && !is_numbered {
            continue;
        }
        let name = Name::parse(file.stem()).ok_or_else(|| misnamed(file))?;
        let version = name.value().ok_or_else(|| misnamed(file))?;
        versions.add(version, file, &name)?;
    }
    let migrations = versions.migrations(|migration, file| {
        Ok(Migration {
            transaction: if file.text()?.starts_with(NO_TRANSACTION) {
                as_one_request(file.text()?)
            } else {
                Transaction::Whole
            },
            ..migration
        })
    })?;
    match (&migrations[..], directory.sql.first()) {
        ([], Some(file)) => Err(misnamed(file)),
        _ => Ok(migrations),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::super::{MigrationSet, tests::load_in};
    use super::*;

    #[test]
    fn its_lock_has_the_number_that_it_takes() {
        let names = LockNames {
            database: "app",
            schema: "public",
            table: "_sqlx_migrations",
        };
        // Computed apart from this, from the tool's rule.
        assert_eq!(lock(&names), 3_469_795_979_745_788_610);
    }

    #[test]
    fn it_is_sqlx_where_sqlx_is_near_and_golang_migrate_or_plain_elsewhere() {
        let word = |files: &[(&str, &str)]| -> Result<&'static str, MigrationError> {
            let set: MigrationSet = load_in(files, "db/migrations")?;
            Ok(set.layout.word)
        };
        let pair = ("db/migrations/1_x.up.sql", "SELECT 1;");
        let single = ("db/migrations/1_x.sql", "SELECT 1;");
        let manifest = ("Cargo.toml", "[dependencies]\nsqlx = \"0.8\"\n");
        let cache = ("db/.sqlx/query-1.json", "{}");
        let marked = ("db/migrations/2_y.sql", "-- no-transaction\nSELECT 1;");
        assert_eq!(word(&[pair]).unwrap(), "golang-migrate");
        assert_eq!(word(&[single]).unwrap(), "plain");
        assert_eq!(word(&[pair, manifest]).unwrap(), "sqlx");
        assert_eq!(word(&[single, manifest]).unwrap(), "sqlx");
        assert_eq!(word(&[single, cache]).unwrap(), "sqlx");
        assert_eq!(word(&[single, marked]).unwrap(), "sqlx");
        let other = ("db/migrations/V1__x.sql", "SELECT 1;");
        assert_eq!(word(&[other, manifest]).unwrap(), "flyway");
    }
}
