//! `pgassay coverage --format lcov|cobertura|badge`: read as their readers do, and held against the scripts that they speak of.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]
#![allow(clippy::print_stderr, reason = "a skipped test says so")]

#[path = "../tool/mod.rs"]
mod tool;

mod badge;
mod cobertura;
mod genhtml;
mod grammar;
mod lines;
mod tracefile;

use std::path::Path;

use tool::{Project, Ran};

/// A test file of these assertions, within a transaction.
fn file(assertions: &[&str]) -> String {
    let plan = format!("BEGIN;\nSELECT plan({});\n", assertions.len());
    let body: String = assertions
        .iter()
        .map(|it| format!("SELECT {it};\n"))
        .collect();
    format!("{plan}{body}SELECT finish();\nROLLBACK;\n")
}

/// Measures the project in a directory.
fn measure(project: &Project, directory: &Path, files: &[&str]) {
    let directory = directory.to_str().unwrap();
    let test = ["-C", directory, "test", "--coverage", "--quiet"];
    project.run(&[&test, files].concat()).expect(0);
    project.assert_nothing_is_left();
}

/// What `pgassay coverage` says of it in a form.
fn written(project: &Project, directory: &Path, format: &str) -> Ran {
    let directory = directory.to_str().unwrap();
    let coverage = ["-C", directory, "coverage", "--format", format];
    project.run(&coverage).expect(0)
}

/// A schema whose logic is reached here and missed there, with odd names.
fn odd() -> Option<Project> {
    let project = Project::new()?;
    project
        .write(
            "migrations/V1__odd.sql",
            r#"CREATE SCHEMA "odd, schema";
CREATE FUNCTION "odd, schema"."a, ""b"" <c> & 'd'; \x2c|"(a integer, b numeric) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  IF a > 0 THEN
    RETURN 'reached';
  ELSIF a = 0
     OR b = 0 THEN
    RETURN 'missed';
  ELSE
    RETURN 'missed too';
  END IF;
END $$;
CREATE FUNCTION "odd, schema"."two
lines"() RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION public.overloaded(a integer) RETURNS integer LANGUAGE sql AS 'SELECT a';
CREATE FUNCTION public.overloaded(a integer, b text) RETURNS integer LANGUAGE sql AS 'SELECT a';
"#,
        )
        .write(
            "migrations/V2__others.sql",
            "CREATE FUNCTION public.handle() RETURNS language_handler
  LANGUAGE c AS '$libdir/plpgsql', 'plpgsql_call_handler';
CREATE FUNCTION public.same(a anyelement)
  RETURNS anyelement LANGUAGE sql AS 'SELECT a LIMIT 1';
CREATE FUNCTION public.empty() RETURNS void LANGUAGE plpgsql AS 'BEGIN END';
CREATE PROCEDURE public.proceed(a integer) LANGUAGE plpgsql AS $$
BEGIN IF a > 0 THEN PERFORM 1; END IF; IF a > 1 THEN RETURN; END IF; EXCEPTION
  WHEN division_by_zero THEN NULL;
END $$;
CREATE AGGREGATE public.total(integer) (SFUNC = int4pl, STYPE = integer);
",
        )
        .write(
            "migrations/V3__not_reached.sql",
            "CREATE FUNCTION public.never(a integer) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  FOR i IN 1 .. a LOOP
    RAISE NOTICE '%', i;
  END LOOP;
END $$;
",
        )
        .write(
            "sql-tests/a.sql",
            &file(&[
                r#"is("odd, schema"."a, ""b"" <c> & 'd'; \x2c|"(1, 2), 'reached')"#,
                "is(overloaded(1), 1)",
                "is(same(1), 1)",
                "lives_ok('CALL proceed(1)')",
            ]),
        )
        .write(
            "sql-tests/b.sql",
            &file(&["is(overloaded(2), 2)", "lives_ok('SELECT empty()')"]),
        );
    Some(project)
}
