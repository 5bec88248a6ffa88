//! What is made ahead while a file runs, for the next one: nobody sees it.

use crate::{file, project, run};

/// Takes long enough for a database to be made meanwhile.
const COMMITS: &str = "CREATE TABLE left_behind (id integer);\nSELECT pg_sleep(0.1);";

/// A file that looks at the whole server, and passes when a condition holds.
fn looking(condition: &str) -> String {
    format!("BEGIN;\nSELECT plan(1);\nSELECT ok({condition});\nSELECT finish();\nROLLBACK;\n")
}

#[test]
fn no_file_sees_databases_and_sessions_that_serve_the_next_one() {
    let Some(project) = project() else { return };
    let databases = looking("(SELECT count(*) = 5 FROM pg_database)");
    // Its own, and the one that looks at what it leaves.
    let sessions = looking(
        "(SELECT count(*) = 2 FROM pg_stat_activity WHERE backend_type = 'client backend')",
    );
    let lookers = [&databases, &sessions, &databases, &sessions];
    for (number, looks) in lookers.into_iter().enumerate() {
        project
            .write(&format!("sql-tests/{number}_a_commits.sql"), &file(COMMITS))
            .write(
                &format!("sql-tests/{number}_b_commits.sql"),
                &file(&format!("{COMMITS}\nDROP TABLE left_behind;")),
            )
            .write(&format!("sql-tests/{number}_c_looks.sql"), looks);
    }
    for isolation in ["pristine", "copy"] {
        run(&project, &["--isolation", isolation])
            .expect(0)
            .tells(&["12 files: 12 passed"]);
    }
}

#[test]
fn a_file_that_changes_the_cluster_while_a_database_is_made_ahead_leaves_nothing() {
    let Some(project) = project() else { return };
    let looks = "current_setting('work_mem') = '4MB' AND to_regrole('visitor') IS NULL";
    project
        .write(
            "sql-tests/a.sql",
            &file("CREATE ROLE visitor;\nSELECT pg_sleep(0.1);"),
        )
        .write(
            "sql-tests/b.sql",
            &file("CREATE ROLE visitor;\nALTER SYSTEM SET work_mem = '9MB';"),
        )
        .write("sql-tests/c.sql", &file(COMMITS))
        .write("sql-tests/d.sql", &looking(looks));
    for isolation in ["pristine", "copy"] {
        run(&project, &["--isolation", isolation])
            .expect(0)
            .tells(&["4 files: 4 passed"]);
    }
}

#[test]
fn a_file_that_ends_the_session_which_makes_databases_disturbs_nobody() {
    let Some(project) = project() else { return };
    // Put together at run time, so that its words do not tell.
    let ends = "SELECT pg_sleep(0.1);
DO $$ BEGIN
    EXECUTE 'SELECT pg_term' || 'inate_backend(pid) FROM pg_stat_' || 'activity
              WHERE pid <> pg_backend_pid() AND backend_type = ''client backend''';
END $$;";
    for name in ["a", "c", "e"] {
        project.write(&format!("sql-tests/{name}.sql"), &file(ends));
    }
    for name in ["b", "d", "f"] {
        project.write(&format!("sql-tests/{name}.sql"), &file(COMMITS));
    }
    for isolation in ["pristine", "copy"] {
        run(&project, &["--isolation", isolation])
            .expect(0)
            .tells(&["6 files: 6 passed"]);
    }
}
