//! Settings, paths and reports that cannot be meant.

use std::fs;

use crate::tool::{PASSING, Project, Running, cache, open_to_all};

fn project() -> Project {
    let project = Project::without_server();
    project.write("sql-tests/a.sql", PASSING);
    project
}

#[test]
fn a_settings_file_that_makes_no_sense_is_shown_where_it_does_not() {
    let project = project();
    let files = [
        "jobs = 2\njbos = 3\n",
        "jobs = \"two\"\n",
        "jobs = \n",
        "timeout = \"5 parsecs\"\n",
        "migrations = \"migratoins\"\n",
    ];
    let told = files.map(|text| {
        project.write("pgassay.toml", text);
        project.run(&["test"]).expect(2).shown()
    });
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn what_is_named_and_not_there_is_told() {
    let project = project();
    let cases: [&[&str]; 6] = [
        &["test", "--config", "nowhere.toml"],
        &["test", "--profile", "ci"],
        &["test", "-C", "nowhere"],
        &["test", "sql-tsts"],
        &["test", "sql-tests/b.sql"],
        &["test", "--fixtures", "nowhere"],
    ];
    let told = cases.map(|arguments| project.run(arguments).expect(2).shown());
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn without_a_test_file_nothing_is_green() {
    let project = Project::without_server();
    let without_directory = project.run(&["test"]).expect(2);
    project.write("sql-tests/_included.sql", "SELECT 1;\n");
    let without_file = project.run(&["test"]).expect(4);
    project.write("sql-tests/a.sql", PASSING);
    let unmatched = project
        .run(&["test", "--match", "^b", "--tag", "slow"])
        .expect(4);
    let unlisted = project.run(&["test", "--list", "--match", "^b"]).expect(4);
    let told = [without_directory, without_file, unmatched, unlisted];
    insta::assert_snapshot!(told.map(|ran| ran.shown()).join("\n"));
}

#[test]
fn a_junit_file_that_cannot_be_written_is_told_before_the_tests() {
    let project = project();
    project.write("file", "");
    let below_a_file = project
        .run(&["test", "--junit", "file/junit.xml"])
        .expect(2);
    let a_directory = project.run(&["test", "--junit", "sql-tests"]).expect(2);
    insta::assert_snapshot!(
        [below_a_file, a_directory]
            .map(|ran| ran.shown())
            .join("\n")
    );
}

#[test]
fn directories_for_junit_are_made() {
    let Some(project) = Project::new() else {
        return;
    };
    project.write("sql-tests/a.sql", PASSING);
    project
        .run(&["test", "--junit", "reports/today/junit.xml"])
        .expect(0);
    assert!(
        project
            .read("reports/today/junit.xml")
            .contains("sql-tests/a.sql")
    );
}

#[test]
fn a_cache_that_cannot_be_used_is_done_without_and_said_so() {
    let Some(project) = Project::new() else {
        return;
    };
    project.write("sql-tests/a.sql", PASSING).write("file", "");
    let with_cache = |directory: &std::path::Path| {
        let mut command = project.command(&["test"]);
        command.env("PGASSAY_CACHE_DIR", directory);
        Running::start(command, project.around()).finish().expect(0)
    };
    let ran = with_cache(&project.path().join("file/cache"));
    let text = ran.shown();
    let remark = text.lines().find(|line| line.contains("cache")).unwrap();
    insta::assert_snapshot!(remark.trim());
    project.assert_nothing_is_left();
    // One that is damaged is made anew.
    let own = project.around().join("cache");
    fs::create_dir(&own).unwrap();
    open_to_all(&own);
    with_cache(&own);
    for entry in walkdir::WalkDir::new(&own) {
        let entry = entry.unwrap();
        if entry.file_name() == "PG_VERSION" {
            fs::write(entry.path(), "7\n").unwrap();
        }
    }
    with_cache(&own);
    assert_ne!(own, cache());
}
