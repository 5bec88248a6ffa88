//! Who reads what the tool prints, and stops reading.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::process::Stdio;

use crate::tool::{PASSING, Project};

/// Some files of which one fails.
fn project() -> Option<Project> {
    let project = Project::new()?;
    for number in 1..=5 {
        project.write(&format!("sql-tests/{number}.sql"), PASSING);
    }
    project.write("sql-tests/0.sql", "SELECT plan(1);\nSELECT fail('no');\n");
    Some(project)
}

#[test]
fn a_reader_that_goes_away_changes_nothing() {
    let Some(project) = project() else { return };
    for format in ["console", "json", "tap"] {
        let mut command =
            project.command(&["test", "-v", "--format", format, "--junit", "junit.xml"]);
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // As `head -1` does.
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        assert!(!line.is_empty());
        let output = child.wait_with_output().unwrap();
        let errors = String::from_utf8(output.stderr).unwrap();
        assert_eq!(
            (output.status.code(), errors.as_str()),
            (Some(1), ""),
            "{format}"
        );
        let report = project.read("junit.xml");
        assert_eq!(report.matches("<testsuite ").count(), 6, "{report}");
        std::fs::remove_file(project.path().join("junit.xml")).unwrap();
    }
    project.assert_nothing_is_left();
}

#[test]
fn what_cannot_be_written_is_an_error_and_the_other_report_is_whole() {
    let Some(project) = project() else { return };
    let Ok(full) = File::options().write(true).open("/dev/full") else {
        crate::tool::skip::<()>("there is no /dev/full");
        return;
    };
    let mut command = project.command(&["test", "--junit", "junit.xml"]);
    let output = command.stdout(full).output().unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(
        errors.starts_with("error: cannot write to standard output: No space left"),
        "{errors}"
    );
    assert_eq!(project.read("junit.xml").matches("<testsuite ").count(), 6);
    project.assert_nothing_is_left();
}
