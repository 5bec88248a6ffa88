//! `--find-dependency`: on which earlier files a file lives. The samples are of the kinds seen in public suites.

use crate::tool::{PASSING, Project};

/// A file that is rolled back, and yet advances a sequence.
const ADVANCING: &str = "BEGIN;
SELECT plan(1);
SELECT is(nextval('ids'), 1::bigint);
SELECT finish();
ROLLBACK;
";
/// Believes that the first number was taken.
const SECOND: &str = "BEGIN;
SELECT plan(1);
SELECT is(nextval('ids'), 2::bigint, 'the second id');
SELECT finish();
ROLLBACK;
";

fn project_of_ten() -> Option<Project> {
    let project = Project::new()?;
    project.write("migrations/V1__ids.sql", "CREATE SEQUENCE ids;\n");
    for number in 0..10 {
        project.write(&format!("sql-tests/{number}.sql"), PASSING);
    }
    Some(project)
}

fn finding(project: &Project, file: &str, code: i32) -> String {
    let arguments = ["test", "-q", "--find-dependency", file];
    let ran = project.run(&arguments).expect(code);
    project.assert_nothing_is_left();
    ran.out
}

#[test]
fn the_rolled_back_file_that_advanced_a_sequence_is_found() {
    let Some(project) = project_of_ten() else {
        return;
    };
    project
        .write("sql-tests/3.sql", ADVANCING)
        .write("sql-tests/8.sql", SECOND);
    let found = finding(&project, "sql-tests/8.sql", 1);
    assert!(
        found.starts_with(
            "sql-tests/8.sql lives on sql-tests/3.sql: it passes after it, and fails on its own.\n"
        ),
        "{found}"
    );
    // The steps are told where they are not unwanted.
    let ran = project
        .run(&["test", "--find-dependency", "sql-tests/8.sql"])
        .expect(1);
    let document = include_str!("../../docs/from-pg_prove.md");
    let sample = format!("```text\n{}```", ran.out);
    assert!(document.contains(&sample), "{sample}");
}

#[test]
fn a_file_that_fails_for_another_reason_after_others_is_told_with_both() {
    let Some(project) = Project::new() else {
        return;
    };
    project
        .write(
            "sql-tests/1.sql",
            &format!("CREATE TABLE left_over ();\n{PASSING}"),
        )
        .write(
            "sql-tests/2.sql",
            "SELECT plan(2);\nSELECT hasnt_table('left_over');\nSELECT fail('never right');\n",
        );
    let found = finding(&project, "sql-tests/2.sql", 1);
    let both =
        "for different reasons:\n  on its own (not ok 2 never right)\n  after them (not ok 1 ";
    assert!(found.contains(both), "{found}");
}

#[test]
fn two_files_that_are_needed_together_are_found() {
    let Some(project) = project_of_ten() else {
        return;
    };
    let leaving = |statement: &str| format!("{statement}\n{PASSING}");
    project
        .write(
            "sql-tests/2.sql",
            &leaving("CREATE FUNCTION one() RETURNS integer LANGUAGE sql AS 'SELECT 1';"),
        )
        .write(
            "sql-tests/6.sql",
            &leaving("CREATE TABLE two AS SELECT 2 AS two;"),
        )
        .write(
            "sql-tests/9.sql",
            "SELECT plan(1);\nSELECT is(one() + two, 3) FROM two;\n",
        );
    let found = finding(&project, "sql-tests/9.sql", 1);
    assert!(
        found.starts_with(
            "sql-tests/9.sql lives on sql-tests/2.sql and sql-tests/6.sql: it passes after them, and fails on its own."
        ),
        "{found}"
    );
}

#[test]
fn the_file_after_which_another_fails_is_found() {
    let Some(project) = project_of_ten() else {
        return;
    };
    project
        .write("sql-tests/4.sql", ADVANCING)
        .write("sql-tests/7.sql", ADVANCING);
    let found = finding(&project, "sql-tests/7.sql", 1);
    assert!(
        found.starts_with("sql-tests/7.sql fails after sql-tests/4.sql, and passes on its own.\n"),
        "{found}"
    );
}

#[test]
fn a_file_that_lives_on_none_is_told_so() {
    let Some(project) = project_of_ten() else {
        return;
    };
    project.write(
        "sql-tests/5.sql",
        "SELECT plan(1);\nSELECT fail('always');\n",
    );
    assert_eq!(
        finding(&project, "sql-tests/4.sql", 0),
        "sql-tests/4.sql passes on its own and after the 4 files before it: it lives on none of them.\n"
    );
    assert_eq!(
        finding(&project, "sql-tests/5.sql", 1),
        "sql-tests/5.sql fails on its own and after the 5 files before it: that is not a matter of order.\n"
    );
    assert_eq!(
        finding(&project, "sql-tests/0.sql", 0),
        "sql-tests/0.sql passes on its own, and no file runs before it.\n"
    );
}

#[test]
fn a_verdict_that_comes_and_goes_is_not_blamed_on_a_file() {
    let Some(project) = project_of_ten() else {
        return;
    };
    // Fails in every second run of it, whatever ran before: the count lies outside of the database.
    let count = project.around().join("marks/count");
    let flaky = format!(
        "SELECT plan(1);\n\
         CREATE TEMP TABLE counted (n text);\n\
         COPY counted FROM PROGRAM 'echo x >> {0}; wc -l < {0}';\n\
         SELECT is(trim(n)::integer % 2, 0) FROM counted;\n",
        count.display()
    );
    project.write("sql-tests/0.sql", &flaky);
    for number in 1..10 {
        std::fs::remove_file(project.path().join(format!("sql-tests/{number}.sql"))).unwrap();
    }
    project.write("sql-tests/00.sql", PASSING);
    let ran = project.run(&[
        "test",
        "-q",
        "sql-tests/00.sql",
        "sql-tests/0.sql",
        "--find-dependency",
        "sql-tests/0.sql",
    ]);
    let ran = ran.expect(1);
    assert!(
        ran.out
            .contains("comes to different verdicts after the same files"),
        "{}",
        ran.out
    );
}

#[test]
fn a_file_that_is_not_among_the_tests_is_named() {
    let project = Project::without_server();
    project
        .write("sql-tests/a.sql", PASSING)
        .write("other/b.sql", PASSING);
    let ran = project
        .run(&["test", "--find-dependency", "other/b.sql"])
        .expect(4);
    assert!(
        ran.err
            .contains("other/b.sql is none of the 1 test files that were chosen"),
        "{}",
        ran.err
    );
}
