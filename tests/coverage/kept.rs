//! Reports that are kept, written and put together.

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
