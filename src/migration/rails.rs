//! Rails' `db/structure.sql`: a dump of the whole schema, behind which the versions stand that it holds.

use super::directory::{Directory, File};
use super::error::MigrationError;
use super::history::{History, Lock, VersionOrder};
use super::layout::{Layout, LayoutName, Signs};
use super::{LockNames, Migration, Scope, Transaction, dump};
use crate::script::{Token, TokenKind, Tokens};

/// The layout.
pub(super) const LAYOUT: Layout = Layout {
    name: LayoutName {
        word: "rails",
        shown: "Rails",
    },
    usual_places: &["db/structure.sql"],
    signs: Signs::Marks,
    recognise: |directory| {
        let file = structure(directory)?;
        let is_its = directory.is_single || file.file_name() == "structure.sql";
        let versions = file.text().ok().and_then(|text| newest(text));
        (is_its && versions.is_some()).then(|| file.shown.to_string())
    },
    read,
    history: Some(&HISTORY),
};

/// `schema_migrations`, as `SchemaMigration#create_table` of Active Record makes it: versions only, which other tools have too;
/// that the table `ar_internal_metadata` is beside it tells them apart. The lock is that of
/// `Migrator#generate_migrator_advisory_lock_id`.
const HISTORY: History = History {
    table: "schema_migrations",
    columns: &["version"],
    other_columns: &["dirty", "statements", "name", "checksum", "inserted_at"],
    beside: Some("ar_internal_metadata"),
    query: "SELECT version, NULL, NULL, NULL, NULL FROM {table} ORDER BY version",
    is_single: false,
    lock: Lock::Advisory(lock),
    order: VersionOrder::Numbers,
};

/// Active Record's salt times the CRC-32 of the database's name.
fn lock(names: &LockNames<'_>) -> Vec<i64> {
    const SALT: i64 = 2_053_462_845;
    vec![SALT * i64::from(crc32fast::hash(names.database.as_bytes()))]
}

/// The only `.sql` file.
fn structure(directory: &Directory) -> Option<&File> {
    match &directory.sql[..] {
        [file] => Some(file),
        _ => None,
    }
}

fn read(directory: &Directory, _: &str) -> Result<Vec<Migration>, MigrationError> {
    directory.refuse_several(LAYOUT.name.shown)?;
    let Some(file) = structure(directory) else {
        let root = directory.roots.first().unwrap_or(&directory.project_dir);
        return Err(MigrationError::Missing {
            what: "Rails' dump of the schema, the only .sql file there",
            path: root.join("structure.sql"),
        });
    };
    let Some(version) = newest(file.text()?) else {
        return Err(file.wrong(
            0,
            "it has no versions behind the schema (`INSERT INTO \"schema_migrations\" (version) VALUES …`), as Rails writes them",
        ));
    };
    Ok(vec![Migration {
        transaction: Transaction::Apart,
        scope: Scope::Baseline,
        ..Migration::of(Some(version), "structure".to_owned(), dump::script(file)?)
    }])
}

/// The newest of the versions that a dump puts into `schema_migrations`.
fn newest(text: &str) -> Option<String> {
    // They are the last statement, and the dump before it may be large.
    let insert = text.rfind("INSERT INTO \"schema_migrations\"")?;
    let tokens: Vec<Token<'_>> = Tokens::of(&text[insert..]).collect();
    let statement = tokens
        .split(|token| token.kind == TokenKind::Sign(';'))
        .next()?;
    let versions = statement.iter().filter_map(|token| match token.kind {
        TokenKind::Text(version, _) => Some(version),
        _ => None,
    });
    let newest =
        versions.max_by_key(|version| (version.trim_start_matches('0').len(), *version))?;
    Some(newest.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_version_counts_wherever_it_stands() {
        let told = |versions: &str| {
            newest(&format!(
                "SELECT 1;\nINSERT INTO \"schema_migrations\" (version) VALUES\n{versions};\n"
            ))
        };
        assert_eq!(
            told("('2024'),\n('20230101000000'),\n('3')").as_deref(),
            Some("20230101000000")
        );
        assert_eq!(newest("SELECT '1';"), None);
    }

    #[test]
    fn the_lock_is_active_records() {
        let names = LockNames {
            database: "shop",
            schema: "public",
            table: "schema_migrations",
        };
        // What Ruby makes of `2053462845 * Zlib.crc32("shop")`.
        assert_eq!(lock(&names), [5_939_944_341_529_942_170]);
    }
}
