//! Where schema objects come from: which step of which script made each of them, and which changed it last.
//!
//! Followed, not guessed from text: after each step the session is asked which rows of the system catalogs are new. A row
//! tells the transaction that wrote it (`xmin`) and, within the transaction at hand, the command (`cmin`), so that a
//! migration that is one big transaction is told apart too, and nothing has to be installed that a migration could see.
//! Event triggers would cost far less (`cargo bench --bench catalog`), and were not taken: they are objects of the
//! database themselves, which migrations and dumps see, only superusers may make them, they are not told of roles,
//! databases and other event triggers, and of `ALTER TABLE` they tell the table and neither column nor privilege.
//!
//! What a trigger makes at `COMMIT`, and what was made before following began, has no place.

mod sources;

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use super::{Address, Catalog, Class, Place};
use crate::script::leading_words;

/// The places of objects, as they become known while scripts run one after the other.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct History {
    /// As a list, since addresses are no keys of JSON.
    #[serde(with = "pairs")]
    places: HashMap<Address, Places>,
    /// For each row that was seen, by its source and key, a digest of what counts of it.
    seen: HashMap<String, String>,
    /// The scripts that were followed, as places name them, each with a hash of its contents.
    files: BTreeMap<String, String>,
    #[serde(skip)]
    horizon: Horizon,
}

/// Up to where rows have been seen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Horizon {
    /// The first transaction of which nothing has been seen.
    next: u64,
    /// The transaction that was open, and the last command of it whose rows have been seen, if any were.
    open: Option<(u64, Option<u64>)>,
}

/// Where an object was made, and then changed, in the order in which that came.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Places {
    made: Option<Place>,
    changed: Vec<Place>,
}

impl History {
    /// What to ask a session before a script runs in it. What is there already counts as seen.
    pub fn beginning() -> String {
        sources::question("false")
    }

    /// Takes the answer to [`beginning`](Self::beginning).
    pub fn begin(&mut self, rows: &[Vec<Option<String>>]) {
        self.horizon = Horizon::default();
        self.take(rows, None);
    }

    /// What to ask the session first after a step: whether anything was written at all.
    pub fn glance() -> String {
        sources::NOW.to_owned()
    }

    /// What to ask it then, by the answer to the [`glance`](Self::glance): a query that only reads. None where nothing
    /// was written, so that no table has to be looked through.
    pub fn question(&self, glance: &[Vec<Option<String>>]) -> Option<String> {
        let now = glance.first().and_then(|row| sources::Answer::of(row));
        let Some(sources::Answer::Now { next, current }) = now else {
            return None;
        };
        if current.is_none() && next <= self.horizon.next {
            return None;
        }
        let next = self.horizon.next;
        let since = |transaction: u64| {
            format!(
                "pg_catalog.age(o.xmin) <= pg_catalog.age('{transaction}'::pg_catalog.xid8::pg_catalog.xid)"
            )
        };
        let new = match self.horizon.open {
            Some((open, command)) if current == Some(open) => {
                let further = command.map_or_else(String::new, |command| {
                    format!(" AND o.cmin::text::bigint > {command}")
                });
                format!("({} OR {}{further})", since(next), since(open))
            }
            _ => since(next),
        };
        Some(sources::question(&new))
    }

    /// Whether a statement may change the schema, by its first word. After others, nothing has to be asked; and before the
    /// first query of a transaction, nothing must be, since `SET TRANSACTION` comes before it.
    pub fn may_change(statement: &str) -> bool {
        const HARMLESS: [&str; 24] = [
            "abort",
            "analyze",
            "begin",
            "checkpoint",
            "close",
            "commit",
            "deallocate",
            "declare",
            "discard",
            "end",
            "fetch",
            "listen",
            "load",
            "lock",
            "move",
            "notify",
            "release",
            "reset",
            "rollback",
            "savepoint",
            "set",
            "show",
            "start",
            "unlisten",
        ];
        let word = leading_words(statement).next().unwrap_or_default();
        let word = word.to_ascii_lowercase();
        !HARMLESS.contains(&word.as_str())
    }

    /// Takes the answer to a question that was asked after the step at this place.
    pub fn note(&mut self, rows: &[Vec<Option<String>>], place: &Place) {
        self.take(rows, Some(place));
    }

    /// Notes which files were followed, each with a hash of its contents. Of one that was read before, what it held then
    /// stays: its first lines are of that.
    pub fn add_files(&mut self, files: BTreeMap<String, String>) {
        for (file, hash) in files {
            self.files.entry(file).or_insert(hash);
        }
    }

    /// The files that were followed, each with the hash of its contents.
    pub fn files(&self) -> &BTreeMap<String, String> {
        &self.files
    }

    /// The statements that changed an object and the one that made it, the last one first.
    pub fn statements(&self, object: Address) -> Vec<Place> {
        let places = self.places.get(&object);
        let all = places.map(|it| it.made.iter().chain(&it.changed));
        all.into_iter().flatten().rev().cloned().collect()
    }

    fn take(&mut self, rows: &[Vec<Option<String>>], place: Option<&Place>) {
        let mut last_command = None;
        let mut open = None;
        for row in rows {
            match sources::Answer::of(row) {
                Some(sources::Answer::Now { next, current }) => {
                    self.horizon.next = self.horizon.next.max(next);
                    open = current;
                }
                Some(sources::Answer::Row(row)) => {
                    last_command = last_command.max(row.command);
                    self.take_row(row, place);
                }
                None => {}
            }
        }
        let Some(open) = open else {
            self.horizon.open = None;
            return;
        };
        // A transaction is not over when the next one begins; of its own rows, the command tells which are new.
        self.horizon.next = self.horizon.next.max(open + 1);
        let before = self.horizon.open.filter(|(before, _)| *before == open);
        let seen = before.and_then(|(_, command)| command).max(last_command);
        self.horizon.open = Some((open, seen));
    }

    fn take_row(&mut self, row: sources::Row<'_>, place: Option<&Place>) {
        let known = self.seen.get(&row.key);
        if known.is_some_and(|known| *known == row.digest) {
            return;
        }
        self.seen.insert(row.key, row.digest.to_owned());
        let Some(place) = place else { return };
        let places = self.places.entry(row.address).or_default();
        if places.made.is_none() && row.makes {
            places.made = Some(place.clone());
        } else if places.made.as_ref() != Some(place) && places.changed.last() != Some(place) {
            places.changed.push(place.clone());
        }
    }
}

impl Catalog {
    /// Tells the objects their places.
    pub fn place(&mut self, history: &History) {
        for object in &mut self.objects {
            if let Some(places) = history.places.get(&object.address) {
                object.made_at.clone_from(&places.made);
                object.changed_at = places.changed.last().cloned();
            }
        }
    }
}

/// A map as a list of pairs.
mod pairs {
    use std::collections::{BTreeMap, HashMap};

    use serde::{Deserialize, Deserializer, Serializer};

    use super::{Address, Places};

    pub(super) fn serialize<S: Serializer>(
        places: &HashMap<Address, Places>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let sorted: BTreeMap<_, _> = places.iter().collect();
        serializer.collect_seq(sorted)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<HashMap<Address, Places>, D::Error> {
        let pairs: Vec<(Address, Places)> = Vec::deserialize(deserializer)?;
        Ok(pairs.into_iter().collect())
    }
}
