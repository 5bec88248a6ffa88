//! `--state`: files chosen and ordered by what earlier runs came to.

use std::fs;

use crate::tool::{PASSING, Project};

const FAILING: &str = "SELECT plan(1);\nSELECT fail('no');\n";

/// A project with a cache of its own beside the one of all tests, and four files of which two do not pass.
fn sample() -> Option<Project> {
    let project = Project::new()?;
    project
        .write("sql-tests/a.sql", PASSING)
        .write("sql-tests/b.sql", FAILING)
        .write("sql-tests/c.sql", PASSING)
        .write("sql-tests/d.sql", "SELECT plan(1);\nSELECT 1/0;\n");
    Some(project)
}

fn listed(project: &Project, list: &str) -> Vec<String> {
    let ran = project.run(&["test", "--list", "--state", list]).expect(0);
    ran.out.lines().map(str::to_owned).collect()
}

#[test]
fn what_failed_is_run_again_until_nothing_does() {
    let Some(project) = sample() else { return };
    project.run(&["test", "--state", "save"]).expect(1);
    assert_eq!(
        listed(&project, "failed"),
        ["sql-tests/b.sql", "sql-tests/d.sql"]
    );
    assert_eq!(
        listed(&project, "failed,all"),
        [
            "sql-tests/b.sql",
            "sql-tests/d.sql",
            "sql-tests/a.sql",
            "sql-tests/c.sql"
        ]
    );
    assert_eq!(
        listed(&project, "passed"),
        ["sql-tests/a.sql", "sql-tests/c.sql"]
    );
    project.write("sql-tests/b.sql", PASSING);
    let ran = project.run(&["test", "--state", "failed,save"]).expect(1);
    assert_eq!(
        ran.verdicts(),
        ["broken  sql-tests/d.sql", "passed  sql-tests/b.sql"]
    );
    assert_eq!(listed(&project, "failed"), ["sql-tests/d.sql"]);
    project.write("sql-tests/d.sql", PASSING);
    project.run(&["test", "--state", "failed,save"]).expect(0);
    // Nothing is left, which is not green.
    let ran = project.run(&["test", "--state", "failed,save"]).expect(4);
    assert!(
        ran.err
            .contains("no test file is chosen by --state failed, of 4"),
        "{}",
        ran.err
    );
}

#[test]
fn a_shuffled_order_is_had_again_by_last() {
    let Some(project) = sample() else { return };
    let shuffled = project
        .run(&["test", "--list", "--shuffle=3"])
        .expect(0)
        .out;
    project
        .run(&["test", "-j", "2", "--shuffle=3", "--state", "save"])
        .expect(1);
    assert_eq!(
        project
            .run(&["test", "--list", "--state", "last"])
            .expect(0)
            .out,
        shuffled
    );
    // A run that is not saved changes nothing.
    project.run(&["test", "sql-tests/a.sql"]).expect(0);
    assert_eq!(
        project
            .run(&["test", "--list", "--state", "last"])
            .expect(0)
            .out,
        shuffled
    );
}

#[test]
fn the_settings_file_can_say_it_and_one_project_knows_nothing_of_another() {
    let Some(project) = sample() else { return };
    project.write("pgassay.toml", "state = [\"failed,all\", \"save\"]\n");
    let ran = project.run(&["test"]).expect(1);
    ran.tells(&["no run of this project was saved yet"]);
    let listed = project.run(&["test", "--list"]).expect(0).out;
    assert!(
        listed.starts_with("sql-tests/b.sql\nsql-tests/d.sql\n"),
        "{listed}"
    );
    let Some(other) = sample() else { return };
    let ran = other
        .run(&["test", "--list", "--state", "failed"])
        .expect(4);
    assert!(ran.err.contains("`--state save` saves one"), "{}", ran.err);
}

#[test]
fn a_damaged_state_is_told_of_and_made_anew() {
    let Some(project) = sample() else { return };
    let cache = project.around().join("own-cache");
    let run = |arguments: &[&str]| {
        let mut command = project.command(arguments);
        command.env("PGASSAY_CACHE_DIR", &cache);
        let output = command.output().unwrap();
        (
            output.status.code(),
            String::from_utf8(output.stdout).unwrap(),
        )
    };
    assert_eq!(run(&["test", "--state", "save"]).0, Some(1));
    let entries: Vec<_> = fs::read_dir(cache.join("state"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    let [file] = entries.as_slice() else {
        panic!("{entries:?}")
    };
    fs::write(file, "{\"format\":1,").unwrap();
    let (code, out) = run(&["test", "--state", "failed,all,save"]);
    assert_eq!(code, Some(1));
    assert!(
        out.contains("what earlier runs came to cannot be read and counts as unknown"),
        "{out}"
    );
    let (code, out) = run(&["test", "--list", "--state", "failed"]);
    assert_eq!(
        (code, out.as_str()),
        (Some(0), "sql-tests/b.sql\nsql-tests/d.sql\n")
    );
    let (code, out) = run(&["cache", "clean"]);
    assert_eq!(code, Some(0));
    assert!(out.contains("removed 1 saved state\n"), "{out}");
    assert!(!cache.exists());
}

#[test]
fn a_state_that_cannot_be_saved_is_an_error() {
    let Some(project) = sample() else { return };
    project.write("no-directory", "");
    let mut command = project.command(&["test", "--state", "save", "sql-tests/a.sql"]);
    command.env("PGASSAY_CACHE_DIR", project.path().join("no-directory"));
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let err = String::from_utf8(output.stderr).unwrap();
    assert!(err.contains("cannot save what this run came to"), "{err}");
}
