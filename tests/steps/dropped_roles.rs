//! Migrations and down scripts that drop a role.

use crate::tool::{Host, Project};

/// A project whose migration makes a role that its down script drops; `more` comes behind what makes it, and `less` first when it
/// is taken back.
fn project(more: &str, less: &str) -> Option<Project> {
    let project = Project::new()?;
    project
        .write("migrations/V1__make.sql", "CREATE TABLE t (id int);\n")
        .write(
            "migrations/V2__role.sql",
            &format!("CREATE ROLE app;\nGRANT SELECT ON t TO app;\n{more}"),
        )
        .write(
            "migrations/U2__role.sql",
            &format!("{less}DROP OWNED BY app;\nDROP ROLE app;\n"),
        )
        .write("migrations/V3__more.sql", "GRANT INSERT ON t TO app;\n")
        .write("migrations/U3__more.sql", "REVOKE INSERT ON t FROM app;\n");
    Some(project)
}

#[test]
fn a_down_script_may_drop_a_role() {
    for (more, less) in [
        ("", ""),
        // What stands in no transaction is tried on a copy.
        (
            "CREATE INDEX CONCURRENTLY t_id ON t (id);\n",
            "DROP INDEX CONCURRENTLY t_id;\n",
        ),
    ] {
        let Some(project) = project(more, less) else {
            return;
        };
        project
            .run(&["test", "--round-trip"])
            .expect(0)
            .tells(&["3 migrations: 3 passed"]);
        project.assert_nothing_is_left();
    }
}

#[test]
fn a_role_that_is_lost_on_the_way_is_there_again_for_the_next_migration() {
    let Some(project) = project(
        "CREATE INDEX CONCURRENTLY t_id ON t (id);\nDO $$ BEGIN ASSERT to_regclass('mark') IS NULL; END $$;\n",
        "CREATE TABLE mark ();\nDROP INDEX CONCURRENTLY t_id;\n",
    ) else {
        return;
    };
    project.run(&["test", "--round-trip"]).expect(1).tells(&[
        "not ok 4 - it applies again",
        "3 migrations: 2 passed, 1 failed",
    ]);
}

#[test]
fn on_a_server_of_somebody_else_the_copy_that_is_in_the_way_is_no_failure() {
    let Some(project) = project("", "") else {
        return;
    };
    let host = Host::start(&project);
    let ran = project.run(&[
        "test",
        "--round-trip",
        "--verbose",
        "--url",
        &host.by_socket("postgres"),
    ]);
    ran.expect(0).tells(&[
        "skip  2  migrations/U2__role.sql takes it back  (this run's own databases on the server are in the way of what migrations/U2__role.sql drops",
        "3 migrations: 3 passed",
    ]);
    assert_eq!(host.made(), Vec::<String>::new());
}
