//! `sql-tests/migrations/V006/before.sql` and `after.sql`.

use crate::tool::{Host, PASSING, Project, reports};
use crate::{asserting, project};

const SHORT: &str = "INSERT INTO t VALUES (1, 'one');\n";
const LONG: &str = "INSERT INTO t VALUES (1, 'one'), (2, 'eleven');\n";

fn with(before: &str, after: &str) -> Option<Project> {
    let project = project()?;
    project
        .write("sql-tests/migrations/V003/before.sql", before)
        .write("sql-tests/migrations/V003/after.sql", after);
    Some(project)
}

fn finds_one() -> String {
    asserting("", "is((SELECT word FROM t WHERE id = 1), 'one')")
}

#[test]
fn a_migration_that_suits_the_rows_is_an_assertion_that_passes() {
    let Some(project) = with(SHORT, &finds_one()) else {
        return;
    };
    project.run(&["test", "--verbose"]).expect(0).tells(&[
        "passed  sql-tests/migrations/V003/before.sql  (1 assertion",
        "ok  1  migrations/V003__shorten.sql applies to these rows",
        "passed  sql-tests/migrations/V003/after.sql  (1 assertion",
        "2 files: 2 passed · 2 assertions",
    ]);
    project.assert_nothing_is_left();
}

#[test]
fn a_migration_that_fails_on_the_rows_is_a_failed_case_with_its_line() {
    let Some(project) = with(LONG, &finds_one()) else {
        return;
    };
    let ran = project.run(&["test", "--junit", "report.xml"]).expect(1);
    ran.tells(&[
        "not ok 1 - migrations/V003__shorten.sql applies to these rows",
        "--> migrations/V003__shorten.sql:2",
        "ERROR 22001: value too long for type character varying(5)",
        "migration: it did not run: migrations/V003__shorten.sql, behind which it belongs, was not applied",
        "2 files: 1 failed, 1 broken",
    ]);
    let junit = project.read("report.xml");
    let document = roxmltree::Document::parse(&junit).unwrap();
    let failure = document
        .descendants()
        .find(|it| it.has_tag_name("failure"))
        .unwrap();
    let text = format!("{:?} {:?}", failure.attribute("message"), failure.text());
    assert!(text.contains("value too long"), "{text}");
    let json = reports(&project, &[], 1);
    let report = &json["sql-tests/migrations/V003/before.sql"]["report"];
    assert_eq!(report["plan"]["count"], 1);
    assert_eq!(report["assertions"][0]["ok"], false);
}

#[test]
fn what_before_asserts_counts_and_its_plan_is_its_own() {
    let asserting = "SELECT plan(2);\nSELECT pass('first');\nINSERT INTO t VALUES (1, 'one');\n\
         SELECT pass('second');\nSELECT * FROM finish();\n";
    let Some(project) = with(asserting, &finds_one()) else {
        return;
    };
    project.run(&["test", "--verbose"]).expect(0).tells(&[
        "ok  3  migrations/V003__shorten.sql applies to these rows",
        "4 assertions",
    ]);
    project
        .run(&["test", "--format", "tap"])
        .expect(0)
        .tells(&["    1..3"]);
    // A plan that is not met is as bad as anywhere.
    project.write(
        "sql-tests/migrations/V003/before.sql",
        &asserting.replace("plan(2)", "plan(3)"),
    );
    project
        .run(&["test"])
        .expect(1)
        .tells(&["planned 3 assertions but ran 2"]);
}

#[test]
fn a_script_that_fails_leaves_nothing_to_apply_a_migration_to() {
    let Some(project) = with("INSERT INTO t VALUES (1, 1 / 0);\n", &finds_one()) else {
        return;
    };
    project.run(&["test"]).expect(1).tells(&[
        "2 files: 2 broken",
        "division by zero",
        "it did not run: sql-tests/migrations/V003/before.sql, which runs before it, is broken",
    ]);
}

#[test]
fn rows_that_are_not_committed_are_no_rows() {
    let Some(project) = with(
        "BEGIN;\nINSERT INTO t VALUES (2, 'eleven');\n",
        &finds_one(),
    ) else {
        return;
    };
    let ran = project.run(&["test"]).expect(1).tells(&[
        "it ends inside a transaction, so the rows that it makes are gone",
        "2 broken",
    ]);
    assert!(!ran.out.contains("it commits nothing"), "{}", ran.out);
    project.write(
        "sql-tests/migrations/V003/before.sql",
        "BEGIN;\nINSERT INTO t VALUES (2, 'eleven');\nROLLBACK;\n",
    );
    project
        .run(&["test"])
        .expect(1)
        .tells(&["it commits nothing, so the migration meets none of its rows"]);
    let host = Host::start(&project);
    // What it does to the whole server is not undone there.
    project.write("migrations/V002__let_clerks_read.sql", "SELECT 1;\n");
    project
        .run(&["test", "--url", &host.by_socket("postgres")])
        .expect(1)
        .tells(&["it commits nothing, so the migration meets none of its rows"]);
}

#[test]
fn either_script_may_be_missing() {
    let Some(project) = project() else { return };
    project.write("sql-tests/migrations/V003/before.sql", LONG);
    project
        .run(&["test"])
        .expect(1)
        .tells(&["1 file: 1 failed"]);
    let Some(project) = crate::project() else {
        return;
    };
    project.write(
        "sql-tests/migrations/V003/after.sql",
        &asserting("", "col_type_is('t', 'word', 'character varying(5)')"),
    );
    project.run(&["test", "--verbose"]).expect(0).tells(&[
        "1 file: 1 passed · 2 assertions",
        "ok  2  migrations/V003__shorten.sql applies to these rows",
    ]);
}

#[test]
fn who_asks_for_one_script_gets_both() {
    let Some(project) = with(LONG, &finds_one()) else {
        return;
    };
    project.write("sql-tests/other.sql", PASSING);
    for arguments in [
        &["test", "sql-tests/migrations/V003/after.sql"][..],
        &["test", "sql-tests/migrations/V003/before.sql"],
        &["test", "--match", "after"],
        &["test", "sql-tests/migrations", "--shuffle=4", "--reverse"],
    ] {
        project
            .run(arguments)
            .expect(1)
            .tells(&["2 files: 1 failed, 1 broken"]);
    }
    let listed = project.run(&["test", "--list"]).expect(0).out;
    let before = listed.find("before.sql").unwrap();
    assert!(before < listed.find("after.sql").unwrap(), "{listed}");
}

#[test]
fn a_migration_that_is_to_be_refused_is_a_failure_where_it_is_applied() {
    let Some(project) = project() else { return };
    let before = |header: &str, rows: &str| {
        project.write(
            "sql-tests/migrations/V003/before.sql",
            &format!("{header}\n{rows}"),
        );
        project.run(&["test", "--verbose"])
    };
    before("-- pgassay: refused 22001", LONG)
        .expect(0)
        .tells(&["ok  1  migrations/V003__shorten.sql is refused on these rows, with 22001"]);
    before("-- pgassay: refused", LONG).expect(0);
    before("-- pgassay: refused 22001", SHORT)
        .expect(1)
        .tells(&["it was applied"]);
    before("-- pgassay: refused 23502", LONG)
        .expect(1)
        .tells(&["ERROR 22001: value too long"]);
    before("-- pgassay: refused 2200", LONG)
        .expect(1)
        .tells(&["`2200` is no SQLSTATE"]);
}

#[test]
fn many_migrations_are_tried_side_by_side_though_they_make_roles() {
    let Some(project) = project() else { return };
    for number in 4..12 {
        project.write(
            &format!("migrations/V{number:03}__more.sql"),
            &format!("CREATE ROLE role_{number};\nALTER TABLE t ADD COLUMN c{number} int DEFAULT {number};\n"),
        );
    }
    for number in 2..12 {
        let rows = if number == 2 {
            "INSERT INTO t VALUES (1, 'one');\n".to_owned()
        } else {
            format!(
                "INSERT INTO t (id, word) VALUES ({number}, 'one');\nDO $$ BEGIN ASSERT (SELECT count(*) = 1 FROM t); END $$;\n"
            )
        };
        project
            .write(
                &format!("sql-tests/migrations/V{number:03}/before.sql"),
                &rows,
            )
            .write(
                &format!("sql-tests/migrations/V{number:03}/after.sql"),
                &asserting("", "is((SELECT count(*) FROM t), 1::bigint)"),
            );
    }
    project
        .run(&["test", "-j", "2"])
        .expect(0)
        .tells(&["20 files: 20 passed"]);
    project
        .run(&["test", "-j", "1", "--isolation", "copy"])
        .expect(0);
}

#[test]
fn a_migration_that_takes_too_long_is_given_up() {
    let Some(project) = project() else { return };
    project
        .write(
            "migrations/V003__shorten.sql",
            "SELECT pg_sleep(30) FROM t;\n",
        )
        .write(
            "sql-tests/migrations/V003/before.sql",
            "-- pgassay: timeout 1s\nINSERT INTO t VALUES (1);\n",
        );
    project
        .run(&["test"])
        .expect(1)
        .tells(&["1 file: 1 broken", "timeout"]);
    project.assert_nothing_is_left();
}

#[test]
fn the_database_of_a_migration_that_failed_is_kept_with_its_rows() {
    let Some(project) = with(LONG, &finds_one()) else {
        return;
    };
    let ran = project.run(&["test", "--keep-failed"]).expect(1);
    assert!(ran.out.contains("database kept: psql"), "{}", ran.out);
    project.run(&["cache", "clean"]).expect(0);
}

#[test]
fn a_part_that_failed_before_brings_the_other_one_along() {
    let failing = asserting("", "is((SELECT count(*) FROM t), 0::bigint)");
    let Some(project) = with(SHORT, &failing) else {
        return;
    };
    project.run(&["test", "--state", "save"]).expect(1);
    project
        .run(&["test", "--state", "failed"])
        .expect(1)
        .tells(&["2 files: 1 passed, 1 failed"]);
}

#[test]
fn only_what_makes_rows_may_say_nothing() {
    let Some(project) = with(SHORT, "SELECT count(*) FROM t;\n") else {
        return;
    };
    project.run(&["test"]).expect(1).tells(&[
        "2 files: 1 passed, 1 broken",
        "it printed not one assertion",
    ]);
    project.write(
        "sql-tests/migrations/V003/before.sql",
        "SELECT '1..0 # SKIP nothing to ask';\nINSERT INTO t VALUES (1, 'one');\n",
    );
    project.write("sql-tests/migrations/V003/after.sql", &finds_one());
    project.run(&["test"]).expect(0);
}

#[test]
fn the_parts_may_have_different_endings() {
    let Some(project) = project() else { return };
    project
        .write("sql-tests/migrations/V003/before.sql", SHORT)
        .write("sql-tests/migrations/V003/after.pg", &finds_one());
    for arguments in [
        &["test"][..],
        &["test", "sql-tests/migrations/V003/after.pg"],
    ] {
        project
            .run(arguments)
            .expect(0)
            .tells(&["2 files: 2 passed · 2 assertions"]);
    }
}
