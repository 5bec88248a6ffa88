//! Reports that are kept, written and put together.

use std::fs;

use nix::sys::signal::Signal;
use serde_json::Value;

use crate::tool::{Project, Ran, Running};
use crate::{asserted, file, object, project, report, run};

#[test]
fn reports_of_several_runs_are_put_together() {
    let Some(project) = project() else { return };
    project
        .write("sql-tests/a.sql", &file(&["has_column('t', 'id')"]))
        .write("sql-tests/b.sql", &file(&["has_table('t')"]));
    for (test, written) in [("a.sql", "a.json"), ("b.sql", "out/b.json")] {
        run(&project, &[&format!("sql-tests/{test}")]).expect(0);
        project
            .run(&["coverage", "--format", "data", "--output", written])
            .expect(0);
    }
    let only = report(&project, &[]);
    assert!(asserted(object(&only, "column", Some("t"), "id")).is_empty());
    let both = report(&project, &["a.json", "out/b.json"]);
    assert_eq!(both["files"], 2);
    assert_eq!(
        asserted(object(&both, "column", Some("t"), "id")),
        ["existence: sql-tests/a.sql:3"]
    );
    assert_eq!(
        asserted(object(&both, "table", None, "t")),
        ["existence: sql-tests/b.sql:3"]
    );
}

#[test]
fn a_run_without_coverage_leaves_the_last_report_alone() {
    let Some(project) = project() else { return };
    project.write("sql-tests/a.sql", &file(&["has_column('t', 'id')"]));
    run(&project, &[]).expect(0);
    let before = report(&project, &[]);
    project.run(&["test"]).expect(0);
    assert_eq!(report(&project, &[]), before);
    // The settings file and the environment can ask for it too.
    project
        .write("pgassay.toml", "[coverage]\nmeasure = true\n")
        .write("sql-tests/a.sql", &file(&["has_column('t', 'name')"]));
    project.run(&["test"]).expect(0);
    let after = report(&project, &[]);
    assert!(!asserted(object(&after, "column", Some("t"), "name")).is_empty());
}

#[test]
fn cleaning_the_cache_takes_the_report_along() {
    let Some(project) = project() else { return };
    project.write("sql-tests/a.sql", &file(&["has_column('t', 'id')"]));
    let cache = project.path().join("cache");
    let run = |arguments: &[&str]| {
        let mut command = project.command(arguments);
        let output = command.env("PGASSAY_CACHE_DIR", &cache).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        (output.status.code(), text)
    };
    assert_eq!(run(&["test", "--coverage"]).0, Some(0));
    assert_eq!(run(&["coverage"]).0, Some(0));
    let (code, out) = run(&["cache", "clean"]);
    assert_eq!(code, Some(0));
    assert!(out.contains("removed 1 coverage report\n"), "{out}");
    assert!(!cache.exists());
    assert_eq!(run(&["coverage"]).0, Some(2));
}

/// Keeps the report of a run of these test files in a file.
fn written(project: &Project, tests: &[&str], name: &str) {
    run(project, tests).expect(0);
    project
        .run(&["coverage", "--format", "data", "--output", name])
        .expect(0);
}

#[test]
fn only_parts_of_one_measurement_are_put_together() {
    let Some(project) = project() else { return };
    project.write("sql-tests/a.sql", &file(&["pass('it')"]));
    written(&project, &[], "a.json");
    fs::copy(
        project.path().join("a.json"),
        project.path().join("copy.json"),
    )
    .unwrap();
    written(&project, &[], "b.json");
    project.run(&[
        "coverage",
        "a.json",
        "b.json",
        "--format",
        "data",
        "--output",
        "both.json",
    ]);
    project.write("migrations/V3__more.sql", "CREATE TABLE more ();\n");
    written(&project, &[], "c.json");
    let path = |name: &str| project.path().join(name).display().to_string();
    for (first, second, what) in [
        ("a.json", "a.json", "both hold the same run"),
        ("a.json", "copy.json", "both hold the same run"),
        ("both.json", "b.json", "both hold the same run"),
        (
            "b.json",
            "c.json",
            "migrations/V3__more.sql was not the same when they were measured",
        ),
    ] {
        let ran = project.run(&["coverage", first, second]).expect(2);
        let told = format!(
            "{} and {} cannot be put together: {what}",
            path(first),
            path(second)
        );
        assert!(ran.err.contains(&told), "no {told:?} in {}", ran.err);
    }
    // Of three, the two are named that do not fit.
    let ran = project.run(&["coverage", "a.json", "b.json", "copy.json"]);
    let ran = ran.expect(2);
    let told = format!("{} and {} cannot", path("a.json"), path("copy.json"));
    assert!(ran.err.contains(&told), "{}", ran.err);
    project.run(&["coverage", "a.json", "b.json"]).expect(0);
}

#[test]
fn each_profile_has_a_last_report_of_its_own() {
    let Some(project) = project() else { return };
    project
        .write("sql-tests/a.sql", &file(&["pass('it')"]))
        .write("other/V1__other.sql", "CREATE TABLE other ();\n")
        .write(
            "pgassay.toml",
            "[profile.other]\nmigrations = \"other\"\n[profile.third]\n",
        );
    run(&project, &[]).expect(0);
    let before = report(&project, &[]);
    run(&project, &["--profile", "other"]).expect(0);
    assert_eq!(report(&project, &[]), before);
    let other = report(&project, &["--profile", "other"]);
    object(&other, "table", None, "other");
    let mut command = project.command(&["coverage", "--format", "data"]);
    command.env("PGASSAY_PROFILE", "other");
    let by_variable = Running::start(command, project.around()).finish().expect(0);
    let by_variable: Value = serde_json::from_str(&by_variable.out).unwrap();
    assert_eq!(by_variable, other);
    // Nor is the one an earlier run of the other.
    let ran = project.run(&["coverage", "--profile", "other", "--format", "json"]);
    let json: Value = serde_json::from_str(&ran.expect(0).out).unwrap();
    assert_eq!(json["earlier"], Value::Array(Vec::new()));
    let ran = project.run(&["coverage", "--profile", "third"]).expect(2);
    assert!(
        ran.err.contains("with the profile third has measured"),
        "{}",
        ran.err
    );
}

#[test]
fn a_run_that_fails_is_kept_and_says_that_it_failed() {
    let Some(project) = project() else { return };
    project
        .write("sql-tests/a.sql", &file(&["has_column('t', 'id')"]))
        .write("sql-tests/b.sql", &file(&["has_column('t', 'name')"]));
    run(&project, &[]).expect(0);
    let ran = project.run(&["coverage"]).expect(0);
    assert!(!ran.out.contains("failed"), "{}", ran.out);

    project
        .write(
            "sql-tests/b.sql",
            &file(&["has_column('t', 'nothing')", "has_column('t', 'note')"]),
        )
        .write("sql-tests/c.sql", "SELECT nonsense;\n");
    let note = "2 of 3 test files failed in the run that was measured";
    run(&project, &[]).expect(1).tells(&[note]);
    let last = report(&project, &[]);
    assert_eq!(last["failed"], 2);
    assert!(!asserted(object(&last, "column", Some("t"), "note")).is_empty());
    assert!(asserted(object(&last, "column", Some("t"), "name")).is_empty());
    project.run(&["coverage"]).expect(0).tells(&[note]);
    let ran = project.run(&["coverage", "--format", "json"]).expect(0);
    let json: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!((&json["files"], &json["failed"]), (&3.into(), &2.into()));
    assert!(ran.err.contains(note), "{}", ran.err);
    // It is no measure of what the tests are worth.
    let update = [
        "coverage",
        "--update-baseline",
        "--baseline",
        "baseline.json",
    ];
    let ran = project.run(&update).expect(2);
    assert!(ran.err.contains("which is no baseline"), "{}", ran.err);
    assert!(!project.path().join("baseline.json").exists());
}

#[test]
fn a_run_that_did_not_end_leaves_the_last_report_and_says_so() {
    let Some(project) = project() else { return };
    project.write("sql-tests/a.sql", &file(&["has_column('t', 'id')"]));
    run(&project, &[]).expect(0);
    let before = report(&project, &[]);
    let told = "so its coverage is not kept; what `pgassay coverage` shows is an earlier run's";
    let unkept = |ran: Ran, code: i32| {
        let ran = ran.expect(code);
        assert!(ran.err.contains(told), "{}", ran.err);
        assert_eq!(report(&project, &[]), before);
    };

    project.write("sql-tests/b.sql", &project.sleeping("asleep"));
    let running = project.start(&["test", "--coverage"]);
    project.wait_for_mark("asleep");
    running.signal(Signal::SIGINT);
    unkept(running.finish(), 130);
    // One that is killed cannot say anything.
    let marks = project.around().join("marks/asleep");
    fs::remove_file(marks).unwrap();
    let running = project.start(&["test", "--coverage"]);
    project.wait_for_mark("asleep");
    running.kill();
    assert_eq!(report(&project, &[]), before);

    project
        .write("sql-tests/b.sql", &file(&["fail('it')"]))
        .write("sql-tests/c.sql", &file(&["has_column('t', 'name')"]));
    unkept(
        project.run(&["test", "--coverage", "--fail-fast", "--jobs=1"]),
        1,
    );
    project.write("migrations/V3__more.sql", "SELECT nonsense;\n");
    unkept(project.run(&["test", "--coverage"]), 2);
    // Without coverage there is nothing to be said of it.
    let ran = project.run(&["test"]).expect(2);
    assert!(!ran.err.contains("coverage"), "{}", ran.err);
    project.assert_nothing_is_left();
}

#[test]
fn runs_side_by_side_lose_none_of_one_anothers_figures() {
    let Some(project) = project() else { return };
    project.write("sql-tests/a.sql", &file(&["has_column('t', 'id')"]));
    run(&project, &[]).expect(0);
    let running: Vec<Running> = (0..3)
        .map(|_| project.start(&["test", "--coverage"]))
        .collect();
    for running in running {
        running.finish().expect(0);
    }
    let ran = project.run(&["coverage", "--format", "json"]).expect(0);
    let json: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(json["earlier"].as_array().unwrap().len(), 3);
}
