//! What a round trip comes to is what it would come to if each script ran by itself, whatever the scripts do.

use crate::tool::Project;

/// Tries the migrations of a project by their round trips.
fn tried(files: &[(&str, &str)], arguments: &[&str], code: i32, told: &[&str]) {
    let Some(project) = Project::new() else {
        return;
    };
    for (name, text) in files {
        project.write(name, text);
    }
    let arguments = [&["test", "--round-trip", "--verbose"], arguments].concat();
    project.run(&arguments).expect(code).tells(told);
    project.assert_nothing_is_left();
}

/// With these scripts for the second of three migrations; the third one reads what it made.
fn with_second(up: &str, down: &str, code: i32, told: &[&str]) {
    tried(
        &[
            (
                "migrations/V1__t.sql",
                "CREATE TABLE t (id int PRIMARY KEY);\nINSERT INTO t VALUES (1);\n",
            ),
            ("migrations/V2__w.sql", up),
            ("migrations/U2__w.sql", down),
            (
                "migrations/V3__look.sql",
                "DO $$ BEGIN PERFORM w FROM t; IF (SELECT count(*) FROM t) <> 1 THEN RAISE 'rows'; END IF; END $$;\n",
            ),
        ],
        &[],
        code,
        told,
    );
}

const FINE: &[&str] = &["3 migrations: 3 passed"];

#[test]
fn what_is_committed_by_joined_statements_is_not_there_behind_it() {
    with_second(
        "ALTER TABLE t ADD w int;\n",
        "ALTER TABLE t DROP COLUMN w;\nCREATE TABLE junk()\\; COMMIT;\nDROP TABLE junk;\n",
        0,
        FINE,
    );
}

#[test]
fn what_belongs_to_a_session_is_not_for_the_next_script() {
    for (up, down) in [
        (
            "CREATE TEMP TABLE tmp AS SELECT 1;\nALTER TABLE t ADD w int;\n",
            "CREATE TEMP TABLE tmp AS SELECT 1;\nALTER TABLE t DROP COLUMN w;\n",
        ),
        (
            "PREPARE p AS SELECT 1;\nALTER TABLE t ADD w int;\n",
            "PREPARE p AS SELECT 1;\nALTER TABLE t DROP COLUMN w;\n",
        ),
        (
            "SELECT pg_advisory_lock(42);\nALTER TABLE t ADD w int;\n",
            "SELECT pg_advisory_lock(42);\nALTER TABLE t DROP COLUMN w;\n",
        ),
        (
            "ALTER TABLE t ADD w int;\n",
            "ALTER TABLE t DROP COLUMN w;\nSELECT pg_terminate_backend(pg_backend_pid()) WHERE false;\n",
        ),
    ] {
        with_second(up, down, 0, FINE);
    }
}

#[test]
fn a_lock_that_a_function_takes_is_given_back() {
    tried(
        &[
            (
                "migrations/V1__t.sql",
                "CREATE FUNCTION take() RETURNS void LANGUAGE sql AS $$ SELECT pg_advisory_lock(42) $$;\n",
            ),
            (
                "migrations/V2__w.sql",
                "SELECT take();\nCREATE TABLE w ();\n",
            ),
            ("migrations/U2__w.sql", "SELECT take();\nDROP TABLE w;\n"),
            ("migrations/V3__w.sql", "SELECT take();\n"),
        ],
        &[],
        0,
        FINE,
    );
}

#[test]
fn who_ends_their_session_ends_no_run() {
    with_second(
        "ALTER TABLE t ADD w int;\n",
        "SELECT pg_terminate_backend(pg_backend_pid());\n",
        1,
        &["3 migrations: 2 passed, 1 broken"],
    );
    // Nor does who ends those of others.
    tried(
        &[
            ("migrations/V1__t.sql", "CREATE TABLE t ();\n"),
            ("migrations/U1__t.sql", "DROP TABLE t;\n"),
            (
                "migrations/V2__end.sql",
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid();\n",
            ),
            ("migrations/V3__w.sql", "CREATE TABLE w ();\n"),
            ("migrations/U3__w.sql", "DROP TABLE w;\n"),
        ],
        &[],
        0,
        FINE,
    );
}

#[test]
fn the_transactions_of_a_script_are_its_own() {
    // What comes behind its commit is another one, in which its settings do not hold.
    tried(
        &[
            ("migrations/1_app.up.sql", "CREATE SCHEMA app;\n"),
            ("migrations/1_app.down.sql", "DROP SCHEMA app;\n"),
            (
                "migrations/2_t.up.sql",
                "BEGIN;\nSET LOCAL search_path = app;\nCREATE TABLE x ();\nCOMMIT;\nCREATE TABLE y ();\n",
            ),
            (
                "migrations/2_t.down.sql",
                "DROP TABLE app.x;\nDROP TABLE public.y;\n",
            ),
        ],
        &[],
        0,
        &["2 migrations: 2 passed"],
    );
    // And a lock needs one.
    tried(
        &[
            ("migrations/1_t.up.sql", "CREATE TABLE t ();\n"),
            ("migrations/1_t.down.sql", "LOCK TABLE t;\nDROP TABLE t;\n"),
        ],
        &[],
        1,
        &["LOCK TABLE can only be used in transaction blocks"],
    );
}

#[test]
fn nobody_becomes_a_superuser_to_take_a_migration_back() {
    tried(
        &[
            ("roles/app.sql", "CREATE ROLE app LOGIN;\n"),
            ("migrations/V1__t.sql", "CREATE TABLE t ();\n"),
            (
                "migrations/U1__t.sql",
                "RESET SESSION AUTHORIZATION;\nCREATE ROLE other;\nDROP ROLE other;\nDROP TABLE t;\n",
            ),
        ],
        &["--owner", "app"],
        1,
        &["permission denied to create role"],
    );
}

#[test]
fn values_are_compared_however_the_database_writes_them() {
    tried(
        &[
            (
                "migrations/V1__t.sql",
                "CREATE TABLE t (ts timestamptz);\nINSERT INTO t VALUES ('2026-11-22 12:00Z');\n",
            ),
            ("migrations/U1__t.sql", "DROP TABLE t;\n"),
            (
                "migrations/V2__zone.sql",
                "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET timezone = %L', current_database(), 'Asia/Tokyo'); END $$;\n",
            ),
            ("migrations/V3__w.sql", "ALTER TABLE t ADD w int;\n"),
            ("migrations/U3__w.sql", "ALTER TABLE t DROP COLUMN w;\n"),
        ],
        &[],
        0,
        &["3 migrations: 3 passed"],
    );
}
