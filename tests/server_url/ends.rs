//! However a run ends, its databases are dropped.

use std::process::Command;

use nix::sys::signal::Signal;

use crate::tool::Host;
use crate::tool::{PASSING, Project, psql, wait_until};
use crate::verdicts::project;

#[test]
fn two_runs_at_once_do_not_disturb_one_another() {
    let Some(project) = project() else { return };
    let own = project.run(&["test"]).expect(1).verdicts();
    let host = Host::start(&project);
    let before = host.state();
    let runs = ["postgres", "ada"]
        .map(|user| project.start(&["test", "-j", "2", "--url", &host.by_socket(user)]));
    for run in runs {
        assert_eq!(run.finish().expect(1).verdicts(), own);
    }
    host.assert_is_as(&before);
}

#[test]
fn after_a_failed_migration_no_database_is_left() {
    let Some(project) = Project::new() else {
        return;
    };
    let host = Host::start(&project);
    let before = host.state();
    project
        .write("sql-tests/a.sql", PASSING)
        .write("migrations/V1__no.sql", "CREATE TABLE t ();\nSELECT 1/0;\n");
    let ran = project
        .run(&["test", "--url", &host.by_socket("ada")])
        .expect(2);
    assert!(ran.err.contains("migrations/V1__no.sql:2"), "{}", ran.err);
    host.assert_is_as(&before);
}

#[test]
fn after_an_interruption_no_database_is_left() {
    let Some(project) = Project::new() else {
        return;
    };
    let host = Host::start(&project);
    let before = host.state();
    project
        .write("sql-tests/a.sql", PASSING)
        .write("sql-tests/slow.sql", &project.sleeping("slow"))
        .write(
            "slow/V1__slow.sql",
            &format!("{}SELECT pg_sleep(60);\n", project.marking("migration")),
        );
    let url = host.by_socket("postgres");
    for (arguments, mark) in [
        (&["test", "-j", "2"][..], "slow"),
        (&["test", "--migrations", "slow"][..], "migration"),
    ] {
        let arguments: Vec<&str> = arguments
            .iter()
            .copied()
            .chain(["--url", url.as_str()])
            .collect();
        let run = project.start(&arguments);
        project.wait_for_mark(mark);
        assert!(!host.made().is_empty());
        run.signal(Signal::SIGINT);
        run.finish()
            .expect(130)
            .tells(&["stopped: interrupted by SIGINT"]);
        host.assert_is_as(&before);
    }
}

#[test]
fn a_database_is_made_while_the_file_before_runs_and_goes_with_an_interruption() {
    let Some(project) = Project::new() else {
        return;
    };
    let host = Host::start(&project);
    let before = host.state();
    project
        .write("sql-tests/a.sql", &project.sleeping("slow"))
        .write("sql-tests/b.sql", PASSING);
    let run = project.start(&["test", "-j", "1", "--url", &host.by_socket("postgres")]);
    project.wait_for_mark("slow");
    // The template, the one in use, and the next one.
    wait_until("there is one more", || host.made().len() == 3);
    run.signal(Signal::SIGTERM);
    run.finish()
        .expect(130)
        .tells(&["2 files: 1 broken, 1 not run"]);
    host.assert_is_as(&before);
}

#[test]
fn a_kept_database_can_be_opened_and_is_the_only_one_that_stays() {
    let Some(psql) = psql() else { return };
    let Some(project) = Project::new() else {
        return;
    };
    let host = Host::start(&project);
    let before = host.state();
    let failing = "CREATE TABLE seen AS SELECT 'here it is'::text AS what;\nSELECT plan(1);\nSELECT fail('no');\n";
    project
        .write("sql-tests/a.sql", PASSING)
        .write("sql-tests/b.sql", failing)
        .write("sql-tests/c.sql", PASSING);
    let ran = project
        .run(&[
            "test",
            "-j",
            "1",
            "--keep-failed",
            "--url",
            &host.by_socket("ada"),
        ])
        .expect(1);
    assert_eq!(
        ran.verdicts(),
        [
            "failed  sql-tests/b.sql",
            "passed  sql-tests/a.sql",
            "passed  sql-tests/c.sql"
        ]
    );
    let line = ran
        .out
        .lines()
        .find_map(|line| line.trim().strip_prefix("database kept: psql "));
    let line = line.unwrap_or_else(|| panic!("no command in:\n{}", ran.out));
    let looked = format!(
        "'{}' -XAt {line} -c 'SELECT what FROM seen'",
        psql.display()
    );
    let output = Command::new("sh").args(["-c", &looked]).output().unwrap();
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "here it is\n",
        "{output:?}"
    );
    let kept = host.made();
    assert_eq!(kept.len(), 1, "{kept:?}");
    assert!(line.contains(&kept[0]), "{line}");
    host.client("postgres")
        .batch_execute(&format!("DROP DATABASE {}", kept[0]))
        .unwrap();
    host.assert_is_as(&before);
}

#[test]
fn a_session_that_a_test_leaves_behind_does_not_keep_its_database() {
    let Some(project) = Project::new() else {
        return;
    };
    let host = Host::start(&project);
    let before = host.state();
    project.write("sql-tests/slow.sql", &project.sleeping("slow"));
    let run = project.start(&["test", "--url", &host.by_socket("postgres")]);
    project.wait_for_mark("slow");
    let scratch = host
        .made()
        .into_iter()
        .find(|name| !name.ends_with("template"))
        .unwrap();
    // Somebody who looks into the database while the test runs.
    let visitor = host.client(&scratch);
    run.signal(Signal::SIGTERM);
    run.finish().expect(130);
    drop(visitor);
    host.assert_is_as(&before);
}

#[test]
fn a_server_that_goes_away_ends_the_run() {
    let Some(project) = Project::new() else {
        return;
    };
    let host = Host::start(&project);
    project
        .write("sql-tests/a.sql", &project.sleeping("slow"))
        .write("sql-tests/b.sql", PASSING);
    let run = project.start(&["test", "-j", "1", "--url", &host.by_socket("postgres")]);
    project.wait_for_mark("slow");
    drop(host);
    let ran = run.finish().expect(2);
    assert_eq!(ran.verdicts(), ["broken  sql-tests/a.sql"], "{}", ran.out);
    let ran = ran.tells(&["2 files: 1 broken, 1 not run"]);
    assert!(
        ran.err.contains("the connection to the server was lost"),
        "{}",
        ran.err
    );
}

#[test]
fn what_a_file_does_to_the_server_neither_stops_the_run_nor_leaves_its_database() {
    let Some(project) = Project::new() else {
        return;
    };
    let host = Host::start(&project);
    let before = host.state();
    project
        .write(
            "sql-tests/a.sql",
            "SELECT plan(1);\nSELECT ok(count(pg_terminate_backend(pid)) > 0) FROM pg_stat_activity\n\
             WHERE pid <> pg_backend_pid() AND backend_type = 'client backend';\n",
        )
        .write(
            "sql-tests/b.sql",
            "SELECT plan(1);\nCREATE TABLE t ();\nBEGIN;\nLOCK TABLE t;\nPREPARE TRANSACTION 'it''s left';\nSELECT pass('x');\n",
        )
        .write("sql-tests/c.sql", PASSING);
    let killing = include_str!("../data/misbehaviour/sql-tests/server/kills_its_process.sql");
    project
        .write("sql-tests/d.sql", killing)
        .write("sql-tests/e.sql", PASSING);
    let ran = project
        .run(&["test", "-j", "1", "--url", &host.by_socket("postgres")])
        .expect(1);
    let verdicts = ran.verdicts();
    let passed = verdicts.iter().filter(|line| line.starts_with("passed"));
    assert_eq!((passed.count(), verdicts.len()), (4, 5), "{}", ran.out);
    assert!(!ran.out.contains("may still be there"), "{}", ran.out);
    host.assert_is_as(&before);
}

#[test]
fn serial_files_do_not_take_the_place_of_a_kept_database() {
    let Some(project) = Project::new() else {
        return;
    };
    let host = Host::start(&project);
    let failing = "SELECT plan(1);\nSELECT fail('no');\n";
    project
        .write("sql-tests/a.sql", failing)
        .write("sql-tests/b.sql", &format!("-- pgassay: serial\n{failing}"))
        .write("sql-tests/c.sql", &format!("-- pgassay: serial\n{PASSING}"));
    let url = host.by_socket("postgres");
    let ran = project
        .run(&["test", "-j", "1", "--keep-failed", "--url", &url])
        .expect(1);
    let kept = host.made();
    assert_eq!(kept.len(), 2, "{kept:?}");
    for name in kept {
        assert!(ran.out.contains(&name), "{name}: {}", ran.out);
    }
}

#[test]
fn a_database_that_cannot_be_dropped_is_told_of_and_does_not_stop_the_run() {
    let Some(project) = Project::new() else {
        return;
    };
    let host = Host::start(&project);
    project
        .write(
            "sql-tests/a.sql",
            "SELECT plan(1);\nDO $$BEGIN\n\
             EXECUTE format('ALTER DATABASE %I IS_TEMPLATE true', current_database());\nEND$$;\nSELECT pass('x');\n",
        )
        .write("sql-tests/b.sql", PASSING);
    let ran = project
        .run(&["test", "-j", "1", "--url", &host.by_socket("postgres")])
        .expect(0);
    assert_eq!(ran.verdicts().len(), 2, "{}", ran.out);
    let left = host.made();
    assert_eq!(left.len(), 1, "{left:?}");
    ran.tells(&[&format!("the database \"{}\" may still be there", left[0])]);
}
