//! `pgassay shell`.

use std::os::unix::process::CommandExt;

use nix::sys::signal::{Signal, killpg};

use crate::shop;
use crate::tool::{Running, psql};

#[test]
fn psql_gets_a_copy_of_what_the_tests_get_and_nothing_of_it_stays() {
    let Some(project) = shop() else { return };
    if psql().is_none() {
        return;
    }
    let look =
        "SELECT current_database(), (SELECT count(*) FROM users), pgtap_version() IS NOT NULL";
    let ran = project.run(&["shell", "-c", look, "--", "-XqAt"]).expect(0);
    assert_eq!(ran.out, "shop|2|t\n", "{}", ran.err);
    project
        .run(&["shell", "-c", "DELETE FROM users", "--", "-Xq"])
        .expect(0);
    let ran = project
        .run(&[
            "shell",
            "-c",
            "SELECT 1",
            "-c",
            "SELECT count(*) FROM users",
            "--",
            "-XqAt",
        ])
        .expect(0);
    assert_eq!(ran.out, "1\n2\n");
    project.assert_nothing_is_left();
}

#[test]
fn the_exit_code_is_psqls() {
    let Some(project) = shop() else { return };
    if psql().is_none() {
        return;
    }
    let failed = project.run(&["shell", "-c", "SELECT 1/0"]).expect(1);
    assert!(failed.err.contains("division by zero"), "{}", failed.err);
    project.write("bad.sql", "SELECT 1/0;\n");
    project
        .run(&[
            "shell",
            "--",
            "-X",
            "-v",
            "ON_ERROR_STOP=1",
            "-f",
            "bad.sql",
        ])
        .expect(3);
    project.assert_nothing_is_left();
}

#[test]
fn a_template_that_cannot_be_made_is_the_tools_own_error() {
    let Some(project) = shop() else { return };
    project.write("migrations/V2__orders.sql", "CREATE TABLE oops (;\n");
    let failed = project.run(&["shell", "-c", "SELECT 1"]).expect(2);
    assert!(
        failed.err.contains("migrations/V2__orders.sql:1"),
        "{}",
        failed.err
    );
    project.assert_nothing_is_left();
}

#[test]
fn ctrl_c_is_psqls_and_what_is_left_is_cleared_away() {
    let Some(project) = shop() else { return };
    if psql().is_none() {
        return;
    }
    // A terminal sends SIGINT to the whole group.
    let mut command = project.command(&["shell", "-c", &project.sleeping("psql"), "--", "-X"]);
    command.process_group(0);
    let running = Running::start(command, project.around());
    project.wait_for_mark("psql");
    killpg(running.pid(), Signal::SIGINT).unwrap();
    let ended = running.finish();
    assert!(ended.err.contains("Cancel request sent"), "{}", ended.err);
    // What psql itself makes of it.
    assert_eq!(ended.code, Some(1));
    project.assert_nothing_is_left();
}

#[test]
fn a_signal_that_ends_the_tool_ends_psql_too() {
    let Some(project) = shop() else { return };
    if psql().is_none() {
        return;
    }
    let running = project.start(&["shell", "-c", &project.sleeping("psql"), "--", "-X"]);
    project.wait_for_mark("psql");
    running.signal(Signal::SIGTERM);
    running.finish().expect(130);
    project.assert_nothing_is_left();
}
