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
            "junit error strict, (file): ON_ERROR_STOP is off and hid an error: column \"nonsense\" does not exist [swallowed-error]",
        ]
    );
    assert_eq!(
        told["assertions/todo_passes.sql"],
        [
            "broken, 1 assertion",
            "strict at line 4",
            "junit error strict, (file): TODO assertion 1 passes: Ada has 100 [passing-todo]",
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
        ("sql-tests/texts/empty.sql", 4),
        ("sql-tests/texts/directory.sql", 4),
        ("sql-tests/texts/gone.sql", 2),
    ] {
        let (code, stdout, stderr) = exit(line);
        assert_eq!(code, expected, "{line}: {stdout}{stderr}");
        assert_eq!(stderr.is_empty(), expected < 2, "{line}: {stderr}");
    }
}

/// What a file leaves, and what the next file looks at: both print one assertion.
const LEFTOVERS: [(&str, &str, &str); 5] = [
    (
        "a replication origin",
        "SELECT isnt(pg_replication_origin_create('left'), NULL);",
        "SELECT is(count(*), 0::bigint) FROM pg_replication_origin;",
    ),
    (
        "a setting that is in force and in no file",
        "ALTER SYSTEM SET work_mem = '64MB';\nSELECT ok(pg_reload_conf());\nDO $$BEGIN PERFORM pg_sleep(0.3); END$$;\n\
         ALTER SYSTEM RESET work_mem;",
        "SELECT is(current_setting('work_mem'), '4MB');",
    ),
    (
        "a line of pg_ident.conf",
        "COPY (SELECT 'left root postgres') TO PROGRAM 'cat >>pg_ident.conf';\nSELECT pass('x');",
        "SELECT unalike(pg_read_file('pg_ident.conf'), '%left root%');",
    ),
    (
        "a function in the database postgres",
        "SELECT is(there('postgres', 'CREATE FUNCTION left_over() RETURNS int LANGUAGE sql AS $$SELECT 1$$'), 'CREATE FUNCTION');",
        "SELECT is(there('postgres', $$SELECT count(*)::text FROM pg_proc WHERE proname = 'left_over'$$), '0');",
    ),
    (
        "a table in template1",
        "SELECT is(there('template1', 'CREATE TABLE left_over ()'), 'CREATE TABLE');",
        "SELECT is(there('template1', $$SELECT count(*)::text FROM pg_class WHERE relname = 'left_over'$$), '0');",
    ),
];

/// A function that runs a statement in another database.
const THERE: &str = "CREATE EXTENSION dblink;
CREATE FUNCTION there(name text, statement text) RETURNS text LANGUAGE sql AS $$
    SELECT told FROM dblink(format('host=%s port=%s dbname=%s user=postgres',
        trim('\"' FROM current_setting('unix_socket_directories')), current_setting('port'), name), statement) AS d (told text)
$$;
";

#[test]
fn what_a_file_leaves_in_the_cluster_is_gone_for_the_next() {
    let Some(project) = Project::new() else {
        return;
    };
    let directory = project.root.join("leftovers");
    std::fs::create_dir(&directory).unwrap();
    for (index, (_, leaves, looks)) in LEFTOVERS.iter().enumerate() {
        for (name, body) in [("1_leaves", leaves), ("2_looks", looks)] {
            let script = format!("{THERE}SELECT plan(1);\n{body}\nSELECT * FROM finish();\n");
            std::fs::write(directory.join(format!("{index}_{name}.sql")), script).unwrap();
        }
    }
    let run = project.test("-j 1 --format json leftovers");
    let told = told(&run.stdout, &run.junit);
    assert_eq!(told.len(), 2 * LEFTOVERS.len());
    for (index, (what, _, _)) in LEFTOVERS.iter().enumerate() {
        for name in ["1_leaves", "2_looks"] {
            let name = format!("leftovers/{index}_{name}.sql");
            assert_eq!(told[&name], ["passed, 1 assertion"], "{what}: {name}");
        }
    }
}
