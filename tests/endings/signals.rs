//! Signals, at whatever time they come.

use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, killpg};

use crate::tool::{PASSING, Project, Ran, Running, skip, wait_until};

/// Two files that pass at once, and one that waits for a minute.
fn slow_project() -> Option<Project> {
    let project = Project::new()?;
    project
        .write("sql-tests/a.sql", PASSING)
        .write("sql-tests/b.sql", PASSING)
        .write("sql-tests/slow.sql", &project.sleeping("slow"))
        .write(
            "sql-tests/z_serial.sql",
            &format!("-- pgassay: serial\n{PASSING}"),
        );
    Some(project)
}

/// What an interruption of the slow project leaves behind: nothing but a report of what ran.
#[track_caller]
fn assert_told(ran: Ran, project: &Project, signal: &str) {
    let ran = ran.expect(130);
    let stopped = format!("stopped: interrupted by {signal}");
    let ran = ran.tells(&[&stopped, "4 files: 2 passed, 1 broken, 1 not run"]);
    assert_eq!(
        ran.verdicts(),
        [
            "broken  sql-tests/slow.sql",
            "passed  sql-tests/a.sql",
            "passed  sql-tests/b.sql"
        ]
    );
    let report = project.read("junit.xml");
    for file in ["a.sql", "b.sql", "slow.sql"] {
        assert!(report.contains(file), "{report}");
    }
    assert!(
        report.ends_with("</testsuites>") || report.ends_with("</testsuites>\n"),
        "{report}"
    );
    project.assert_nothing_is_left();
}

/// Whether this process ignores SIGHUP, as below `nohup`: what it starts then ignores it too, which is right.
fn is_below_nohup() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask & (1 << (Signal::SIGHUP as u64 - 1)) != 0)
}

#[test]
fn while_tests_run_each_signal_ends_the_run_in_order() {
    let Some(project) = slow_project() else {
        return;
    };
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP] {
        if signal == Signal::SIGHUP && is_below_nohup() {
            skip::<()>("SIGHUP is ignored here, as below nohup");
            continue;
        }
        let run = project.start(&["test", "-j", "2", "--junit", "junit.xml"]);
        run.wait_for("sql-tests/a.sql");
        run.wait_for("sql-tests/b.sql");
        project.wait_for_mark("slow");
        std::fs::remove_file(project.around().join("marks/slow")).unwrap();
        let begin = Instant::now();
        run.signal(signal);
        assert_told(run.finish(), &project, signal.as_str());
        assert!(
            begin.elapsed() < Duration::from_secs(20),
            "{:?}",
            begin.elapsed()
        );
    }
}

#[test]
fn a_second_interruption_does_not_stop_the_tidying_up() {
    let Some(project) = slow_project() else {
        return;
    };
    let run = project.start(&["test", "-j", "2", "--junit", "junit.xml"]);
    run.wait_for("sql-tests/a.sql");
    run.wait_for("sql-tests/b.sql");
    project.wait_for_mark("slow");
    for _ in 0..20 {
        // It may be gone before the last one.
        let _ = nix::sys::signal::kill(run.pid(), Signal::SIGINT);
        std::thread::sleep(Duration::from_millis(3));
    }
    assert_told(run.finish(), &project, "SIGINT");
}

#[test]
fn ctrl_c_on_a_terminal_reaches_the_tool_and_not_its_servers() {
    let Some(project) = slow_project() else {
        return;
    };
    let mut command = project.command(&["test", "-j", "2", "--junit", "junit.xml"]);
    // A terminal sends the signal to all of its foreground group: here the tool's own.
    command.process_group(0);
    let run = Running::start(command, project.around());
    run.wait_for("sql-tests/a.sql");
    run.wait_for("sql-tests/b.sql");
    project.wait_for_mark("slow");
    killpg(run.pid(), Signal::SIGINT).unwrap();
    let ran = run.finish();
    // Had the servers got it too, the connection would be lost instead. The statement behind the mark may not have begun.
    let ways = ["the run was interrupted", "no further statement was begun"];
    let is_interrupted = |way: &&str| ran.out.contains(&format!("interrupted: {way}"));
    assert!(ways.iter().any(is_interrupted), "{}", ran.out);
    assert_told(ran, &project, "SIGINT");
}

#[test]
fn a_statement_that_will_not_be_cancelled_holds_nobody_up() {
    let Some(project) = Project::new() else {
        return;
    };
    let stubborn = format!(
        "SELECT plan(1);
{}DO $$
BEGIN
    LOOP
        BEGIN
            PERFORM pg_sleep(60);
        EXCEPTION WHEN query_canceled THEN NULL;
        END;
    END LOOP;
END $$;
",
        project.marking("stubborn")
    );
    project.write("sql-tests/a.sql", &stubborn);
    let run = project.start(&["test"]);
    project.wait_for_mark("stubborn");
    run.signal(Signal::SIGINT);
    run.finish().expect(130).tells(&["1 file: 1 broken"]);
    project.assert_nothing_is_left();
}

#[test]
fn while_the_template_is_prepared_a_signal_ends_the_run_too() {
    let Some(project) = Project::new() else {
        return;
    };
    project.write("sql-tests/a.sql", PASSING);
    let sleep = |mark| format!("{}SELECT pg_sleep(60);\n", project.marking(mark));
    for (script, mark) in [
        ("roles/app.sql", "roles"),
        ("migrations/V1__slow.sql", "migration"),
        ("fixtures/rows.sql", "fixtures"),
    ] {
        project.write(script, &sleep(mark));
        let run = project.start(&["test"]);
        project.wait_for_mark(mark);
        run.signal(Signal::SIGTERM);
        run.finish()
            .expect(130)
            .tells(&["stopped: interrupted by SIGTERM", "1 file: 1 not run"]);
        project.assert_nothing_is_left();
        project.write(script, "");
    }
}

#[test]
fn while_a_command_migrates_a_signal_ends_it_and_all_that_it_started() {
    let Some(project) = Project::new() else {
        return;
    };
    project.write("sql-tests/a.sql", PASSING);
    let marks = project.around().join("marks");
    let marks = marks.display();
    let commands = [
        // It ends by itself when it is asked to.
        format!("sleep 61 & touch {marks}/0; wait"),
        // It has to be killed, children and all.
        format!("trap '' TERM; sh -c 'sleep 61; sleep 61' & touch {marks}/1; sleep 61; wait"),
    ];
    for (number, command) in commands.iter().enumerate() {
        let run = project.start(&["test", "--migrate-command", command]);
        project.wait_for_mark(&number.to_string());
        run.signal(Signal::SIGINT);
        run.finish().expect(130).tells(&["1 file: 1 not run"]);
        // What was killed may take a moment to go.
        wait_until("nothing is left", || project.left().is_empty());
    }
}

#[test]
fn while_a_server_does_not_answer_a_signal_ends_the_wait() {
    let project = Project::without_server();
    project.write("sql-tests/a.sql", PASSING);
    // It takes connections, and that is all.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let url = format!("host=127.0.0.1 port={port} user=ada sslmode=disable");
    let run = project.start(&["test", "--url", &url]);
    let (_session, _) = silent.accept().unwrap();
    run.signal(Signal::SIGINT);
    run.finish().expect(130).tells(&["1 file: 1 not run"]);
}

#[test]
fn under_nohup_a_closed_terminal_does_not_interrupt() {
    if !std::path::Path::new("/proc/self/status").exists() {
        skip::<()>("this system does not tell which signals are ignored");
        return;
    }
    let Some(project) = Project::new() else {
        return;
    };
    let waiting = format!(
        "SELECT plan(1);\n{}SELECT pg_sleep(1);\nSELECT pass('slept');\n",
        project.marking("waiting")
    );
    project.write("sql-tests/a.sql", &waiting);
    let tool = project.command(&["test"]);
    let mut command = Command::new("sh");
    command
        .args(["-c", "trap '' HUP; exec \"$@\"", "sh"])
        .arg(tool.get_program())
        .args(tool.get_args())
        .current_dir(project.path())
        .env_clear()
        .envs(
            tool.get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        );
    let run = Running::start(command, project.around());
    project.wait_for_mark("waiting");
    run.signal(Signal::SIGHUP);
    run.finish().expect(0);
    project.assert_nothing_is_left();
}

#[test]
fn a_terminal_that_is_closed_leaves_nothing_but_the_report() {
    if is_below_nohup() {
        skip::<()>("SIGHUP is ignored here, as below nohup");
        return;
    }
    let Some(project) = slow_project() else {
        return;
    };
    let tool = project.command(&["test", "-j", "2", "--junit", "junit.xml"]);
    let line = format!(
        "exec '{}' test -j 2 --junit junit.xml",
        tool.get_program().display()
    );
    // It holds a terminal, which closes when it is killed.
    let mut command = Command::new("script");
    command
        .args(["-q", "-c", &line, "/dev/null"])
        .current_dir(project.path())
        .env_clear()
        .envs(
            tool.get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .stdin(Stdio::null());
    let is_there = Command::new("script").arg("--version").output();
    if !is_there.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).contains("util-linux"))
    {
        skip::<()>("there is no util-linux `script` to hold a terminal");
        return;
    }
    let terminal = Running::start(command, project.around());
    terminal.wait_for("b.sql");
    project.wait_for_mark("slow");
    terminal.kill();
    wait_until("nothing is left", || project.left().is_empty());
    let report = project.read("junit.xml");
    for file in ["a.sql", "b.sql", "slow.sql"] {
        assert!(report.contains(file), "{report}");
    }
}
