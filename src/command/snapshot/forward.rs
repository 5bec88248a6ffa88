//! Loading forward: rows of an earlier version of the schema are migrated on a throwaway server, as production's were, up to the
//! version of the database that they are for; then they are saved there, in a file that nobody sees.

use std::collections::BTreeSet;
use std::io::BufWriter;
use std::sync::mpsc;
use std::thread;

use super::super::groundwork::Groundwork;
use super::super::throwaway::Throwaway;
use super::super::{Error, remark};
use super::treatment;
use crate::database::{DatabaseError, Seed};
use crate::event::Event;
use crate::migration::MigrationSet;
use crate::project::Project;
use crate::script::quote_literal;
use crate::session::{Connection, Interruption};
use crate::settings::Settings;
use crate::snapshot::{
    self, Access, Contents, Head, Lineage, Origin, Selection, SnapshotFile, TableName,
};

/// How many events may wait.
const EVENTS_WAITING: usize = 64;

/// What rows are migrated by, and for which database.
pub(super) struct Forward<'a> {
    pub(super) settings: &'a Settings,
    pub(super) set: &'a MigrationSet,
    pub(super) interruption: &'a Interruption,
    /// How the file is shown.
    pub(super) shown: &'a str,
    /// What the database got.
    pub(super) lineage: &'a Lineage,
    /// The version of its server.
    pub(super) server: &'a str,
}

/// The tables of a database when rows are loaded into some of them.
struct Before {
    /// The numbers of all in the catalogs.
    all: BTreeSet<String>,
    /// Those of the tables that rows are loaded into.
    loaded: BTreeSet<String>,
}

impl Forward<'_> {
    /// Migrates the rows of a snapshot that was saved behind `from` migrations to where `to` have run. The new file has no name any
    /// more.
    ///
    /// # Errors
    /// The snapshot is damaged, there is no server to do it on, or a migration fails on the rows.
    pub(super) fn migrate(
        &self,
        mut file: SnapshotFile,
        from: usize,
        to: usize,
    ) -> Result<SnapshotFile, Error> {
        // What the cache holds may have been made from the file as it was.
        file.verify()?;
        let seed = Seed {
            place: from,
            path: file.path().to_owned(),
            shown: self.shown.to_owned(),
            hash: file.hash(),
        };
        let project = Project::load(self.settings)?;
        let (events, inbox) = mpsc::sync_channel(EVENTS_WAITING);
        thread::scope(|scope| {
            scope.spawn(move || {
                for event in inbox {
                    if let Event::Remark(text) = event {
                        remark(&text);
                    }
                }
            });
            let migrated = Groundwork {
                settings: self.settings,
                project: &project,
                interruption: self.interruption,
                events: &events,
                workers: 1,
            }
            .on_throwaway(self.set, &[seed], from, |throwaway| {
                self.on(throwaway, &file.head, from, to)
            });
            drop(events);
            migrated.map_err(|error| {
                format!("its rows cannot be migrated on a throwaway server: {error}").into()
            })
        })
    }

    fn on(
        &self,
        throwaway: &Throwaway<'_>,
        head: &Head,
        from: usize,
        to: usize,
    ) -> Result<SnapshotFile, Error> {
        let Throwaway { versions, site, .. } = throwaway;
        versions.walk(site, throwaway.applied..from).1?;
        let before = if head.is_selection {
            let mut connection = open(throwaway)?;
            let before = Before::read(&mut connection, head)?;
            connection.end();
            Some(before)
        } else {
            None
        };
        versions.walk(site, from..to).1?;
        let mut connection = open(throwaway)?;
        self.tell_of_version(&connection);
        snapshot::begin(&mut connection, Access::Read)?;
        let named = match &before {
            Some(before) => Some(before.continued(&mut connection, head)?),
            None => None,
        };
        let selection = Selection {
            named,
            ..Selection::default()
        };
        let contents = Contents::read(&mut connection, &selection)?;
        let contents = contents.without_large_objects(&mut connection)?;
        let origin = Origin {
            layout: head.layout.clone(),
            lineage: Some(self.lineage.clone()),
            fixtures: head.fixtures.clone(),
            is_selection: head.is_selection,
        };
        let treatment = treatment::nothing()?;
        let mut new = snapshot::head(&connection, &contents, origin, &treatment);
        // Those that repeatable migrations make are not here.
        let views = head.materialized_views.iter();
        let others: Vec<TableName> = views
            .filter(|view| !new.materialized_views.contains(view))
            .cloned()
            .collect();
        new.materialized_views.extend(others);
        let file = tempfile::Builder::new()
            .prefix("rows-")
            .tempfile_in(throwaway.directory)
            .map_err(|error| {
                format!(
                    "cannot write into {}: {error}",
                    throwaway.directory.display()
                )
            })?;
        let out = BufWriter::with_capacity(256 * 1024, file);
        let (out, _) = snapshot::save(&mut connection, &contents, new, &treatment, out)?;
        connection.end();
        let file = out
            .into_inner()
            .map_err(|error| format!("cannot write the migrated rows: {}", error.error()))?;
        // Open, it stays when its name goes.
        Ok(SnapshotFile::open(file.path())?)
    }

    /// Tells where the rows were migrated by a server of another major version than that of the database.
    fn tell_of_version(&self, connection: &Connection) {
        let here = connection.parameter("server_version").unwrap_or_default();
        let major = |version: &str| version.split(['.', ' ']).next().map(str::to_owned);
        if major(here) != major(self.server) {
            remark(&format!(
                "the rows of {} were migrated by PostgreSQL {here}, and the database's server is PostgreSQL {}; PGASSAY_PG_VERSION chooses \
                 another one",
                self.shown, self.server
            ));
        }
    }
}

fn open(throwaway: &Throwaway<'_>) -> Result<Connection, Error> {
    let site = &throwaway.site;
    let info = site.admin.with_database(site.database);
    let opened = Connection::open(&info, site.watch.clone());
    opened.map_err(|source| {
        DatabaseError::Connect {
            doing: "save the migrated rows".to_owned(),
            source: Box::new(source),
        }
        .into()
    })
}

/// The number of a table in the catalogs; none where there is no such table.
fn number(connection: &mut Connection, name: &TableName) -> Result<Option<String>, Error> {
    let query = format!(
        "SELECT pg_catalog.to_regclass({})::pg_catalog.oid",
        quote_literal(&name.to_sql())
    );
    let found = connection.value(&query);
    Ok(found.map_err(DatabaseError::query(format!("look for {name}")))?)
}

impl Before {
    fn read(connection: &mut Connection, head: &Head) -> Result<Self, Error> {
        let all = connection
            .rows("SELECT oid FROM pg_catalog.pg_class WHERE relkind IN ('r', 'p')")
            .map_err(DatabaseError::query("look for tables"))?;
        let mut loaded = BTreeSet::new();
        for table in &head.tables {
            loaded.extend(number(connection, &table.name)?);
        }
        Ok(Self {
            all: all.into_iter().flatten().flatten().collect(),
            loaded,
        })
    }

    /// What became of the tables of a snapshot of some tables: those that are the same, under whatever name, and those that bear
    /// the name of one. Tables that are new are told of.
    fn continued(&self, connection: &mut Connection, head: &Head) -> Result<Vec<TableName>, Error> {
        let everything = Contents::read(connection, &Selection::default())?;
        let (mut continued, mut new) = (Vec::new(), Vec::new());
        for table in everything.tables() {
            let number = number(connection, &table.name)?.unwrap_or_default();
            let is_named_so = head.tables.iter().any(|it| it.name == table.name);
            if self.loaded.contains(&number) || is_named_so {
                continued.push(table.name.clone());
            } else if !self.all.contains(&number) {
                new.push(table.name.to_string());
            }
        }
        self.refuse_partitions(connection)?;
        if !new.is_empty() {
            remark(&format!(
                "the snapshot holds some tables only; tables that came later keep the rows that they have: {}",
                new.join(", ")
            ));
        }
        Ok(continued)
    }

    /// A table that was loaded by itself, and is a part of another one now, cannot be told apart from the rest of that.
    fn refuse_partitions(&self, connection: &mut Connection) -> Result<(), Error> {
        let numbers: Vec<&str> = self.loaded.iter().map(String::as_str).collect();
        if numbers.is_empty() {
            return Ok(());
        }
        let found = connection
            .value(&format!(
                "SELECT oid::pg_catalog.regclass FROM pg_catalog.pg_class WHERE relispartition AND oid IN ({}) LIMIT 1",
                numbers.join(", ")
            ))
            .map_err(DatabaseError::query("look for partitions"))?;
        match found {
            None => Ok(()),
            Some(table) => Err(format!(
                "{table} is a partition of another table now, and the snapshot holds some tables only"
            )
            .into()),
        }
    }
}
