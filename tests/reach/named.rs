//! What is named on the command line, and what is said of it where it was meant otherwise.

use crate::tool::{PASSING, Project};

const BLANK: &str = "-- to be written\n\n/* some /* day */ */\n";

#[test]
fn a_named_directory_without_a_test_is_never_green() {
    let project = Project::without_server();
    project
        .write("sql-tests/a.sql", PASSING)
        .write("empty/readme.txt", "none here\n")
        .write("blank/a.sql", BLANK);
    for (arguments, named) in [
        (&["empty"][..], "empty holds no test"),
        (&["sql-tests", "empty"], "empty holds no test"),
        (&["blank/a.sql"], "blank/a.sql holds no test"),
        (
            &["sql-tests/a.sql", "blank/a.sql"],
            "blank/a.sql holds no test",
        ),
        (&["empty", "blank"], "each of empty, blank holds no test"),
        (&["--list", "sql-tests", "empty"], "empty holds no test"),
        // Whatever is filtered: this one has nothing to filter.
        (
            &["--match", "a", "sql-tests", "empty"],
            "empty holds no test",
        ),
    ] {
        let arguments: Vec<&str> = ["test"].iter().chain(arguments).copied().collect();
        let ran = project.run(&arguments).expect(4);
        assert!(ran.err.contains(named), "{arguments:?}: {}", ran.err);
    }
    project.write("pgassay.toml", "tests = [\"sql-tests\", \"empty\"]\n");
    let ran = project.run(&["test"]).expect(4);
    assert!(ran.err.contains("empty holds no test"), "{}", ran.err);
}

#[test]
fn files_run_in_the_order_in_which_they_are_named() {
    let project = Project::without_server();
    for name in ["t/2.sql", "t/10.sql", "u/1.sql"] {
        project.write(name, PASSING);
    }
    let listed = |arguments: &[&str]| {
        let arguments: Vec<&str> = ["test", "--dry"].iter().chain(arguments).copied().collect();
        project.run(&arguments).expect(0).out
    };
    assert_eq!(listed(&["u", "t"]), "u/1.sql\nt/2.sql\nt/10.sql\n");
    assert_eq!(listed(&["t/10.sql", "t"]), "t/10.sql\nt/2.sql\n");
    assert_eq!(listed(&["--reverse", "t"]), "t/10.sql\nt/2.sql\n");
}

#[test]
fn endings_are_said_on_the_command_line_too() {
    let project = Project::without_server();
    project
        .write("t/a.sql", PASSING)
        .write("t/b.pgt", PASSING)
        .write("t/c.PGT", PASSING);
    let listed = |arguments: &[&str]| {
        let arguments: Vec<&str> = ["test", "-D", "t"]
            .iter()
            .chain(arguments)
            .copied()
            .collect();
        project.run(&arguments).expect(0).out
    };
    assert_eq!(listed(&["--ext", ".pgt"]), "t/b.pgt\n");
    assert_eq!(
        listed(&["--ext", "sql", "--ext", "PGT"]),
        "t/a.sql\nt/c.PGT\n"
    );
}

#[test]
fn files_whose_ending_differs_in_case_are_not_left_out_in_silence() {
    let Some(project) = Project::new() else {
        return;
    };
    project
        .write("sql-tests/a.sql", PASSING)
        .write("sql-tests/B.SQL", PASSING);
    let ran = project.run(&["test"]).expect(0);
    ran.tells(&["note  sql-tests/B.SQL was left out: test files end in .sql, .pg, in this case"]);
}

#[test]
fn a_value_that_became_a_path_is_told_from_a_missing_file() {
    let project = Project::without_server();
    project.write("sql-tests/a.sql", PASSING);
    let ran = project.run(&["test", "--shuffle", "5"]).expect(2);
    assert!(
        ran.err.contains("did you mean `--shuffle=5`?"),
        "{}",
        ran.err
    );
    let ran = project.run(&["test", "--fail-fast", "3"]).expect(2);
    assert!(
        ran.err.contains("did you mean `--fail-fast=3`?"),
        "{}",
        ran.err
    );
    let ran = project.run(&["test", "5"]).expect(2);
    assert!(!ran.err.contains("did you mean"), "{}", ran.err);
}

#[test]
fn a_variable_of_the_environment_that_means_nothing_is_noted() {
    let Some(project) = Project::new() else {
        return;
    };
    project.write("sql-tests/a.sql", PASSING);
    let mut command = project.command(&["test"]);
    command
        .env("PGASSAY_JOB", "2")
        .env("PGASSAY_QUITE_OTHER", "1");
    let output = command.output().unwrap();
    let out = String::from_utf8(output.stdout).unwrap();
    assert!(
        out.contains(
            "note  the variable PGASSAY_JOB means nothing to pgassay; did you mean PGASSAY_JOBS?"
        ),
        "{out}"
    );
    assert!(
        out.contains("note  the variable PGASSAY_QUITE_OTHER means nothing to pgassay\n"),
        "{out}"
    );
}
