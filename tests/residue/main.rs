//! What test files leave behind, and that the next file never sees it: pairs of files, of which the first leaves
//! something and the second looks for it. One worker runs them one after the other, so that the second comes into
//! whatever the first has left.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]
#![allow(clippy::print_stderr, reason = "a skipped test says so")]

#[path = "../tool/mod.rs"]
mod tool;

mod ahead;
mod extensions;
mod generated;
mod logins;
mod pairs;
mod sample;

use pairs::{PAIRS, Pair};
use tool::{PASSING, Project, Ran};

/// A project with something of everything that can be left changed.
fn project() -> Option<Project> {
    let project = Project::new()?;
    project
        .write(
            "roles/roles.sql",
            "CREATE ROLE app LOGIN;\nCREATE ROLE reader;\nALTER ROLE app SET work_mem = '5MB';\n",
        )
        .write(
            "migrations/V1__all.sql",
            "CREATE TABLE t (id serial PRIMARY KEY, name text NOT NULL DEFAULT 'x');
INSERT INTO t (name) VALUES ('first');
CREATE TABLE identity (id integer GENERATED ALWAYS AS IDENTITY, name text);
CREATE SEQUENCE counter START 10;
CREATE UNLOGGED TABLE fast (id serial, name text);
CREATE VIEW names AS SELECT name FROM t;
CREATE FUNCTION one() RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION rows_put_in() RETURNS bigint LANGUAGE sql AS
    'SELECT n_tup_ins FROM pg_stat_user_tables WHERE relname = ''t''';
CREATE FUNCTION tenant() RETURNS text LANGUAGE sql AS 'SELECT current_setting(''app.tenant'', true)';
CREATE TABLE amounts (amount integer);
CREATE FUNCTION as_amount(value numeric) RETURNS text LANGUAGE plpgsql AS $$
DECLARE v amounts.amount%TYPE;
BEGIN
    v := value;
    RETURN v;
END $$;
CREATE SEQUENCE used;
SELECT nextval('used');
CREATE TYPE mood AS ENUM ('sad', 'glad');
GRANT SELECT, INSERT ON t TO app;
GRANT USAGE ON SEQUENCE t_id_seq TO app;
",
        );
    Some(project)
}

/// Writes the two files of each pair, next to one another in the order in which they run.
fn write(project: &Project, pairs: &[Pair]) {
    for (number, pair) in pairs.iter().enumerate() {
        let looks = format!(
            "BEGIN;\n{}\nSELECT plan(1);\nSELECT ok({}, $d${}$d$);\nSELECT finish();\nROLLBACK;\n",
            pair.before, pair.clean, pair.what
        );
        project
            .write(
                &format!("sql-tests/{number:02}_a_leaves.sql"),
                &file(pair.leaves),
            )
            .write(&format!("sql-tests/{number:02}_b_looks.sql"), &looks);
    }
}

/// A file that leaves something, and passes.
fn file(leaves: &str) -> String {
    format!("\\set ON_ERROR_STOP 1\n{leaves}\n\\echo 1..1\n\\echo ok 1\n")
}

#[track_caller]
fn run(project: &Project, arguments: &[&str]) -> Ran {
    let ran = project.run(&[&["test", "-j", "1"], arguments].concat());
    project.assert_nothing_is_left();
    ran
}

#[test]
fn no_file_sees_what_the_one_before_it_left() {
    let Some(project) = project() else { return };
    write(&project, &PAIRS);
    let all = format!("{0} files: {0} passed", PAIRS.len() * 2);
    run(&project, &[]).expect(0).tells(&[&all]);
}

#[test]
fn a_copy_for_each_file_comes_to_the_same() {
    let Some(project) = project() else { return };
    write(&project, &PAIRS);
    let all = format!("{0} files: {0} passed", PAIRS.len() * 2);
    run(&project, &["--isolation", "copy"])
        .expect(0)
        .tells(&[&all]);
}

#[test]
fn in_a_database_that_files_share_nearly_all_of_it_would_be_seen() {
    // A pair whose second file passes even here would show nothing above.
    let Some(project) = project() else { return };
    let mut unseen = Vec::new();
    // Conditions that ask for the version excuse servers before 15.
    let is_old = tool::binaries().is_some_and(|binaries| binaries.version.major < 15);
    let shows = |pair: &&Pair| {
        pair.shows_when_shared && !(is_old && pair.clean.contains("server_version_num"))
    };
    for pair in PAIRS.iter().filter(shows) {
        let project = project_with(pair, &project);
        let ran = run(&project, &["--isolation", "shared"]);
        if ran.code == Some(0) {
            unseen.push(pair.what);
        }
    }
    assert!(unseen.is_empty(), "{unseen:#?}");
}

#[test]
fn in_a_session_that_files_share_the_rest_of_it_would_be_seen() {
    let Some(project) = project() else { return };
    let mut unseen = Vec::new();
    for pair in PAIRS.iter().filter(|pair| !pair.shows_when_shared) {
        let project = project_with(pair, &project);
        for file in ["00_a_leaves.sql", "00_b_looks.sql"] {
            let path = format!("sql-tests/{file}");
            project.write(&format!("sql-tests/both/{file}"), &project.read(&path));
            std::fs::remove_file(project.path().join(path)).unwrap();
        }
        project.write(
            "sql-tests/both.sql",
            &format!("{}\n\\ir both/00_b_looks.sql\n", pair.leaves),
        );
        let ran = run(&project, &["sql-tests/both.sql"]);
        if ran.code == Some(0) {
            unseen.push(pair.what);
        }
    }
    assert!(unseen.is_empty(), "{unseen:#?}");
}

#[test]
fn sessions_that_end_with_their_file_are_not_seen_by_the_next_one() {
    let Some(project) = project() else { return };
    for number in 0..40 {
        project
            .write(
                &format!("sql-tests/{number:02}_a_leaves.sql"),
                &file("BEGIN;\nSET LOCAL app.tenant = 'left';\nROLLBACK;"),
            )
            .write(
                &format!("sql-tests/{number:02}_b_looks.sql"),
                "BEGIN;\nSELECT plan(1);\n\
                 SELECT is(count(*)::int, 1) FROM pg_stat_activity WHERE datname = current_database();\n\
                 SELECT finish();\nROLLBACK;\n",
            );
    }
    let ran = project.run(&["test", "-j", "2"]);
    ran.expect(0).tells(&["80 files: 80 passed"]);
}

#[test]
fn no_file_of_a_group_sees_what_the_file_before_the_group_has_left() {
    let Some(project) = project() else { return };
    let fills = "BEGIN;\nINSERT INTO t (name) SELECT repeat('x', 200) FROM generate_series(1, 5000);\nROLLBACK;";
    project
        .write("sql-tests/a.sql", &file(fills))
        .write(
            "sql-tests/b.sql",
            &format!("-- pgassay: group g\n{PASSING}"),
        )
        .write(
            "sql-tests/c.sql",
            "-- pgassay: group g\nBEGIN;\nSELECT plan(1);\n\
             SELECT ok(pg_relation_size('t') < 100000);\nSELECT finish();\nROLLBACK;\n",
        );
    run(&project, &[]).expect(0).tells(&["3 files: 3 passed"]);
}

#[test]
fn the_sequences_of_a_large_schema_are_put_back() {
    let Some(project) = project() else { return };
    project
        .write(
            "migrations/V2__many.sql",
            "DO $$ BEGIN FOR i IN 1..3000 LOOP EXECUTE format('CREATE SEQUENCE many_%s', i); END LOOP; END $$;\n",
        )
        .write(
            "sql-tests/a.sql",
            &file("BEGIN;\nSELECT nextval('many_7'), setval('many_2999', 5, false) \\gset x_\nROLLBACK;"),
        )
        .write(
            "sql-tests/b.sql",
            "BEGIN;\nSELECT plan(2);\nSELECT is(nextval('many_7'), 1::bigint);\n\
             SELECT is(last_value, 1::bigint) FROM many_2999;\nSELECT finish();\nROLLBACK;\n",
        );
    run(&project, &[]).expect(0);
    run(&project, &["--isolation", "shared"]).expect(1);
}

#[test]
fn what_an_included_file_leaves_is_seen_wherever_the_script_has_gone() {
    let Some(project) = project() else { return };
    project
        .write("deep/part.psql", "SET app.tenant = 'left';\n")
        .write("sql-tests/a.sql", &file("\\cd deep\n\\i part.psql"))
        .write(
            "sql-tests/b.sql",
            "BEGIN;\nSELECT plan(1);\nSELECT ok(tenant() IS NULL);\nSELECT finish();\nROLLBACK;\n",
        );
    run(&project, &[]).expect(0);
}

#[test]
fn a_pipe_that_is_included_is_not_waited_for() {
    let Some(project) = project() else { return };
    let made = std::process::Command::new("mkfifo")
        .arg(project.path().join("pipe"))
        .status();
    assert!(made.unwrap().success());
    project.write("sql-tests/a.sql", &file("\\i pipe"));
    run(&project, &[]).expect(1);
}

/// A project of its own with one pair only.
fn project_with(pair: &Pair, like: &Project) -> Project {
    let project = Project::without_server();
    for file in ["roles/roles.sql", "migrations/V1__all.sql"] {
        project.write(file, &like.read(file));
    }
    write(&project, std::slice::from_ref(pair));
    project
}
