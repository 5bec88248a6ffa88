//! Databases where all tells, and what is seen in them.

use std::collections::BTreeMap;

use pgassay::catalog::{self, Catalog, Kind, Place as Line};
use pgassay::coverage::{Looks, Measure, Touch};
use pgassay::database::{Exercising, bundled_pgtap, let_pgtap_tell, let_schema_tell};
use pgassay::session::Connection;

use postgres::SimpleQueryMessage;

use crate::place::{Place, Talk};

impl Place {
    /// A database with pgTAP, and a schema besides.
    pub(crate) fn database(&self, name: &str, schema: &str) -> Connection {
        drop(self.database_with_pgtap(name, "public"));
        let mut admin = self.connection("postgres");
        admin
            .execute(&format!(
                "ALTER DATABASE {name} SET track_functions = 'all'"
            ))
            .unwrap();
        let mut connection = self.connection(name);
        connection.execute(schema).unwrap();
        connection
    }

    /// The same where all tells.
    pub(crate) fn telling_database(&self, name: &str, schema: &str) -> (Catalog, Exercising) {
        let mut connection = self.database(name, schema);
        let catalog = catalog::read(&mut connection, &bundled_pgtap()).unwrap();
        let_pgtap_tell(&mut connection).unwrap();
        let exercising = let_schema_tell(&mut connection, &catalog).unwrap();
        (catalog, exercising)
    }

    /// A client whose doings are watched, by the catalog of its database.
    pub(crate) fn watched(&self, database: &str, catalog: &Catalog) -> Watched {
        Watched {
            talk: self.client(database),
            looks: Looks::of(catalog),
        }
    }
}

impl Talk {
    /// The rows of a query.
    fn rows(&mut self, query: &str) -> Vec<Vec<Option<String>>> {
        let messages = self.client.simple_query(query).unwrap();
        let rows = messages.iter().filter_map(|message| {
            let SimpleQueryMessage::Row(row) = message else {
                return None;
            };
            let cells = (0..row.len()).map(|at| row.get(at).map(str::to_owned));
            Some(cells.collect())
        });
        rows.collect()
    }
}

/// A client, and what was looked at in its session.
pub(crate) struct Watched {
    talk: Talk,
    looks: Looks,
}

impl Watched {
    /// What one look tells.
    fn look(&mut self) -> Vec<Touch> {
        let rows = self.talk.rows(self.looks.query());
        let (mut touches, further) = self.looks.take(&rows);
        if let Some(query) = further {
            let rows = self.talk.rows(query);
            touches.extend(self.looks.take_further(&rows));
        }
        touches
    }

    /// Runs a script statement by statement, looking where that is due.
    fn measured<'c>(&mut self, catalog: &'c Catalog, script: &[String]) -> Measure<'c> {
        let mut measure = Measure::new(catalog, &BTreeMap::new());
        let line = Line {
            file: "t.sql".into(),
            line: 1,
        };
        let mut failed = false;
        for statement in script {
            let mut touches = Vec::new();
            if self.looks.is_due_before(statement) && !failed {
                touches = self.look();
            }
            let (said, told) = self.talk.say(statement);
            failed = said.iter().any(|it| it.starts_with("ERROR"))
                || failed && !statement.starts_with("ROLLBACK");
            touches.extend(told);
            for touch in &touches {
                measure.take(touch, &line);
            }
        }
        self.talk.rows("ROLLBACK");
        self.talk.rows("DISCARD ALL");
        measure
    }

    /// What of a script could not be seen.
    pub(crate) fn unseen(&mut self, catalog: &Catalog, script: &[String]) -> Vec<String> {
        self.measured(catalog, script).unseen()
    }

    /// Runs a script, and returns what objects of these kinds were seen to do, sorted.
    pub(crate) fn seen(
        &mut self,
        catalog: &Catalog,
        kinds: &[Kind],
        script: &[String],
    ) -> Vec<String> {
        let mut seen = Vec::new();
        for object in self.measured(catalog, script).objects() {
            if kinds.contains(&object.object.name.kind) {
                for behaviour in object.exercised.keys() {
                    let known = object.behaviours.contains(behaviour);
                    assert!(known, "{} cannot {behaviour}", object.object.name);
                    seen.push(format!("{} {behaviour}", object.object.name));
                }
            }
        }
        seen.sort_unstable();
        seen
    }
}
