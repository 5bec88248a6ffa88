//! `--keep-failed`: the database of a file that did not pass can be looked into.

use std::process::Command;

use crate::tool::{PASSING, Project, names, psql, wait_until};

#[test]
fn the_command_that_is_printed_opens_the_database_and_cache_clean_removes_it() {
    let Some(psql) = psql() else { return };
    let Some(project) = Project::new() else {
        return;
    };
    let failing = "-- pgassay: role app\nCREATE TABLE seen (what text);
INSERT INTO seen VALUES ('here it is');
SELECT plan(1);
SELECT fail('look into it');
";
    project
        .write(
            "roles/app.sql",
            "CREATE ROLE app LOGIN;\nGRANT CREATE ON SCHEMA public TO app;\n",
        )
        .write(
            "migrations/V1__public.sql",
            "GRANT CREATE ON SCHEMA public TO app;\n",
        )
        .write("sql-tests/a.sql", PASSING)
        .write("sql-tests/b.sql", failing)
        .write("sql-tests/c.sql", PASSING);
    let ran = project.run(&["test", "-j", "1", "--keep-failed"]).expect(1);
    assert_eq!(
        ran.verdicts(),
        [
            "failed  sql-tests/b.sql",
            "passed  sql-tests/a.sql",
            "passed  sql-tests/c.sql"
        ]
    );
    let line = ran
        .out
        .lines()
        .find_map(|line| line.trim().strip_prefix("database kept: "));
    let line = line.unwrap_or_else(|| panic!("no command in:\n{}", ran.out));
    // In the role whose rights the file had.
    assert!(line.contains(" -U app "), "{line}");
    let ask = |question: &str| {
        let rest = line.strip_prefix("psql ").unwrap();
        let looked = format!("'{}' -XAt {rest} -c '{question}'", psql.display());
        let output = Command::new("sh").args(["-c", &looked]).output().unwrap();
        (
            String::from_utf8(output.stdout).unwrap(),
            String::from_utf8(output.stderr).unwrap(),
        )
    };
    let look = || ask("SELECT what FROM seen");
    assert_eq!(look(), ("here it is\n".to_owned(), String::new()));
    // What was made for the next file is not there.
    assert_eq!(ask("SELECT count(*) FROM pg_database").0, "5\n");
    // Neither a later run nor its failures touch it.
    project.run(&["test", "sql-tests/a.sql"]).expect(0);
    assert_eq!(look().0, "here it is\n");
    assert_eq!(names(&project.runs()).len(), 1);
    let mut clean = project.command(&["cache", "clean"]);
    clean.env("PGASSAY_CACHE_DIR", project.around().join("no-cache"));
    let output = clean.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(
        told.contains("removed 1 run directory and stopped 1 server"),
        "{told}"
    );
    wait_until("the kept server is gone", || project.left().is_empty());
}

#[test]
fn without_a_failure_nothing_is_kept() {
    let Some(project) = Project::new() else {
        return;
    };
    project.write("sql-tests/a.sql", PASSING);
    project.run(&["test", "--keep-failed"]).expect(0);
    project.assert_nothing_is_left();
}

#[test]
fn several_failures_keep_a_database_each() {
    let Some(project) = Project::new() else {
        return;
    };
    let failing = "CREATE TABLE t ();\nSELECT plan(1);\nSELECT fail('no');\n";
    for name in ["a", "b", "c"] {
        project.write(&format!("sql-tests/{name}.sql"), failing);
    }
    let ran = project.run(&["test", "-j", "2", "--keep-failed"]).expect(1);
    let mut commands: Vec<&str> = ran
        .out
        .lines()
        .filter_map(|line| line.trim().strip_prefix("database kept: "))
        .collect();
    commands.sort_unstable();
    commands.dedup();
    assert_eq!(commands.len(), 3, "{}", ran.out);
    let output = project.command(&["cache", "clean"]);
    let mut clean = output;
    clean.env("PGASSAY_CACHE_DIR", project.around().join("no-cache"));
    assert!(clean.status().unwrap().success());
    wait_until("the kept servers are gone", || project.left().is_empty());
}
