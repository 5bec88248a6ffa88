//! A site: a project, and a server with a database that it migrates.

use postgres::Client;

use crate::tool::{Host, Project, Ran, Running};

/// See the module's words.
pub(crate) struct Site {
    pub(crate) project: Project,
    pub(crate) host: Host,
}

impl Site {
    /// With an empty database `live`; none, with a word about it, on a machine without server binaries.
    pub(crate) fn new() -> Option<Self> {
        let project = Project::new()?;
        let host = Host::start(&project);
        let site = Self { project, host };
        site.create("live");
        Some(site)
    }

    pub(crate) fn create(&self, database: &str) {
        let create = format!("CREATE DATABASE {database}");
        self.host.client("postgres").batch_execute(&create).unwrap();
    }

    /// Migrations by their names without `migrations/`.
    pub(crate) fn migrations(&self, files: &[(&str, &str)]) -> &Self {
        for (name, text) in files {
            self.project.write(&format!("migrations/{name}"), text);
        }
        self
    }

    /// The way to a database, as its superuser.
    pub(crate) fn url(&self, database: &str) -> String {
        self.host
            .by_socket("postgres")
            .replace("dbname=postgres", &format!("dbname={database}"))
    }

    /// Runs `pgassay migrate` on the database `live`.
    pub(crate) fn migrate(&self, arguments: &[&str]) -> Ran {
        self.start("live", arguments).finish()
    }

    pub(crate) fn start(&self, database: &str, arguments: &[&str]) -> Running {
        let url = self.url(database);
        let (first, rest) = arguments.split_first().unwrap();
        let arguments = [&["migrate", first, "--url", &url], rest].concat();
        self.project.start(&arguments)
    }

    pub(crate) fn client(&self) -> Client {
        self.host.client("live")
    }

    /// The only value that a query brings, as text.
    pub(crate) fn value(&self, query: &str) -> String {
        self.value_in("live", query)
    }

    pub(crate) fn value_in(&self, database: &str, query: &str) -> String {
        let mut client = self.host.client(database);
        let query = format!("SELECT coalesce(({query})::text, '')");
        client.query_one(&query, &[]).unwrap().get(0)
    }

    /// What the history says: each version (or file) with its state, in order.
    pub(crate) fn history(&self) -> String {
        self.value(
            "SELECT string_agg(coalesce(version, script) || ' ' || state, ', ' ORDER BY rank) FROM pgassay_migrations",
        )
    }
}

/// All relations and columns of a database, and the rows of the table `log`: what migrations made.
pub(crate) const SCHEMA: &str = "SELECT string_agg(line, E'\\n' ORDER BY line) FROM (
    SELECT c.relkind::text || ' ' || c.oid::regclass || ' ' || coalesce(pg_get_indexdef(i.indexrelid), '') || coalesce(i.indisvalid::text, '')
      FROM pg_class c LEFT JOIN pg_index i ON i.indexrelid = c.oid
     WHERE c.relnamespace = 'public'::regnamespace
    UNION ALL
    SELECT 'column ' || attrelid::regclass || '.' || attname || ' ' || format_type(atttypid, atttypmod)
      FROM pg_attribute
     WHERE attnum > 0 AND attrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace)
    UNION ALL
    SELECT 'log ' || entry || ' times ' || count(*) FROM log GROUP BY entry
) AS all_of_it (line)";
