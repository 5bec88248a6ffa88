//! A site: a project, and a server with databases that it migrates.

use std::fs;
use std::io::Read;
use std::path::PathBuf;

use postgres::Client;

use crate::tool::{Host, Project, Ran, Running};

/// See the module's words.
pub(crate) struct Site {
    pub(crate) project: Project,
    pub(crate) host: Host,
}

/// As whom a database is worked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum As {
    Superuser,
    /// An ordinary role, which owns the database.
    Owner,
}

impl As {
    pub(crate) fn role(self) -> &'static str {
        match self {
            Self::Superuser => "postgres",
            Self::Owner => "ada",
        }
    }
}

impl Site {
    /// With these migrations, by their names without `migrations/`; none, with a word about it, on a machine without server
    /// binaries.
    pub(crate) fn new(migrations: &[(&str, &str)]) -> Option<Self> {
        let project = Project::new()?;
        for (name, text) in migrations {
            project.write(&format!("migrations/{name}"), text);
        }
        let host = Host::start(&project);
        Some(Self { project, host })
    }

    /// An empty database.
    pub(crate) fn create(&self, database: &str, whose: As) {
        let create = format!("CREATE DATABASE {database} OWNER {}", whose.role());
        self.host.client("postgres").batch_execute(&create).unwrap();
    }

    /// A database with the schema.
    pub(crate) fn migrated(&self, database: &str, whose: As) {
        self.create(database, whose);
        self.migrate(database, whose, &[]);
    }

    pub(crate) fn migrate(&self, database: &str, whose: As, more: &[&str]) {
        let url = self.url(database, whose);
        self.project
            .run(&[&["migrate", "up", "--url", &url], more].concat())
            .expect(0);
    }

    pub(crate) fn url(&self, database: &str, whose: As) -> String {
        self.host
            .by_socket(whose.role())
            .replace("dbname=postgres", &format!("dbname={database}"))
    }

    /// Runs `pgassay snapshot` on a database.
    pub(crate) fn snapshot(&self, database: &str, whose: As, arguments: &[&str]) -> Ran {
        self.snapshot_with(database, whose, arguments, None)
    }

    /// The same, with a variable of the environment.
    pub(crate) fn snapshot_with(
        &self,
        database: &str,
        whose: As,
        arguments: &[&str],
        variable: Option<(&str, &str)>,
    ) -> Ran {
        let url = self.url(database, whose);
        let (first, rest) = arguments.split_first().unwrap();
        let arguments = [&["snapshot", first, "--url", &url], rest].concat();
        let mut command = self.project.command(&arguments);
        command.envs(variable);
        Running::start(command, self.project.around()).finish()
    }

    /// Saves a database in a file of this name, and returns its bytes.
    #[track_caller]
    pub(crate) fn save(&self, database: &str, whose: As, file: &str) -> Vec<u8> {
        self.snapshot(database, whose, &["save", "--output", file])
            .expect(0);
        fs::read(self.path(file)).unwrap()
    }

    #[track_caller]
    pub(crate) fn load(&self, database: &str, whose: As, file: &str) -> Ran {
        self.snapshot(database, whose, &["load", "--yes", file])
            .expect(0)
    }

    /// What it says on refusing to load a file.
    #[track_caller]
    pub(crate) fn refusal(&self, database: &str, whose: As, file: &str) -> String {
        self.snapshot(database, whose, &["load", "--yes", file])
            .expect(2)
            .err
    }

    pub(crate) fn path(&self, file: &str) -> PathBuf {
        self.project.path().join(file)
    }

    pub(crate) fn client(&self, database: &str) -> Client {
        self.host.client(database)
    }

    #[track_caller]
    pub(crate) fn execute(&self, database: &str, sql: &str) {
        self.client(database).batch_execute(sql).unwrap();
    }

    /// Runs statements as their owner.
    #[track_caller]
    pub(crate) fn execute_as(&self, database: &str, whose: As, sql: &str) {
        let sql = format!("SET ROLE {}; {sql}", whose.role());
        self.client(database).batch_execute(&sql).unwrap();
    }

    /// The only value that a query brings, as text.
    #[track_caller]
    pub(crate) fn value(&self, database: &str, query: &str) -> String {
        let query = format!("SELECT coalesce(({query})::text, '')");
        let row = self.client(database).query_one(&query, &[]).unwrap();
        row.get(0)
    }

    /// Every row of every table and view, and every sequence, as text; then what a load may not change of the schema.
    pub(crate) fn state(&self, database: &str) -> Vec<String> {
        let mut client = self.client(database);
        client
            .batch_execute(
                "SET search_path = ''; SET extra_float_digits = 1; SET bytea_output = 'hex'; SET timezone = 'UTC'; SET lc_monetary = 'C';
                 SET datestyle = 'ISO'; SET intervalstyle = 'postgres'; SET quote_all_identifiers = off; SET xmloption = 'content'",
            )
            .unwrap();
        let relations = client
            .query(
                "SELECT c.oid::regclass::text, c.relkind::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                  WHERE c.relkind IN ('r', 'p', 'm', 'S') AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
                    AND c.relname NOT LIKE 'pgassay\\_%'
                    AND (c.relkind <> 'm' OR c.relispopulated)
                  ORDER BY 1",
                &[],
            )
            .unwrap();
        let mut state = Vec::new();
        for relation in &relations {
            let (name, kind): (String, String) = (relation.get(0), relation.get(1));
            let columns = if kind == "S" {
                "last_value, is_called"
            } else {
                "t.*"
            };
            let query = format!(
                "SELECT coalesce(string_agg(v.line, E'\\n' ORDER BY v.line COLLATE pg_catalog.\"C\"), '') FROM (SELECT ROW({columns})::text FROM ONLY {name} AS t) AS v (line)"
            );
            let query = if kind == "p" {
                query.replace("ONLY ", "")
            } else {
                query
            };
            let rows: String = client.query_one(&query, &[]).unwrap().get(0);
            state.push(format!("{kind} {name}\n{rows}"));
        }
        // Before version 15, what a partition has from a trigger of its table counts as internal, too.
        let schema = client
            .query(
                "SELECT 'trigger ' || tgrelid::regclass || ' ' || tgname || ' ' || tgenabled::text FROM pg_trigger WHERE NOT tgisinternal OR tgconstraint = 0
                 UNION ALL SELECT 'key ' || conrelid::regclass || ' ' || conname || ' ' || condeferrable::text || condeferred::text || convalidated::text
                   FROM pg_constraint WHERE conrelid <> 0 AND connamespace <> 'pg_catalog'::regnamespace
                 UNION ALL SELECT 'internal ' || tgrelid::regclass || ' ' || regexp_replace(tgname, '[0-9]+', '') || ' ' || tgenabled::text || tgdeferrable::text || tginitdeferred::text
                   FROM pg_trigger WHERE tgisinternal AND tgconstraint <> 0
                 UNION ALL SELECT 'forced ' || oid::regclass FROM pg_class WHERE relforcerowsecurity
                 ORDER BY 1",
                &[],
            )
            .unwrap();
        state.extend(schema.iter().map(|row| row.get::<_, String>(0)));
        state
    }
}

/// What any zstd makes of a file.
pub(crate) fn decompressed(bytes: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    zstd::stream::read::Decoder::new(bytes)
        .unwrap()
        .read_to_end(&mut text)
        .unwrap();
    text
}
