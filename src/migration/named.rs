//! A migration by what people call it: its version, its file, the directory of its file.

use super::{Migration, MigrationSet, Version};
use crate::settings::nearest;

/// Why a migration is not known by a name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// No migration has that name.
    #[error("there is no migration `{name}`; {advice}")]
    Unknown {
        /// The name.
        name: String,
        /// Which there are.
        advice: String,
    },
    /// Several have it.
    #[error("`{name}` may be {first} or {second}; name the file")]
    Ambiguous {
        /// The name.
        name: String,
        /// How one is called.
        first: String,
        /// How another is called.
        second: String,
    },
}

impl MigrationSet {
    /// The place among [`migrations`](Self::migrations) of the one that is called so: by its version, as its tool writes it or
    /// with a `V` before it, with or without zeros at its beginning; by its file's name, with or without its ending; by
    /// its directory's name; or by its description.
    ///
    /// # Errors
    /// None, or several, have that name.
    pub fn named(&self, name: &str) -> Result<usize, NameError> {
        let rules: [fn(&Migration, &str) -> bool; 4] =
            [is_version, is_called, has_version, is_described];
        for rule in rules {
            let mut found = (self.migrations.iter().enumerate()).filter(|(_, it)| rule(it, name));
            let Some((place, first)) = found.next() else {
                continue;
            };
            return match found.next() {
                None => Ok(place),
                Some((_, second)) => Err(NameError::Ambiguous {
                    name: name.to_owned(),
                    first: first.called(),
                    second: second.called(),
                }),
            };
        }
        Err(NameError::Unknown {
            name: name.to_owned(),
            advice: self.advice_on(name),
        })
    }

    fn advice_on(&self, name: &str) -> String {
        if self.migrations.is_empty() {
            return "the project has no migrations".to_owned();
        }
        let names: Vec<String> = self.migrations.iter().flat_map(names_of).collect();
        if let Some(meant) = nearest(name, names.iter().map(String::as_str)) {
            return format!("did you mean `{meant}`?");
        }
        let last: Vec<String> = (self.migrations.iter().rev().take(3))
            .map(Migration::called)
            .collect();
        format!("the last ones are {}", last.join(", "))
    }
}

impl Migration {
    /// In one word, as a directory or a header may call it: its version, else its file's name without the ending.
    pub fn called(&self) -> String {
        match &self.version {
            Some(version) => version.clone(),
            None => stem(&self.script.name).to_owned(),
        }
    }
}

/// A file's name without `.sql`, and without what says in which direction it goes.
fn stem(name: &str) -> &str {
    let name = name.strip_suffix(".sql").unwrap_or(name);
    name.strip_suffix(".up").unwrap_or(name)
}

/// The names of a migration that are its own: its version and its file.
fn names_of(migration: &Migration) -> Vec<String> {
    let name = migration.script.name.as_str();
    let file = name.rsplit('/').next().unwrap_or(name);
    let mut names = vec![name.to_owned(), file.to_owned(), stem(file).to_owned()];
    // A directory of its own: `2024-01-01-000000_create_products/up.sql`.
    if let Some((directory, "up.sql" | "migration.sql")) = name.rsplit_once('/') {
        names.push(directory.rsplit('/').next().unwrap_or(directory).to_owned());
    }
    if let Some(version) = &migration.version {
        names.push(version.clone());
        names.push(format!("V{version}"));
    }
    names
}

fn is_version(migration: &Migration, name: &str) -> bool {
    migration.version.as_deref() == Some(name)
}

fn is_called(migration: &Migration, name: &str) -> bool {
    names_of(migration).iter().any(|its| its == name)
}

fn has_version(migration: &Migration, name: &str) -> bool {
    let name = name.strip_prefix(['V', 'v']).unwrap_or(name);
    let version = migration.version.as_deref();
    let (Some(version), Some(name)) = (version.and_then(Version::parse), Version::parse(name))
    else {
        return false;
    };
    version == name
}

fn is_described(migration: &Migration, name: &str) -> bool {
    !migration.description.is_empty() && migration.description == name
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

    use super::super::tests::{load, load_in, sample};
    use super::*;

    #[test]
    fn a_migration_is_known_by_its_version_and_by_its_file() {
        let files = ["V001__one.sql", "V2.1__two.sql", "R__view.sql"];
        let set = load_in(&files.map(|name| (name, "SELECT 1;")), "").unwrap();
        for (name, place) in [
            ("V001", 0),
            ("001", 0),
            ("V1", 0),
            ("1", 0),
            ("V001__one", 0),
            ("V001__one.sql", 0),
            ("one", 0),
            ("2.1", 1),
            ("v2_1", 1),
            ("R__view", 2),
            ("view", 2),
        ] {
            assert_eq!(set.named(name), Ok(place), "{name}");
        }
        let unknown = |name: &str| set.named(name).unwrap_err().to_string();
        assert_eq!(
            unknown("V00l"),
            "there is no migration `V00l`; did you mean `V001`?"
        );
        assert_eq!(
            unknown("another"),
            "there is no migration `another`; the last ones are R__view, 2.1, 001"
        );
    }

    #[test]
    fn every_migration_of_every_layout_can_be_called() {
        for name in [
            "atlas",
            "db_migrate",
            "dbmate",
            "diesel",
            "dump",
            "flyway",
            "golang_migrate",
            "goose",
            "graphile_migrate",
            "liquibase",
            "plain",
            "plain_nested",
            "plain_pairs",
            "prisma",
            "rails",
            "refinery",
            "sqitch",
            "sqlx",
            "supabase",
        ] {
            let set = load(&sample(name)).unwrap();
            for (place, migration) in set.migrations.iter().enumerate() {
                let found = set.named(&migration.called());
                let is_alone = (set.migrations.iter())
                    .filter(|it| it.called() == migration.called())
                    .count()
                    == 1;
                if is_alone {
                    assert_eq!(found, Ok(place), "{}", migration.called());
                } else {
                    assert!(matches!(found, Err(NameError::Ambiguous { .. })));
                }
            }
        }
    }
}
