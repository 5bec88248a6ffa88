//! Migration tests that are not what they were meant to be.

use crate::tool::Project;
use crate::{asserting, project};

const SHORT: &str = "INSERT INTO t VALUES (1, 'one');\n";

fn passing() -> String {
    asserting("", "pass('it runs')")
}

#[test]
fn a_name_that_is_nearly_that_of_a_part_is_told() {
    let Some(project) = project() else { return };
    project
        .write("sql-tests/migrations/V002/befor.sql", &passing())
        .write("sql-tests/migrations/V002/Before.sql", &passing())
        .write("sql-tests/migrations/V002/afterr.pg", &passing())
        .write("sql-tests/migrations/V002/later.sql", &passing())
        .write("sql-tests/users/befor.sql", &passing());
    let ran = project.run(&["test"]).expect(0).tells(&[
        "it is an ordinary test, at the newest version: a migration test consists of before.sql and after.sql; did you mean before.sql?",
        "did you mean after.pg?",
    ]);
    assert_eq!(ran.out.matches("did you mean").count(), 3, "{}", ran.out);
}

#[test]
fn a_part_with_a_header_alone_is_told_as_what_it_is() {
    let project = Project::without_server();
    for part in ["before", "after"] {
        let file = format!("sql-tests/migrations/V003/{part}.sql");
        project.write(&file, "-- pgassay: timeout 5s\n");
        let ran = project.run(&["test", &file]).expect(4);
        let told =
            format!("{file} holds no statement, only comments: it is part of a migration test");
        assert!(ran.err.contains(&told), "{}", ran.err);
    }
}

#[test]
fn a_migration_that_is_to_be_refused_has_nothing_behind_it() {
    let Some(project) = project() else { return };
    project
        .write(
            "sql-tests/migrations/V003/before.sql",
            "-- What is too long.\n-- pgassay: refused 22001\nINSERT INTO t VALUES (1, 'eleven');\n",
        )
        .write("sql-tests/migrations/V003/after.sql", &passing());
    project.run(&["test"]).expect(1).tells(&[
        "`refused` contradicts sql-tests/migrations/V003/after.sql: where the migration is refused, nothing runs behind it",
        "sql-tests/migrations/V003/before.sql:2",
    ]);
}

#[test]
fn a_migration_is_told_with_the_line_of_its_first_statement() {
    let Some(project) = project() else { return };
    project.write(
        "sql-tests/migrations/V003/before.sql",
        &format!("-- pgassay: refused\n{SHORT}"),
    );
    project
        .run(&["test"])
        .expect(1)
        .tells(&["--> migrations/V003__shorten.sql:2", "2 | ALTER TABLE t"]);
}

#[test]
fn a_header_with_another_name_than_the_tools_is_told() {
    let Some(project) = project() else { return };
    project.write(
        "sql-tests/a.sql",
        &asserting(
            "-- pgasay: at V001\n-- note: at the newest\n-- PgAssay: serial",
            "pass('it runs')",
        ),
    );
    let ran = project.run(&["test"]).expect(0).tells(&[
        "`pgasay:` says nothing to pgassay; did you mean `-- pgassay: at V001`?",
        "did you mean `-- pgassay: serial`?",
    ]);
    assert_eq!(ran.out.matches("did you mean").count(), 2, "{}", ran.out);
}
