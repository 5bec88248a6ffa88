//! Golden data directories that are kept between runs: when they are used, when they are made anew, and that whatever
//! happens to them changes no verdict.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]
#![allow(clippy::print_stderr, reason = "a skipped test says so")]

#[path = "../tool/mod.rs"]
mod tool;

mod damage;
mod inputs;
mod prefix;
mod time;
mod trouble;

use std::path::PathBuf;

use tool::{PASSING, Project, Ran, Running};

/// What a run prints that began with a template of the cache.
const CACHED: &str = ", from the cache";

/// A project with every kind of script and a cache of its own.
struct Kept {
    project: Project,
}

impl Kept {
    fn new() -> Option<Self> {
        let project = Project::new()?;
        project
            .write("roles/app.sql", "CREATE ROLE app LOGIN;\n")
            .write(
                "migrations/V1__t.sql",
                "CREATE TABLE t (i integer);\n\\ir _more.psql\n",
            )
            .write("migrations/_more.psql", "CREATE TABLE more (i integer);\n")
            .write(
                "fixtures/rows.sql",
                "INSERT INTO t VALUES (1);\n\\copy t from rows.txt\n",
            )
            .write("rows.txt", "2\n")
            .write(
                "sql-tests/a.sql",
                "SELECT plan(1);\nSELECT is((SELECT sum(i)::int FROM t), 3);\nSELECT finish();\n",
            )
            .write("sql-tests/b.sql", PASSING);
        Some(Self { project })
    }

    fn cache(&self) -> PathBuf {
        self.project.around().join("cache")
    }

    fn start(&self, arguments: &[&str]) -> Running {
        self.start_with(arguments, &[])
    }

    /// The same, with these variables in its environment.
    fn start_with(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Running {
        let mut command = self.project.command(arguments);
        command
            .env("PGASSAY_CACHE_DIR", self.cache())
            .envs(variables.iter().copied());
        Running::start(command, self.project.around())
    }

    #[track_caller]
    fn run(&self) -> Ran {
        let ran = self.start(&["test"]).finish();
        self.project.assert_nothing_is_left();
        ran
    }

    /// Runs it, and fails unless the template came from the cache, or was made, as said.
    #[track_caller]
    fn expect(&self, cached: bool, code: i32) -> Ran {
        let ran = self.run().expect(code);
        assert_eq!(ran.out.contains(CACHED), cached, "{}{}", ran.out, ran.err);
        ran
    }
}
