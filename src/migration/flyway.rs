//! Flyway's migrations, and those of tools that name them alike: `V1.2__desc.sql`, `R__desc.sql`,
//! `B1__desc.sql`; `U1__desc.sql` is never applied.

use super::directory::{Directory, File};
use super::error::MigrationError;
use super::flyway_conf::is_transactional;
use super::flyway_name::{Kind, Name};
use super::history::{History, Lock, VersionOrder};
use super::layout::{Layout, LayoutName, Signs};
use super::{LockNames, Migration, Scope, Transaction, Version};

/// The layout.
pub(super) const LAYOUT: Layout = Layout {
    name: LayoutName {
        word: "flyway",
        shown: "Flyway",
    },
    usual_places: &["src/main/resources/db/migration", "db/migration", "sql"],
    signs: Signs::Names,
    recognise: |directory| directory.find(|file| Name::is_meant(file.stem())),
    read,
    history: Some(&HISTORY),
};

/// `flyway_schema_history`, as `PostgreSQLDatabase.getRawCreateScript` of Flyway makes it. A migration in a transaction that
/// fails leaves no row; one whose file is gone when `flyway repair` runs gets a row `DELETE`. The lock is that of
/// `PostgreSQLAdvisoryLockTemplate`, of a session before August 2022 and of a transaction since, by default; from outside they look alike.
const HISTORY: History = History {
    table: "flyway_schema_history",
    columns: &["installed_rank", "version", "script", "checksum", "success"],
    other_columns: &[],
    beside: None,
    query: "SELECT version, description,
                   CASE WHEN type LIKE 'UNDO%' OR type = 'DELETE' THEN 'undone' WHEN success THEN 'applied' ELSE 'failed' END,
                   installed_on::pg_catalog.text, installed_by
              FROM {table} ORDER BY installed_rank",
    lock: Lock::Advisory(lock),
    is_single: false,
    order: VersionOrder::Numbers,
};

/// The bytes `Flyway` as a number, and what Java makes of the table's quoted name as the hash of a text.
fn lock(names: &LockNames<'_>) -> Vec<i64> {
    const FLYWAY: i64 = 77_431_708_279_161;
    let table = format!(
        "{}.{}",
        quote_always(names.schema),
        quote_always(names.table)
    );
    let hash = table.encode_utf16().fold(0_i32, |hash, unit| {
        hash.wrapping_mul(31).wrapping_add(i32::from(unit))
    });
    vec![FLYWAY + i64::from(hash)]
}

/// A name in quotes, as Flyway puts every one.
fn quote_always(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Files with a version.
type Versions<'a> = Vec<(Version, String, &'a File)>;

fn read(directory: &Directory, sign: &str) -> Result<Vec<Migration>, MigrationError> {
    let (mut versions, mut baselines, mut undos) =
        (Versions::new(), Versions::new(), Versions::new());
    let mut repeatables = Vec::new();
    let mut odd = Vec::new();
    for file in &directory.sql {
        match Name::parse(file.stem()) {
            Some(Name { kind, description }) => match kind {
                Kind::Versioned(version) => versions.push((version, description, file)),
                Kind::Baseline(version) => baselines.push((version, description, file)),
                Kind::Undo(version) => undos.push((version, description, file)),
                Kind::Repeatable => repeatables.push((description, file)),
            },
            None => match callback(file.stem()) {
                Some(Callback::OfMigrate) => {
                    let file = file.shown.to_string();
                    return Err(MigrationError::Callback { file });
                }
                Some(Callback::OfOthers) => {}
                None => odd.push(file.shown.to_string()),
            },
        }
    }
    if !odd.is_empty() {
        return Err(MigrationError::Mixture {
            directory: directory.shown.clone(),
            example: sign.to_owned(),
            odd,
        });
    }
    for versions in [&mut versions, &mut baselines, &mut undos] {
        in_order(versions)?;
    }
    refuse_lone_undo(&undos, &versions, baselines.last())?;
    // In an empty database Flyway begins with the newest baseline, which holds all versions up to its own.
    let versions = versions.into_iter().map(|it| (Scope::Always, it));
    let baselines = baselines.into_iter().map(|it| (Scope::Baseline, it));
    let mut versions: Vec<_> = versions.chain(baselines).collect();
    versions.sort_by(|(_, (left, ..)), (_, (right, ..))| left.cmp(right));
    let versioned = versions
        .into_iter()
        .map(|(scope, (version, description, file))| {
            let undo = (undos.iter())
                .find(|(undone, ..)| scope == Scope::Always && *undone == version)
                .map(|(_, _, undo)| undo.script());
            Ok(Migration {
                scope,
                down: undo.transpose()?,
                ..migration(Some(version), description, file)?
            })
        });
    let repeatable = repeatables_in_order(repeatables)?
        .into_iter()
        .map(|(description, file)| migration(None, description, file));
    versioned.chain(repeatable).collect()
}

fn migration(
    version: Option<Version>,
    description: String,
    file: &File,
) -> Result<Migration, MigrationError> {
    let version = version.map(|version| version.as_str().to_owned());
    Ok(Migration {
        repeatable: version.is_none(),
        transaction: if is_transactional(file)? {
            Transaction::WherePossible
        } else {
            Transaction::Apart
        },
        ..Migration::of(version, description, file.script()?)
    })
}

/// Sorts by version; refuses a version that is there twice.
fn in_order(versions: &mut Versions<'_>) -> Result<(), MigrationError> {
    versions.sort_by(|left, right| left.0.cmp(&right.0));
    for pair in versions.windows(2) {
        if let [(version, _, first), (second_version, _, second)] = pair
            && version == second_version
        {
            let what = format!("version {}", version.as_str());
            return Err(duplicate(what, first, second));
        }
    }
    Ok(())
}

/// Sorts by description; refuses a description that is there twice.
fn repeatables_in_order(
    mut files: Vec<(String, &File)>,
) -> Result<Vec<(String, &File)>, MigrationError> {
    files.sort_by(|left, right| left.0.cmp(&right.0));
    for pair in files.windows(2) {
        if let [(description, first), (second_description, second)] = pair
            && description == second_description
        {
            let what = format!("description `{description}`");
            return Err(duplicate(what, first, second));
        }
    }
    Ok(files)
}

fn duplicate(what: String, first: &File, second: &File) -> MigrationError {
    MigrationError::Duplicate {
        what,
        first: first.shown.to_string(),
        second: second.shown.to_string(),
    }
}

/// Refuses a `U` file without the `V` file that it would undo, or a baseline that holds it: other tools begin the
/// names of what must be applied so.
fn refuse_lone_undo(
    undos: &Versions<'_>,
    versions: &Versions<'_>,
    baseline: Option<&(Version, String, &File)>,
) -> Result<(), MigrationError> {
    let lone = undos.iter().find(|(undone, ..)| {
        versions.iter().all(|(version, ..)| version != undone)
            && baseline.is_none_or(|(baseline, ..)| baseline < undone)
    });
    match lone {
        None => Ok(()),
        Some((version, _, file)) => Err(MigrationError::LoneUndo {
            file: file.shown.to_string(),
            version: version.as_str().to_owned(),
        }),
    }
}

/// A script that Flyway runs when something happens.
enum Callback {
    /// While it migrates.
    OfMigrate,
    /// Only while it does something else, so that it may stay where it is.
    OfOthers,
}

/// Whether a name without its `.sql` is that of a callback (`afterMigrate`, `beforeEachMigrate__desc`).
fn callback(stem: &str) -> Option<Callback> {
    const OTHERS: [&str; 6] = ["Clean", "Undo", "EachUndo", "Info", "Repair", "Baseline"];
    let event = stem.split("__").next()?;
    if event == "createSchema" {
        return Some(Callback::OfMigrate);
    }
    let event = event
        .strip_prefix("before")
        .or_else(|| event.strip_prefix("after"))
        .filter(|event| event.starts_with(|c: char| c.is_ascii_uppercase()))
        .filter(|event| event.bytes().all(|c| c.is_ascii_alphabetic()))?;
    if OTHERS.iter().any(|other| event.starts_with(other)) || event.ends_with("Error") {
        Some(Callback::OfOthers)
    } else {
        Some(Callback::OfMigrate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lock_is_flyways() {
        let names = LockNames {
            database: "shop",
            schema: "public",
            table: "flyway_schema_history",
        };
        // What Java makes of `77431708279161L + "\"public\".\"flyway_schema_history\"".hashCode()`.
        assert_eq!(lock(&names), [77_433_833_903_597]);
    }
}
