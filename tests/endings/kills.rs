//! `kill -9`: nobody can tidy up, so the next run does.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::tool::{PASSING, Project, names, sees_processes, skip, wait_until, working_in};

#[test]
fn the_next_run_removes_what_a_killed_one_left_and_nothing_of_a_live_one() {
    let Some(project) = Project::new() else {
        return;
    };
    project
        .write("dead/slow.sql", &project.sleeping("dead"))
        .write("live/slow.sql", &project.sleeping("live"))
        .write("sql-tests/a.sql", PASSING);
    let dead = project.start(&["test", "dead"]);
    project.wait_for_mark("dead");
    let of_dead = names(&project.runs());
    assert_eq!(of_dead.len(), 1);
    let live = project.start(&["test", "live"]);
    project.wait_for_mark("live");
    let of_live: Vec<String> = names(&project.runs())
        .into_iter()
        .filter(|name| !of_dead.contains(name))
        .collect();
    dead.kill();
    assert!(
        !sees_processes() || !working_in(&project.runs().join(&of_dead[0])).is_empty(),
        "the servers outlive their run"
    );
    let live_processes = || {
        let mut processes = working_in(&project.runs().join(&of_live[0]));
        // Sessions come and go; the postmaster and what it began with stay.
        processes.sort();
        processes
    };
    let before = live_processes();
    project.run(&["test"]).expect(0);
    assert_eq!(names(&project.runs()), of_live);
    let after = live_processes();
    assert!(
        before.iter().all(|process| after.contains(process)),
        "{before:?} {after:?}"
    );
    live.signal(nix::sys::signal::Signal::SIGINT);
    live.finish().expect(130);
    project.assert_nothing_is_left();
}

#[test]
fn a_run_that_was_killed_while_it_made_its_template_is_removed_too() {
    let Some(project) = Project::new() else {
        return;
    };
    project.write("sql-tests/a.sql", PASSING);
    let slow = format!("{}SELECT pg_sleep(60);\n", project.marking("migration"));
    project.write("slow/V1__slow.sql", &slow);
    let run = project.start(&["test", "--migrations", "slow"]);
    project.wait_for_mark("migration");
    run.kill();
    project.run(&["test"]).expect(0);
    project.assert_nothing_is_left();
}

#[test]
fn a_run_that_was_killed_while_initdb_worked_is_removed_too() {
    if !sees_processes() {
        skip::<()>("this system does not show where processes work");
        return;
    }
    let Some(project) = Project::new() else {
        return;
    };
    project.write("sql-tests/a.sql", PASSING);
    let run = project.start(&["test", "--no-cache"]);
    wait_until("initdb works", || {
        working_in(&project.runs())
            .iter()
            .any(|process| process.ends_with("initdb"))
    });
    run.kill();
    project.run(&["test"]).expect(0);
    project.assert_nothing_is_left();
}

#[test]
fn a_server_that_is_killed_breaks_its_file_and_no_other() {
    let Some(project) = Project::new() else {
        return;
    };
    project
        .write("sql-tests/a.sql", PASSING)
        .write("sql-tests/lost.sql", &project.sleeping("lost"))
        .write("sql-tests/z.sql", PASSING);
    let run = project.start(&["test", "-j", "1"]);
    project.wait_for_mark("lost");
    // The postmaster is the one whose parent works elsewhere: the tool.
    for pid in children_of(run.pid().as_raw()) {
        let pid = nix::unistd::Pid::from_raw(pid);
        nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGKILL).unwrap();
    }
    let ran = run.finish().expect(1);
    assert_eq!(
        ran.verdicts(),
        [
            "broken  sql-tests/lost.sql",
            "passed  sql-tests/a.sql",
            "passed  sql-tests/z.sql"
        ]
    );
    project.assert_nothing_is_left();
}

/// The processes that this one started, as `ps` lists them where there is no `/proc`.
fn children_of(pid: i32) -> Vec<i32> {
    let Ok(processes) = std::fs::read_dir("/proc") else {
        let listing = Command::new("ps").args(["-A", "-o", "pid=,ppid="]).output();
        let listing = String::from_utf8(listing.unwrap().stdout).unwrap();
        let pairs = listing.lines().map(|line| {
            let (child, parent) = line.trim().split_once(' ').unwrap();
            (child.parse().unwrap(), parent.trim().parse().unwrap())
        });
        return pairs
            .filter(|(_, parent): &(i32, i32)| *parent == pid)
            .map(|(child, _)| child)
            .collect();
    };
    let is_child = |process: &i32| {
        let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
        // The name in parentheses may hold anything; state and parent stand behind it.
        let behind = stat.rsplit(')').next().unwrap_or_default();
        behind.split_whitespace().nth(1) == Some(&pid.to_string())
    };
    processes
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter(is_child)
        .collect()
}

#[test]
fn a_server_that_notices_late_that_a_process_died_is_not_used_for_the_next_file() {
    if !Path::new("/proc/self/stat").exists() {
        skip::<()>("this system does not show how its processes are");
        return;
    }
    let Some(project) = Project::new() else {
        return;
    };
    // The postmaster stands still while the process dies, as it does on a machine that is busy.
    let mark = project.around().join("marks/postmaster");
    let kills = format!(
        r"SELECT plan(1);
SELECT split_part(pg_read_file('postmaster.pid'), E'\n', 1) AS postmaster \gset
COPY (SELECT :postmaster) TO '{}';
SELECT format('cat >/dev/null; kill -STOP %s; kill -9 %s', :postmaster, pg_backend_pid()) AS kills \gset
COPY (SELECT 1) TO PROGRAM :'kills';
SELECT pass('not reached');
",
        mark.display()
    );
    let slow = "SELECT plan(1);\nSELECT pg_sleep(4);\nSELECT pass('slept');\n";
    project
        .write("sql-tests/a_kills.sql", &kills)
        .write("sql-tests/b_next.sql", slow);
    let running = project.start(&["test", "-j", "1"]);
    let postmaster = || fs::read_to_string(&mark).ok()?.trim().parse::<i32>().ok();
    let stands_still = || {
        let stat = fs::read_to_string(format!("/proc/{}/stat", postmaster()?)).ok()?;
        Some(stat.contains(") T "))
    };
    wait_until("the postmaster stands still", || {
        stands_still() == Some(true)
    });
    std::thread::sleep(Duration::from_secs(2));
    kill(Pid::from_raw(postmaster().unwrap()), Signal::SIGCONT).unwrap();
    let ran = running.finish().expect(1);
    let verdicts = ran.verdicts();
    assert_eq!(
        verdicts,
        [
            "broken  sql-tests/a_kills.sql",
            "passed  sql-tests/b_next.sql"
        ]
    );
    let told = format!("{}{}", ran.out, ran.err);
    assert!(told.contains("the server's last words:"), "{told}");
    project.assert_nothing_is_left();
}
