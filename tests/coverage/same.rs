//! Coverage changes no verdict and no output.

use crate::tool::{Project, reports};

#[test]
fn the_sample_projects_report_is_the_same_with_coverage_and_without() {
    let Some(project) = Project::new() else {
        return;
    };
    // This repository's own project.
    let there = ["-C", env!("CARGO_MANIFEST_DIR")];
    let plain = reports(&project, &there, 0);
    assert!(plain.len() > 50, "{}", plain.len());
    let isolations = [&["--isolation", "copy"][..], &["-j", "1"]];
    for arguments in isolations {
        let measured = reports(
            &project,
            &[&there[..], &["--coverage"], arguments].concat(),
            0,
        );
        assert_eq!(measured.len(), plain.len(), "{arguments:?}");
        for (file, report) in &plain {
            assert_eq!(&measured[file], report, "{arguments:?}");
        }
    }
}

#[test]
fn what_errors_and_notices_show_is_the_same() {
    let Some(project) = crate::project() else {
        return;
    };
    project.write(
        "sql-tests/errors.sql",
        "\\set ON_ERROR_STOP 0
SELECT plan(4);
SELECT has_table('t');
SELECT throws_ok('INSERT INTO t VALUES (1, '''')', '23514');
SELECT lives_ok('SELECT 1 / 0');
DO $$ BEGIN RAISE INFO 'pgassay:asserted:not one'; RAISE NOTICE 'a notice'; END $$;
SELECT has_table((1 / 0)::text);
INSERT INTO t VALUES (1, NULL);
SELECT col_is_pk('t', 'id'), has_column('t', 'nothing');
SELECT policy_cmd_is(NULL::text, NULL, NULL::text, NULL);
\\errverbose
",
    );
    let plain = reports(&project, &["-v"], 1);
    let measured = reports(&project, &["-v", "--coverage"], 1);
    assert_eq!(plain, measured);
    assert_eq!(plain.len(), 1);
}
