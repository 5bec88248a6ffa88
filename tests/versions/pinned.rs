//! `-- pgassay: at V005`.

use crate::tool::{Host, PASSING, Project};
use crate::{asserting, project};

/// Whether a role `clerk` is there, and of which type the column is.
fn at(header: &str, has_role: bool, data_type: &str) -> String {
    let role = format!(
        "(SELECT count(*) FROM pg_roles WHERE rolname = 'clerk') = {}",
        u8::from(has_role)
    );
    asserting(
        header,
        &format!(
            "ok({role} AND (SELECT format_type(atttypid, atttypmod) FROM pg_attribute
                             WHERE attrelid = 't'::regclass AND attname = 'word') = '{data_type}', 'as it was then')"
        ),
    )
}

fn write_all(project: &Project) {
    project
        .write(
            "sql-tests/newest.sql",
            &at("", true, "character varying(5)"),
        )
        .write(
            "sql-tests/one.sql",
            &at("-- pgassay: at V001", false, "text"),
        )
        .write("sql-tests/two.sql", &at("-- pgassay: at 2", true, "text"))
        .write(
            "sql-tests/three.sql",
            &at("-- pgassay: at V003__shorten", true, "character varying(5)"),
        );
}

#[test]
fn a_file_runs_at_the_version_that_its_header_names() {
    let Some(project) = project() else { return };
    write_all(&project);
    // One worker goes through all versions, two share them, and then something is in the cache.
    for arguments in [
        &["test", "-j", "1"][..],
        &["test", "-j", "2"],
        &["test", "--no-cache"],
    ] {
        project
            .run(arguments)
            .expect(0)
            .tells(&["4 files: 4 passed"]);
    }
    project.run(&["test", "--isolation", "shared"]).expect(0);
    project.run(&["test", "--isolation", "copy"]).expect(0);
    project.run(&["test", "--coverage"]).expect(0);
    project.assert_nothing_is_left();
}

#[test]
fn fixtures_are_for_the_newest_version_only() {
    let Some(project) = project() else { return };
    project
        .write("fixtures/rows.sql", "INSERT INTO t VALUES (1, 'one');")
        .write(
            "sql-tests/newest.sql",
            &asserting("", "is((SELECT count(*) FROM t), 1::bigint)"),
        )
        .write(
            "sql-tests/earlier.sql",
            &asserting(
                "-- pgassay: at V001",
                "is((SELECT count(*) FROM t), 0::bigint)",
            ),
        );
    project.run(&["test"]).expect(0);
}

#[test]
fn a_version_that_is_not_there_breaks_its_file_and_no_other() {
    let Some(project) = project() else { return };
    project
        .write(
            "sql-tests/a.sql",
            &format!("-- Why.\n-- pgassay: at V002x\n{PASSING}"),
        )
        .write("sql-tests/b.sql", PASSING);
    project.run(&["test"]).expect(1).tells(&[
        "2 files: 1 passed, 1 broken",
        "migration: there is no migration `V002x`; did you mean `V002`?",
        "--> sql-tests/a.sql:2",
    ]);
}

#[test]
fn a_project_whose_versions_nobody_knows_says_so() {
    let Some(project) = Project::new() else {
        return;
    };
    project.write("sql-tests/a.sql", &format!("-- pgassay: at V1\n{PASSING}"));
    project
        .run(&["test"])
        .expect(1)
        .tells(&["it is pinned to the migration `V1`, but the project has no migrations"]);
    project
        .run(&["test", "--migrate-command", "true"])
        .expect(1)
        .tells(&["this project is migrated by its `migrate_command`, which cannot stop there"]);
}

#[test]
fn files_of_a_group_share_a_database_where_they_share_a_version() {
    let Some(project) = project() else { return };
    let counting = |header: &str, rows: u8| {
        format!(
            "{header}\nSELECT plan(1);\nINSERT INTO t SELECT count(*) + 1 FROM t;\n\
             SELECT is((SELECT count(*)::int FROM t), {rows});\nSELECT * FROM finish();\n"
        )
    };
    let (old, new) = (
        "-- pgassay: group g\n-- pgassay: at V001",
        "-- pgassay: group g",
    );
    project
        .write("sql-tests/1.sql", &counting(old, 1))
        .write("sql-tests/2.sql", &counting(new, 1))
        .write("sql-tests/3.sql", &counting(old, 2))
        .write("sql-tests/4.sql", &counting(new, 2));
    project.run(&["test"]).expect(0);
}

#[test]
fn what_a_file_leaves_is_not_there_for_the_next_one_of_its_version() {
    let Some(project) = project() else { return };
    let leaving = "-- pgassay: at V001\nSELECT plan(2);\nSELECT is((SELECT count(*)::int FROM t), 0);\n\
         SELECT is((SELECT count(*)::int FROM pg_roles WHERE rolname = 'left_behind'), 0);\n\
         INSERT INTO t VALUES (1);\nCREATE ROLE left_behind;\nSELECT * FROM finish();\n";
    for name in ["a", "b", "c"] {
        project.write(&format!("sql-tests/{name}.sql"), leaving);
    }
    project.run(&["test", "-j", "1"]).expect(0);
}

#[test]
fn migrations_that_take_long_are_kept() {
    let Some(project) = project() else { return };
    // They would be applied twice: for the newest version, and on the way to the older one.
    project
        .write("migrations/V001.5__slow.sql", "SELECT pg_sleep(0.4);\n")
        .write("sql-tests/a.sql", &at("-- pgassay: at V002", true, "text"));
    project.run(&["test"]).expect(0);
    let kept = project.run(&["cache", "list"]).expect(0).out;
    let directory = project.path().display().to_string();
    let its = |holds: &str| {
        let end = format!("{directory}: {holds}");
        kept.lines()
            .any(|line| line.starts_with("prefix") && line.ends_with(&end))
    };
    assert!(its("3 migrations"), "{kept}");
    project.run(&["test"]).expect(0);
}

#[test]
fn a_server_that_exists_already_keeps_nothing_of_it() {
    let Some(project) = project() else { return };
    let host = Host::start(&project);
    // What is made on the cluster stays there, so migrations on such a server must bear it.
    project
        .write(
            "migrations/V002__let_clerks_read.sql",
            "GRANT SELECT ON t TO bob;\n",
        )
        .write(
            "sql-tests/one.sql",
            &asserting("-- pgassay: at V001", "col_type_is('t', 'word', 'text')"),
        )
        .write(
            "sql-tests/two.sql",
            &asserting("-- pgassay: at V002", "col_type_is('t', 'word', 'text')"),
        )
        .write(
            "sql-tests/migrations/V003/before.sql",
            "INSERT INTO t VALUES (1, 'short'), (2, 'long enough');",
        )
        .write("sql-tests/newest.sql", PASSING);
    let before = host.state();
    for user in ["postgres", "ada"] {
        let ran = project.run(&["test", "-j", "2", "--url", &host.by_socket(user)]);
        ran.expect(1)
            .tells(&["4 files: 3 passed, 1 failed", "value too long"]);
        host.assert_is_as(&before);
    }
}

#[test]
fn a_pinned_file_lives_on_no_other() {
    let Some(project) = project() else { return };
    write_all(&project);
    let ran = project.run(&[
        "test",
        "--find-dependency",
        "sql-tests/one.sql",
        "sql-tests",
    ]);
    assert!(
        ran.err.contains("it is pinned to the migration `V001`"),
        "{}",
        ran.err
    );
}

#[test]
fn no_database_of_the_tools_own_keeps_a_role_from_being_dropped_or_is_seen_later() {
    let Some(project) = project() else { return };
    project
        .write(
            "migrations/V004__drop.sql",
            "SELECT pg_sleep(0.4);\nDROP OWNED BY clerk;\nDROP ROLE clerk;\n",
        )
        .write(
            "sql-tests/two.sql",
            &at("-- pgassay: at V002", true, "text"),
        )
        .write(
            "sql-tests/four.sql",
            &at("-- pgassay: at V004", false, "character varying(5)"),
        );
    project.run(&["test", "-j", "1"]).expect(0);
    // What was kept of the way there is what the newest version begins with, once there is a newer one.
    project.write("migrations/V005__more.sql", "CREATE TABLE more ();\n").write(
        "sql-tests/newest.sql",
        &asserting(
            "",
            "is((SELECT count(*)::int FROM pg_database WHERE datname IN ('pgassay_at', 'pgassay_walk')), 0)",
        ),
    );
    project.run(&["test", "sql-tests/newest.sql"]).expect(0);
}
