//! Migrations that drop a role, on clusters where the tool has databases of its own.

use crate::asserting;
use crate::tool::{Host, Project};

/// A project whose second migration lets a role read, and whose third one drops it.
fn project() -> Option<Project> {
    let project = Project::new()?;
    project
        .write("roles/clerk.sql", "CREATE ROLE clerk;\n")
        .write(
            "migrations/V1__make.sql",
            "CREATE TABLE t (id int PRIMARY KEY);\n",
        )
        .write("migrations/V2__let.sql", "GRANT SELECT ON t TO clerk;\n")
        .write(
            "migrations/V3__drop.sql",
            "DROP OWNED BY clerk;\nDROP ROLE clerk;\n",
        )
        .write(
            "sql-tests/migrations/3/before.sql",
            "INSERT INTO t VALUES (1);\n",
        )
        .write(
            "sql-tests/migrations/3/after.sql",
            &asserting("", "hasnt_role('clerk')"),
        )
        .write(
            "sql-tests/second.sql",
            &asserting("-- pgassay: at 2", "has_role('clerk')"),
        );
    Some(project)
}

#[test]
fn a_migration_that_drops_a_role_is_tested() {
    let Some(project) = project() else { return };
    for arguments in [
        &["test", "-j", "1"][..],
        &["test", "-j", "2"],
        &["test", "-j", "1", "--isolation", "copy"],
    ] {
        project
            .run(arguments)
            .expect(0)
            .tells(&["3 files: 3 passed · 3 assertions"]);
    }
    // What comes behind it finds the role, where its version has it.
    project
        .write(
            "sql-tests/other/migrations/3/before.sql",
            "DO $$ BEGIN ASSERT has_table_privilege('clerk', 't', 'SELECT'); END $$;\n",
        )
        .write(
            "sql-tests/other/migrations/2/after.sql",
            &asserting("", "table_privs_are('t', 'clerk', '{SELECT}')"),
        );
    project
        .run(&["test", "-j", "1"])
        .expect(0)
        .tells(&["5 files: 5 passed"]);
    project.assert_nothing_is_left();
}

#[test]
fn what_is_in_the_way_is_named_where_the_script_does_not_say_what_it_drops() {
    let Some(project) = project() else { return };
    project.write(
        "migrations/V3__drop.sql",
        "DO $$ BEGIN EXECUTE 'DROP OWNED BY clerk'; EXECUTE 'DROP' || ' ROLE clerk'; END $$;\n",
    );
    project.run(&["test", "-j", "1"]).expect(1).tells(&[
        "3 files: 1 passed, 2 broken",
        "this run's own databases on the server are in the way of what migrations/V3__drop.sql drops",
    ]);
}

#[test]
fn what_else_the_role_has_is_in_the_way() {
    let Some(project) = project() else { return };
    project
        .write(
            "migrations/V3__drop.sql",
            "REVOKE SELECT ON t FROM clerk;\nDROP ROLE clerk;\n",
        )
        .write(
            "sql-tests/migrations/3/before.sql",
            "CREATE TABLE mine ();\nGRANT SELECT ON mine TO clerk;\n",
        );
    project
        .run(&["test", "-j", "1"])
        .expect(1)
        .tells(&["2BP01", "privileges for table mine"]);
}

#[test]
fn on_a_server_of_somebody_else_the_databases_of_the_run_are_named() {
    let Some(project) = project() else { return };
    let host = Host::start(&project);
    // It is there for each database of the run, and dropped with the last one only.
    project.write(
        "migrations/V2__let.sql",
        "DO $$ BEGIN IF to_regrole('clerk') IS NULL THEN CREATE ROLE clerk; END IF; END $$;\nGRANT SELECT ON t TO clerk;\n",
    );
    let url = host.by_socket("postgres");
    let ran = project.run(&["test", "-j", "1", "--url", &url]);
    ran.expect(1).tells(&[
        "3 files: 1 passed, 2 broken",
        "this run's own databases on the server are in the way of what migrations/V3__drop.sql drops",
    ]);
}
