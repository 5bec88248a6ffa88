//! Names of migrations that begin with a number, as several tools have them: `0001_desc.sql`, `0001_desc.up.sql` and
//! `0001_desc.down.sql`; and such files put in order, each with the one that takes it back.

use std::collections::BTreeMap;

use super::Migration;
use super::directory::File;
use super::error::MigrationError;

/// The parts of such a name.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Name<'n> {
    /// The number, as it is written.
    pub(super) number: &'n str,
    /// What is between it and the way.
    pub(super) description: &'n str,
    /// Where it leads.
    pub(super) way: Way,
}

/// Whether a file applies a migration or takes it back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// The name does not say, so it applies one.
    Unsaid,
    Up,
    Down,
}

impl<'n> Name<'n> {
    /// Reads a name without its `.sql`; none where it is not `<digits>_<description>`.
    pub(super) fn parse(stem: &'n str) -> Option<Self> {
        let (number, rest) = stem.split_once('_')?;
        if number.is_empty() || !number.bytes().all(|c| c.is_ascii_digit()) {
            return None;
        }
        let (description, way) = match rest.rsplit_once('.') {
            Some((description, "up")) => (description, Way::Up),
            Some((description, "down")) => (description, Way::Down),
            _ if rest == "up" || rest == "down" => return None,
            _ => (rest, Way::Unsaid),
        };
        Some(Self {
            number,
            description,
            way,
        })
    }

    /// The description in words.
    pub(super) fn words(&self) -> String {
        self.description.replace('_', " ")
    }

    /// The number, as it is noted in a column of numbers; none where it is too big for one.
    pub(super) fn value(&self) -> Option<u64> {
        let value: u64 = self.number.parse().ok()?;
        (value <= i64::MAX.unsigned_abs()).then_some(value)
    }
}

/// A version's files.
#[derive(Debug, Default)]
struct Pair<'f> {
    up: Option<(&'f File, String)>,
    down: Option<&'f File>,
}

/// Files in order of their versions.
#[derive(Debug, Default)]
pub(super) struct Versions<'f>(BTreeMap<u64, Pair<'f>>);

impl<'f> Versions<'f> {
    /// Adds a file; refuses a second one of the same version that leads the same way.
    pub(super) fn add(
        &mut self,
        version: u64,
        file: &'f File,
        name: &Name<'_>,
    ) -> Result<(), MigrationError> {
        let pair = self.0.entry(version).or_default();
        let before = match name.way {
            Way::Down => pair.down.replace(file),
            Way::Up | Way::Unsaid => {
                let before = pair.up.replace((file, name.words()));
                before.map(|(file, _)| file)
            }
        };
        match before {
            None => Ok(()),
            Some(first) => Err(MigrationError::Duplicate {
                what: format!("version {version}"),
                first: first.shown.to_string(),
                second: file.shown.to_string(),
            }),
        }
    }

    /// The migrations, each of which `complete` looks at with its file.
    pub(super) fn migrations(
        self,
        complete: impl Fn(Migration, &File) -> Result<Migration, MigrationError>,
    ) -> Result<Vec<Migration>, MigrationError> {
        let migration = |(version, pair): (u64, Pair<'_>)| match (pair.up, pair.down) {
            (Some((up, description)), down) => {
                let down = down.map(File::script).transpose()?;
                let migration = Migration::of(Some(version.to_string()), description, up.script()?);
                complete(Migration { down, ..migration }, up)
            }
            (None, down) => Err(MigrationError::LoneDown {
                file: down.map_or_else(String::new, |file| file.shown.to_string()),
                version: format!("version {version}"),
            }),
        };
        self.0.into_iter().map(migration).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_number_a_description_and_a_way() {
        let told = |stem| {
            Name::parse(stem).map(|name| (name.value(), name.description.to_owned(), name.way))
        };
        let is = |value, description: &str, way| Some((Some(value), description.to_owned(), way));
        assert_eq!(told("000001_a_b.up"), is(1, "a_b", Way::Up));
        assert_eq!(told("1_a.down"), is(1, "a", Way::Down));
        assert_eq!(told("20240101_a.x"), is(20_240_101, "a.x", Way::Unsaid));
        assert_eq!(told("1_.up"), is(1, "", Way::Up));
        assert_eq!(told("1_up"), None);
        assert_eq!(told("1.up"), None);
        assert_eq!(told("v1_a"), None);
        assert_eq!(told("_a"), None);
        let big = "99999999999999999999_a";
        assert_eq!(told(big), Some((None, "a".to_owned(), Way::Unsaid)));
    }
}
