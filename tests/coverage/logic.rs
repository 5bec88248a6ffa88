//! Which statements and branches of functions a run reached.

use serde_json::Value;

use crate::tool::Project;
use crate::{file, project, run};

/// The points of a routine: its line in the script, its kind, and how many test files reached it.
fn points(project: &Project, name: &str) -> Vec<String> {
    let ran = project.run(&["coverage", "--format", "json"]);
    let report: Value = serde_json::from_str(&ran.expect(0).out).unwrap();
    let objects = report["objects"].as_array().unwrap();
    let object = objects.iter().find(|it| it["name"] == name).unwrap();
    let points = object["logic"]["points"].as_array().unwrap();
    let told = points.iter().map(|point| {
        let kind = point["kind"].as_str().unwrap();
        format!("{} {kind} {}", point["file_line"], point["test_files"])
    });
    told.collect()
}

const LOGIC: &str = "CREATE FUNCTION rated(a int) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  said text;
BEGIN
  IF a < 0 THEN
    RAISE EXCEPTION 'no %', a USING ERRCODE = '22003';
  ELSIF a = 0 THEN said := 'none';
  END IF;
  FOR i IN 1 .. a LOOP
    said := i;
  END LOOP;
  BEGIN
    PERFORM 1 / (a - 3);
  EXCEPTION WHEN division_by_zero THEN
    said := 'three';
  END;
  RETURN said;
END $$;
";

#[test]
fn statements_and_branches_are_told_by_the_lines_of_the_script() {
    let Some(project) = project() else { return };
    project
        .write("migrations/V3__logic.sql", LOGIC)
        .write("sql-tests/a.sql", &file(&["is(rated(1), '1')"]))
        .write(
            "sql-tests/b.sql",
            &file(&[
                "throws_ok('SELECT rated(-1)', '22003')",
                "is(rated(2), '2')",
            ]),
        );
    let ran = run(&project, &[]).expect(0);
    ran.tells(&[
        "Logic: 7 of 9 statements reached (77.7 %) · 4 of 7 branches taken (57.1 %)",
        "migrations/V3__logic.sql:7  function public.rated(integer)",
        "lines 7, 15 not reached; line 7: condition never met; line 9: always a turn",
        "    line 14: error never caught",
    ]);
    assert_eq!(
        points(&project, "rated"),
        [
            "5 statement 2",
            "5 then 1",
            "6 statement 1",
            "7 then 0",
            "7 statement 0",
            "5 no-then 2",
            "9 statement 2",
            "9 turn 2",
            "10 statement 2",
            "9 no-turn 0",
            "12 statement 2",
            "13 statement 2",
            "12 not-caught 2",
            "14 caught 0",
            "15 statement 0",
            "17 statement 2",
        ]
    );
}

#[test]
fn what_was_rolled_back_and_what_failed_was_reached_all_the_same() {
    let Some(project) = project() else { return };
    project.write("migrations/V3__logic.sql", LOGIC).write(
        "sql-tests/a.sql",
        "BEGIN;
SELECT plan(1);
SAVEPOINT s;
SELECT rated(0);
ROLLBACK TO s;
DO $$ BEGIN PERFORM rated(3); RAISE EXCEPTION 'x'; EXCEPTION WHEN OTHERS THEN NULL; END $$;
SELECT throws_ok('SELECT rated(-1)');
ROLLBACK;
",
    );
    run(&project, &[])
        .expect(0)
        .tells(&["9 of 9 statements reached (100 %) · 7 of 7 branches taken (100 %)"]);
}

#[test]
fn branches_can_be_asked_for() {
    let Some(project) = project() else { return };
    project
        .write("migrations/V3__logic.sql", LOGIC)
        .write("sql-tests/a.sql", &file(&["is(rated(1), '1')"]));
    run(&project, &["--fail-under-branches", "30"]).expect(0);
    run(&project, &["--fail-under-branches", "70"])
        .expect(3)
        .tells(&[
            "branches: 42.8 % of all branches (3 of 7), and 70 % are asked for: 2 more",
            "function public.rated(integer) (migrations/V3__logic.sql:5)",
        ]);
    // What was typed is in the place of what the settings ask of all, and not of what they ask of some.
    project.write(
        "pgassay.toml",
        "[[coverage.fail_under]]\nbranches = 90\n[[coverage.fail_under]]\nschema = \"public\"\nstatements = 95\n",
    );
    let ran = project
        .run(&["coverage", "--fail-under-branches", "30"])
        .expect(3);
    assert!(!ran.err.contains("branches:"), "{}", ran.err);
    ran.tells(&["statements: 66.6 % of the statements of objects of schema public"]);
    for wrong in ["-1", "101", "many"] {
        let typed = ["coverage", "--fail-under-branches", wrong];
        let ran = project.run(&typed).expect(2);
        assert!(
            ran.err.contains("a percentage from 0 to 100"),
            "{}",
            ran.err
        );
    }
}

#[test]
fn statements_of_functions_in_sql_are_told_inlined_or_not() {
    let Some(project) = project() else { return };
    project
        .write(
            "migrations/V3__logic.sql",
            "CREATE FUNCTION inlined(a int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT a + 1';
CREATE FUNCTION strictly(a int) RETURNS int LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT a * 2 $$;
CREATE FUNCTION several(a int) RETURNS int LANGUAGE sql AS $$
  UPDATE t SET note = 'x' WHERE id = a;
  SELECT a / count(*) FROM t;
  SELECT a;
$$;
CREATE FUNCTION never(a int) RETURNS int LANGUAGE sql AS 'SELECT a';
",
        )
        .write(
            "sql-tests/a.sql",
            &file(&[
                "is(inlined(x) + strictly(x), 8) FROM (SELECT count(*)::int + 1 FROM t) AS s (x) WHERE false",
                "is((SELECT max(inlined(x) + strictly(x)) FROM generate_series(1, 3) x), 10)",
                "throws_ok('SELECT several(0)', '22012')",
            ]).replace("plan(3)", "plan(2)"),
        );
    run(&project, &[]).expect(0);
    assert_eq!(points(&project, "inlined"), ["1 statement 1"]);
    assert_eq!(points(&project, "strictly"), ["3 statement 1"]);
    assert_eq!(
        points(&project, "several"),
        ["5 statement 1", "6 statement 1", "7 statement 0"]
    );
    assert_eq!(points(&project, "never"), ["9 statement 0"]);
}

#[test]
fn statements_that_name_their_columns_are_told_of_like_others() {
    let Some(project) = project() else { return };
    project
        .write(
            "migrations/V3__logic.sql",
            "CREATE FUNCTION several(a int) RETURNS int LANGUAGE sql AS $$
  SELECT a AS first;
  SELECT a / count(*) AS second FROM t;
  SELECT CAST(a AS int) AS third;
$$;
CREATE FUNCTION one(a int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT a + 1 AS b';
",
        )
        .write(
            "sql-tests/a.sql",
            &file(&["throws_ok('SELECT several(0)', '22012')", "is(one(1), 2)"]),
        );
    let ran = run(&project, &[]).expect(0);
    assert!(!ran.out.contains("unseen"), "{}", ran.out);
    assert_eq!(
        points(&project, "several"),
        ["2 statement 1", "3 statement 1", "4 statement 0"]
    );
    assert_eq!(points(&project, "one"), ["6 statement 1"]);
}

#[test]
fn of_several_versions_the_last_one_counts() {
    let Some(project) = project() else { return };
    project
        .write("migrations/V3__logic.sql", LOGIC)
        .write(
            "migrations/V4__again.sql",
            "-- Another one.\n\nCREATE OR REPLACE FUNCTION rated(a int) RETURNS text LANGUAGE plpgsql AS $$\nBEGIN\n  RETURN a;\nEND $$;\n",
        )
        .write(
            "migrations/V5__grant.sql",
            "REVOKE ALL ON FUNCTION rated FROM public;\nALTER FUNCTION rated STABLE;\n",
        )
        .write("sql-tests/a.sql", &file(&["is(rated(1), '1')"]));
    run(&project, &[]).expect(0);
    assert_eq!(points(&project, "rated"), ["5 statement 1"]);
    let ran = project.run(&["coverage", "--format", "json"]);
    assert!(
        ran.out
            .contains(r#""file":"migrations/V4__again.sql","statement_line":3"#),
        "{}",
        ran.out
    );
}

#[test]
fn a_function_that_a_test_replaced_was_not_reached() {
    let Some(project) = project() else { return };
    project
        .write(
            "migrations/V3__logic.sql",
            "CREATE FUNCTION priced(a int) RETURNS int LANGUAGE sql AS 'SELECT a LIMIT 1';\n",
        )
        .write(
            "sql-tests/a.sql",
            &file(&["is(priced(1), 7)"]).replace(
                "SELECT plan",
                "CREATE OR REPLACE FUNCTION priced(a int) RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN 7; END';\nSELECT plan",
            ),
        );
    run(&project, &[]).expect(0);
    assert_eq!(points(&project, "priced"), ["1 statement 0"]);
}

#[test]
fn what_stands_behind_a_statement_that_holds_no_probe_is_reached_when_it_runs() {
    let Some(project) = project() else { return };
    project
        .write(
            "migrations/V3__logic.sql",
            "CREATE FUNCTION first(a int) RETURNS int LANGUAGE sql AS $$
  TRUNCATE t;
  SELECT a x $$;
CREATE FUNCTION last() RETURNS void LANGUAGE sql AS $$
  SELECT 1;
  TRUNCATE t $$;
",
        )
        .write(
            "sql-tests/a.sql",
            &file(&["is(first(1), 1)", "lives_ok('SELECT last()')"]),
        );
    run(&project, &["--fail-under-branches", "0"])
        .expect(3)
        .tells(&[
            "3 of 3 statements reached (100 %) · 1 function not wholly measured",
            "function public.last(): nothing tells of its statements from line 3 of the body on",
        ]);
    assert_eq!(
        points(&project, "first"),
        ["2 statement 1", "3 statement 1"]
    );
    assert_eq!(points(&project, "last"), ["5 statement 1"]);
}

#[test]
fn what_has_less_than_in_the_baseline_is_named() {
    let Some(project) = project() else { return };
    project
        .write("migrations/V3__logic.sql", LOGIC)
        .write("sql-tests/a.sql", &file(&["is(rated(1), '1')"]))
        .write("sql-tests/b.sql", &file(&["is(rated(3), 'three')"]));
    run(&project, &[]).expect(0);
    let keep = ["coverage", "--baseline", "b.json", "--update-baseline"];
    project.run(&keep).expect(0);
    project.write("sql-tests/b.sql", &file(&["pass('it')"]));
    run(&project, &[]).expect(0);
    project
        .run(&["coverage", "--baseline", "b.json"])
        .expect(3)
        .tells(&[
            "branches: 42.8 % of all branches (3 of 7), and it was 57.1 % (4 of 7) in the baseline; these have less than then, or are new",
            "function public.rated(integer) (migrations/V3__logic.sql:5)",
        ]);
}

#[test]
fn that_scripts_have_changed_since_is_told_with_every_report() {
    let Some(project) = project() else { return };
    project
        .write("migrations/V3__logic.sql", LOGIC)
        .write("sql-tests/a.sql", &file(&["is(rated(1), '1')"]));
    run(&project, &[]).expect(0);
    let note = "lines are those of the scripts that were measured: migrations/V3__logic.sql has changed since this was measured";
    for format in ["text", "lcov", "cobertura", "markdown", "html"] {
        let ran = project.run(&["coverage", "--format", format]).expect(0);
        assert!(!ran.err.contains("has changed"), "{}", ran.err);
    }
    project.write("migrations/V3__logic.sql", &format!("\n{LOGIC}"));
    for format in ["text", "lcov", "cobertura", "markdown", "html"] {
        let ran = project.run(&["coverage", "--format", format]).expect(0);
        let told = format!("{}{}", ran.err, ran.out);
        assert!(told.contains(note), "{format}: {told}");
    }
}

#[test]
fn parts_of_a_measurement_come_together() {
    let Some(project) = project() else { return };
    project
        .write("migrations/V3__logic.sql", LOGIC)
        .write("sql-tests/a.sql", &file(&["is(rated(0), 'none')"]))
        .write("sql-tests/b.sql", &file(&["is(rated(3), 'three')"]));
    for part in ["a", "b"] {
        let test = format!("sql-tests/{part}.sql");
        run(&project, &[&test]).expect(0);
        let data = format!("{part}.json");
        let written = ["coverage", "--format", "data", "--output", &data];
        project.run(&written).expect(0);
    }
    project
        .run(&["coverage", "a.json", "b.json"])
        .expect(0)
        .tells(&["8 of 9 statements reached (88.8 %) · 6 of 7 branches taken (85.7 %)"]);
}

#[test]
fn a_body_that_takes_no_probes_is_told_with_the_reason_and_runs_as_it_is() {
    let Some(project) = project() else { return };
    project
        .write(
            "migrations/V3__logic.sql",
            "CREATE FUNCTION odd(a int) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
  pg_assay_0 int := a;
BEGIN
  RETURN pg_assay_0;
END $$;
",
        )
        .write("sql-tests/a.sql", &file(&["is(odd(1), 1)"]));
    run(&project, &[]).expect(0).tells(&[
        "unseen: function public.odd(integer): the server does not take probes at its statements: duplicate declaration",
    ]);
    assert!(points(&project, "odd").is_empty());
    let ran = project.run(&["coverage", "--format", "json"]).expect(0);
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(report["figures"]["unmeasured"], 1);
    // That it was called is seen all the same.
    assert_eq!(report["figures"]["exercised"], 1);
}
