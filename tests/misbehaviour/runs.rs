//! Runs of their own: what ends a run, what `--strict` makes of warnings, and the exit codes.

use crate::project::Project;
use crate::told::{events, told};

#[test]
fn a_bail_out_stops_the_run() {
    let Some(project) = Project::new() else {
        return;
    };
    let run = project.test("-j 1 --format json bail-out");
    assert_eq!((run.exit, run.stderr.as_str()), (1, ""));
    let told = told(&run.stdout, &run.junit);
    assert_eq!(
        told.into_iter().collect::<Vec<_>>(),
        [(
            "bail-out/1_bails_out.sql".to_owned(),
            vec![
                "broken, 1 assertion".to_owned(),
                "bail-out at line 4".to_owned(),
                "junit error bail-out, (file): it bailed out: the database is not there".to_owned(),
            ]
        )]
    );
    let end = events(&run.stdout, "run-finished").next().unwrap();
    assert_eq!(end["not_run"], 2);
    assert_eq!(end["stopped"]["kind"], "bail-out");
    assert_eq!(end["stopped"]["file"], "bail-out/1_bails_out.sql");
    assert_eq!(end["stopped"]["reason"], "the database is not there");
}

#[test]
fn what_is_green_by_accident_is_broken_under_strict() {
    let Some(project) = Project::new() else {
        return;
    };
    let run = project.test(
        "-j 1 --strict --format json sql-tests/errors/swallowed.sql sql-tests/assertions/todo_passes.sql \
         sql-tests/assertions/todo_fails.sql",
    );
    assert_eq!((run.exit, run.stderr.as_str()), (1, ""));
    let told = told(&run.stdout, &run.junit);
    assert_eq!(
        told["errors/swallowed.sql"],
        [
            "broken, 1 assertion",
            "strict at line 7",
            "junit error strict, (file): ON_ERROR_STOP is off and hid an error: column \"nonsense\" does not exist (swallowed-error under strict)",
        ]
    );
    assert_eq!(
        told["assertions/todo_passes.sql"],
        [
            "broken, 1 assertion",
            "strict at line 4",
            "junit error strict, (file): TODO assertion 1 passes: Ada has 100 (passing-todo under strict)",
        ]
    );
    assert_eq!(told["assertions/todo_fails.sql"][0], "passed, 2 assertions");
}

#[test]
fn the_exit_code_says_whether_all_is_well() {
    let Some(project) = Project::new() else {
        return;
    };
    let exit = |line: &str| {
        let run = project.test(&format!("-q -j 1 {line}"));
        (run.exit, run.stdout, run.stderr)
    };
    for (line, expected) in [
        ("sql-tests/assertions/good.sql", 0),
        ("sql-tests/assertions/skips_all.sql", 0),
        ("sql-tests/assertions/todo_passes.sql", 0),
        ("sql-tests/assertions/failed.sql", 1),
        ("sql-tests/texts/dangling.sql sql-tests/1_good_first.sql", 2),
        ("sql-tests/texts/empty.sql", 1),
        ("sql-tests/texts/directory.sql", 4),
        ("sql-tests/texts/gone.sql", 2),
    ] {
        let (code, stdout, stderr) = exit(line);
        assert_eq!(code, expected, "{line}: {stdout}{stderr}");
        assert_eq!(stderr.is_empty(), expected < 2, "{line}: {stderr}");
    }
}
