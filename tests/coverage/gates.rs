//! What coverage must come to: thresholds and a baseline.

use crate::{file, project, run};

#[test]
fn a_threshold_that_is_not_met_is_exit_code_3_and_told_with_the_objects() {
    let Some(project) = project() else { return };
    project
        .write(
            "sql-tests/a.sql",
            &file(&["has_table('t')", "col_not_null('t', 'name', '')"]),
        )
        .write(
            "pgassay.toml",
            "[coverage]\nfail_under = { asserted = 90 }\n",
        );
    run(&project, &[]).expect(3).tells(&[
        "1 file: 1 passed",
        "90 % are asked for",
        "column public.t.note",
    ]);
    let ran = project.run(&["coverage", "--format", "json"]).expect(3);
    assert!(ran.err.contains("90 % are asked for"), "{}", ran.err);
    let quiet = run(&project, &["-q"]).expect(3);
    assert!(quiet.err.contains("90 % are asked for"), "{}", quiet.err);

    // By kind and schema; and what is left out does not count.
    project.write(
        "pgassay.toml",
        "[[coverage.fail_under]]\nkind = \"table\"\nschema = \"public\"\nasserted = 100\n
[[coverage.fail_under]]\nkind = \"column\"\nasserted = 100\n
[[coverage.exclude]]\nobject = \"public.t.note\"\nreason = \"it is new\"\n
[[coverage.exclude]]\nkind = \"column\"\nobject = \"*.id\"\nreason = \"keys are tested elsewhere\"\n",
    );
    run(&project, &[]).expect(0).tells(&["it is new"]);
    // A file that fails goes first.
    project
        .write("pgassay.toml", "[coverage.fail_under]\nexercised = 100.0\n")
        .write("sql-tests/b.sql", &file(&["fail('it')"]));
    run(&project, &[]).expect(1);
}

#[test]
fn nothing_may_get_worse_than_the_baseline() {
    let Some(project) = project() else { return };
    project
        .write(
            "sql-tests/a.sql",
            &file(&["has_table('t')", "has_column('t', 'id')"]),
        )
        .write(
            "pgassay.toml",
            "[coverage]\nbaseline = \"ci/coverage.json\"\n",
        );
    // A baseline that is not there is no gate that is open.
    let ran = run(&project, &[]).expect(2);
    assert!(ran.err.contains("ci/coverage.json"), "{}", ran.err);
    assert!(ran.err.contains("--update-baseline"), "{}", ran.err);
    project.run(&["coverage", "--update-baseline"]).expect(0);
    run(&project, &[]).expect(0);
    project.write("sql-tests/a.sql", &file(&["has_table('t')"]));
    run(&project, &[]).expect(3).tells(&[
        "1 object was asserted in the baseline and no longer",
        "column public.t.id",
    ]);
    project.run(&["coverage", "--update-baseline"]).expect(0);
    run(&project, &[]).expect(0);
    project.write("ci/coverage.json", "{}");
    let ran = run(&project, &[]).expect(2);
    assert!(ran.err.contains("is no coverage baseline"), "{}", ran.err);
}

#[test]
fn of_a_part_of_the_files_nothing_is_asked_and_it_is_not_counted_as_a_run() {
    let Some(project) = project() else { return };
    project
        .write("sql-tests/a.sql", &file(&["has_table('t')"]))
        .write("sql-tests/b.sql", &file(&["pass('it')"]))
        .write(
            "pgassay.toml",
            "[[coverage.fail_under]]\nkind = \"table\"\nasserted = 100\n",
        );
    run(&project, &[]).expect(0);
    run(&project, &["sql-tests/b.sql"])
        .expect(0)
        .tells(&["only a part of the test files ran"]);
    let ran = project
        .run(&["coverage", "--update-baseline", "--baseline", "b.json"])
        .expect(2);
    assert!(ran.err.contains("which is no baseline"), "{}", ran.err);
    let ran = project.run(&["coverage", "--format", "json"]).expect(0);
    assert!(ran.err.contains("only a part"), "{}", ran.err);
    let report: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    // The one run of all files, and not itself.
    assert_eq!(report["earlier"].as_array().unwrap().len(), 1);
    run(&project, &[]).expect(0);
    let ran = project.run(&["coverage", "--format", "json"]).expect(0);
    let report: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(report["earlier"].as_array().unwrap().len(), 1);
}
