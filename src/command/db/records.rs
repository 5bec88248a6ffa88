//! Which roles and fixtures scripts have run for a database, and with which snapshot's rows it began: a table in it. The history of migrations is another one, and not
//! this one's business.

use std::collections::BTreeMap;
use std::time::Duration;

use super::super::Error;
use crate::database::DatabaseError;
use crate::project::ScriptFile;
use crate::script::quote_literal;
use crate::session::{Connection, QueryError, content_hash};

/// The table.
pub(in crate::command) const TABLE: &str = "public.pgassay_scripts";

/// SQLSTATE: the role may not do that.
const NOT_ALLOWED: &str = "42501";

/// A kind of scripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::command) enum Kind {
    Roles,
    Fixtures,
    /// A snapshot whose rows are loaded.
    Seed,
    /// A snapshot whose rows are to be loaded, before later migrations.
    SeedDue,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Self::Roles => "roles",
            Self::Fixtures => "fixtures",
            Self::Seed => "seed",
            Self::SeedDue => "seed due",
        }
    }

    fn of_word(word: &str) -> Option<Self> {
        let all = [Self::Roles, Self::Fixtures, Self::Seed, Self::SeedDue];
        all.into_iter().find(|kind| kind.word() == word)
    }

    /// What a script of it is called.
    pub(super) fn script(self) -> &'static str {
        match self {
            Self::Roles => "roles script",
            Self::Fixtures => "fixtures script",
            Self::Seed | Self::SeedDue => "snapshot",
        }
    }
}

/// Whether a script has run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    New,
    /// It ran, and is another text now.
    Changed,
    Done,
}

/// What has run: the hash of each script's text by kind and path as shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::command) struct Records(BTreeMap<(Kind, String), String>);

impl Records {
    /// Reads them; none where there is no table.
    pub(in crate::command) fn read(connection: &mut Connection) -> Result<Self, Error> {
        if !Self::are_kept(connection)? {
            return Ok(Self::default());
        }
        let rows = connection
            .rows(&format!("SELECT kind, script, checksum FROM {TABLE}"))
            .map_err(failed(looking()))?;
        let mut records = Self::default();
        for row in rows {
            let mut row = row.into_iter().flatten();
            let (kind, script, hash) = (row.next(), row.next(), row.next());
            let kind = kind.and_then(|word| Kind::of_word(&word));
            if let (Some(kind), Some(script), Some(hash)) = (kind, script, hash) {
                records.0.insert((kind, script), hash);
            }
        }
        Ok(records)
    }

    /// Whether there is a table of them.
    pub(in crate::command) fn are_kept(connection: &mut Connection) -> Result<bool, Error> {
        let there = connection
            .value(&format!("SELECT pg_catalog.to_regclass('{TABLE}')"))
            .map_err(failed(looking()))?;
        Ok(there.is_some())
    }

    /// Makes the table where there is none.
    pub(super) fn prepare(connection: &mut Connection) -> Result<(), Error> {
        let statement = format!(
            "DO $do$ BEGIN
               IF pg_catalog.to_regclass('{TABLE}') IS NULL THEN
                 CREATE TABLE {TABLE} (
                   kind text NOT NULL CHECK (kind IN ('roles', 'fixtures', 'seed', 'seed due')),
                   script text NOT NULL,
                   checksum text NOT NULL,
                   ran_by name NOT NULL DEFAULT session_user,
                   ran_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
                   took double precision,
                   PRIMARY KEY (kind, script));
                 COMMENT ON TABLE {TABLE} IS 'Which roles and fixtures scripts `pgassay db up` has run, and with which rows it began';
               END IF;
             END $do$"
        );
        connection
            .execute(&statement)
            .map_err(failed(format!("make the table {TABLE}")))?;
        Ok(())
    }

    /// The statement that notes that a script has run; without a time, it ran for an earlier database.
    pub(in crate::command) fn note(
        kind: Kind,
        shown: &str,
        hash: &str,
        took: Option<Duration>,
    ) -> String {
        let took = took.map_or("NULL".to_owned(), |took| {
            format!("{:.3}", took.as_secs_f64())
        });
        format!(
            "INSERT INTO {TABLE} (kind, script, checksum, took) VALUES ('{}', {}, {}, {took})
             ON CONFLICT (kind, script) DO UPDATE SET checksum = excluded.checksum, took = excluded.took,
               ran_by = excluded.ran_by, ran_at = excluded.ran_at",
            kind.word(),
            quote_literal(shown),
            quote_literal(hash)
        )
    }

    /// The statement that forgets what is to be loaded.
    pub(in crate::command) fn nothing_due() -> String {
        format!(
            "DELETE FROM {TABLE} WHERE kind = '{}'",
            Kind::SeedDue.word()
        )
    }

    /// The statement that forgets that a script has run.
    pub(in crate::command) fn forget(kind: Kind, shown: &str) -> String {
        format!(
            "DELETE FROM {TABLE} WHERE kind = '{}' AND script = {}",
            kind.word(),
            quote_literal(shown)
        )
    }

    /// Notes that a script has run.
    pub(super) fn write(
        connection: &mut Connection,
        kind: Kind,
        shown: &str,
        hash: &str,
        took: Option<Duration>,
    ) -> Result<(), Error> {
        connection
            .execute(&Self::note(kind, shown, hash, took))
            .map_err(failed(format!("note in {TABLE} that {shown} has run")))?;
        Ok(())
    }

    /// Whether a script has run, and its hash as it is now.
    pub(super) fn standing(
        &self,
        kind: Kind,
        script: &ScriptFile,
    ) -> Result<(Standing, String), Error> {
        let hash = content_hash(&script.path)
            .ok_or_else(|| format!("cannot read the {} {}", kind.script(), script.shown))?;
        let standing = match self.0.get(&(kind, script.shown.to_string())) {
            None => Standing::New,
            Some(before) if *before == hash => Standing::Done,
            Some(_) => Standing::Changed,
        };
        Ok((standing, hash))
    }

    /// Those of one kind, by path as shown, with their hashes.
    pub(in crate::command) fn of(&self, kind: Kind) -> impl Iterator<Item = (&str, &str)> {
        let of_kind = self.0.iter().filter(move |((its, _), _)| *its == kind);
        of_kind.map(|((_, script), hash)| (script.as_str(), hash.as_str()))
    }

    /// Only those of one kind.
    pub(super) fn only(mut self, kind: Kind) -> Self {
        self.0.retain(|(its, _), _| *its == kind);
        self
    }
}

fn looking() -> String {
    format!("look in {TABLE} which scripts have run")
}

/// What failed with the table, and what to do where the role may not use it.
pub(in crate::command) fn failed(doing: String) -> impl FnOnce(QueryError) -> Error {
    move |source| {
        let may_not = source.code() == Some(NOT_ALLOWED);
        let error = DatabaseError::query(doing)(source);
        if !may_not {
            return error.into();
        }
        format!(
            "{error}\nthe table belongs to whoever ran `pgassay db up` there first: connect as that role, or let it GRANT SELECT, INSERT, \
             UPDATE, DELETE ON {TABLE}; to make the table, a role needs CREATE on schema public"
        )
        .into()
    }
}
