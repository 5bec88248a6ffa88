//! What the gate is asked, and what it answers.

use postgres::Client;
use serde_json::Value;

use crate::tool::{Host, Project, Ran};

/// A server with a database `live`, which role `bob` may connect to and read the history of.
pub(crate) struct Gate {
    pub(crate) project: Project,
    pub(crate) host: Host,
}

impl Gate {
    /// None, with a word about it, on a machine without server binaries.
    pub(crate) fn new() -> Option<Self> {
        let project = Project::new()?;
        let host = Host::start(&project);
        let gate = Self { project, host };
        gate.empty();
        Some(gate)
    }

    /// Makes the database anew.
    pub(crate) fn empty(&self) {
        let mut admin = self.host.client("postgres");
        admin
            .batch_execute("DROP DATABASE IF EXISTS live WITH (FORCE)")
            .unwrap();
        admin.batch_execute("CREATE DATABASE live").unwrap();
    }

    pub(crate) fn client(&self) -> Client {
        self.host.client("live")
    }

    /// Makes a history, which `bob` may read.
    pub(crate) fn with(&self, statements: &str) {
        let mut client = self.client();
        client.batch_execute(statements).unwrap();
        client
            .batch_execute(
                "DO $$ DECLARE it record; BEGIN
                   FOR it IN SELECT oid::regnamespace AS schema FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' LOOP
                     EXECUTE 'GRANT USAGE ON SCHEMA ' || it.schema || ' TO bob';
                     EXECUTE 'GRANT SELECT ON ALL TABLES IN SCHEMA ' || it.schema || ' TO bob';
                   END LOOP;
                 END $$",
            )
            .unwrap();
    }

    pub(crate) fn url(&self) -> String {
        self.host
            .by_socket("bob")
            .replace("dbname=postgres", "dbname=live")
    }

    /// Asks, as a role that may do nothing but read the history.
    pub(crate) fn ask(&self, arguments: &[&str]) -> Ran {
        let url = self.url();
        self.project
            .run(&[&["gate", "--url", &url], arguments].concat())
    }

    /// Asks for a version, and gives the exit code, the state and the version that is told, after checking that all that is
    /// told fits together.
    #[track_caller]
    pub(crate) fn answer(&self, at_least: &str) -> (i32, String, String) {
        let ran = self.ask(&["--at-least", at_least, "--format", "json"]);
        let told: Value = serde_json::from_str(&ran.out)
            .unwrap_or_else(|error| panic!("{error}: {}{}", ran.out, ran.err));
        let text = |key: &str| told[key].as_str().unwrap_or("-").to_owned();
        let code = ran.code.unwrap();
        assert_eq!(told["satisfied"], code == 0, "{told}");
        assert_eq!(text("needed"), at_least);
        assert!(
            !text("reason").is_empty() && !text("reason").contains('\n'),
            "{told}"
        );
        let expected = match text("state").as_str() {
            "satisfied" => 0,
            "unknown" => 2,
            _ => 5,
        };
        assert_eq!(code, expected, "{told}");
        (code, text("state"), text("version"))
    }

    /// Holds an advisory lock as long as the session lives.
    pub(crate) fn hold(&self, number: i64) -> Client {
        let mut client = self.client();
        client
            .execute("SELECT pg_advisory_lock($1)", &[&number])
            .unwrap();
        client
    }
}
