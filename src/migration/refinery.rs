//! refinery's migrations: `V1__desc.sql`, and `U1__desc.sql`, which applies something too.

use super::directory::{Directory, File};
use super::error::MigrationError;
use super::history::{History, Lock, VersionOrder};
use super::layout::{Layout, LayoutName, Signs};
use super::version::refuse_duplicates;
use super::{Migration, cargo_manifest};

/// The layout.
pub(super) const LAYOUT: Layout = Layout {
    name: LayoutName {
        word: "refinery",
        shown: "refinery",
    },
    usual_places: &[],
    signs: Signs::Names,
    recognise,
    read,
    history: Some(&HISTORY),
};

/// `refinery_schema_history`, as `ASSERT_MIGRATIONS_TABLE_QUERY` of its `refinery_core/src/traits/mod.rs` makes it; times
/// are texts there. What failed leaves no row, and it takes no lock.
const HISTORY: History = History {
    table: "refinery_schema_history",
    columns: &["version", "name", "applied_on", "checksum"],
    other_columns: &["installed_rank", "id"],
    beside: None,
    query: "SELECT version::pg_catalog.text, name, NULL, applied_on, NULL FROM {table} h ORDER BY h.version",
    is_single: false,
    lock: Lock::None,
    order: VersionOrder::Numbers,
};

/// Flyway names its files so too: it is refinery where refinery lies nearby.
fn recognise(directory: &Directory) -> Option<String> {
    let named = directory.find(|file| is_meant(file.stem()))?;
    let packages = ["refinery", "refinery-core"];
    cargo_manifest::sign(directory, &["refinery.toml"], &packages).map(|_| named)
}

/// Whether a name is meant for refinery, be it a good one or not.
fn is_meant(stem: &str) -> bool {
    let mut characters = stem.chars();
    matches!(characters.next(), Some('V' | 'U'))
        && characters.next().is_some_and(|c| c.is_ascii_digit())
}

/// The version and the name of a file without its ending; none where they are not as refinery wants them. Although it reads
/// `1.2` in a name, it takes only a whole number for a version.
fn parse(stem: &str) -> Option<(i64, &str)> {
    let (version, name) = stem.strip_prefix(['V', 'U'])?.split_once("__")?;
    let is_number = version.bytes().all(|c| c.is_ascii_digit());
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_');
    let version = version.parse().ok().filter(|_| is_number && is_name)?;
    Some((version, name))
}

fn read(directory: &Directory, _: &str) -> Result<Vec<Migration>, MigrationError> {
    let misnamed = |file: &File| MigrationError::Misnamed {
        file: file.shown.to_string(),
        layout: LAYOUT.name.shown,
        wanted: "V<number>__<name>.sql or U<number>__<name>.sql, with letters, digits and _ in the name",
    };
    let in_rust = |file: &&File| {
        let stem = file.file_name().strip_suffix(".rs");
        stem.is_some_and(|stem| parse(stem).is_some())
    };
    if let Some(file) = directory.others.iter().find(in_rust) {
        return Err(MigrationError::NotSql {
            file: file.shown.to_string(),
            layout: LAYOUT.name.shown,
        });
    }
    let mut migrations = Vec::new();
    for file in &directory.sql {
        match parse(file.stem()) {
            Some((version, name)) => {
                let migration = Migration::of(
                    Some(version.to_string()),
                    name.replace('_', " "),
                    file.script()?,
                );
                migrations.push((version, migration));
            }
            // refinery passes over it, which nobody who gave it a version can have wanted.
            None if is_meant(file.stem()) => return Err(misnamed(file)),
            None => {}
        }
    }
    if let ([], Some(file)) = (&migrations[..], directory.sql.first()) {
        return Err(misnamed(file));
    }
    migrations.sort_by_key(|(version, _)| *version);
    let migrations: Vec<Migration> = migrations.into_iter().map(|(_, it)| it).collect();
    refuse_duplicates(&migrations)?;
    Ok(migrations)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::super::tests::load_in;
    use super::*;

    #[test]
    fn a_name_has_a_whole_number_and_two_underscores() {
        assert_eq!(parse("V1__a_b"), Some((1, "a_b")));
        assert_eq!(parse("U010__x"), Some((10, "x")));
        for none in [
            "V1_a", "V1.2__a", "V1__a-b", "V1__", "R__a", "V__a", "V-1__a",
        ] {
            assert_eq!(parse(none), None, "{none}");
        }
    }

    #[test]
    fn it_is_refinery_where_refinery_is_near_and_flyway_elsewhere() {
        let file = ("migrations/V1__x.sql", "SELECT 1;");
        let manifest = ("Cargo.toml", "[dependencies]\nrefinery = \"0.8\"\n");
        let word = |files: &[_]| load_in(files, "migrations").unwrap().layout.word;
        assert_eq!(word(&[file]), "flyway");
        assert_eq!(word(&[file, manifest]), "refinery");
    }
}
