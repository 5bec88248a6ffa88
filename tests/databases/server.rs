//! `pgassay db start` and `pgassay db stop`.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::tool::{Project, Ran, Running, is_root, psql, sees_processes, wait_until, working_in};
use crate::{ask, ask_at, running_shop, shop, url};

/// Stops a server that a test which failed has left elsewhere than where every test's is looked for.
struct Stopping<'a>(&'a dyn Fn(&[&str]) -> Ran);

impl Drop for Stopping<'_> {
    fn drop(&mut self) {
        (self.0)(&["db", "stop"]);
    }
}

/// The number that stands behind a word in what was printed.
#[track_caller]
fn number(text: &str, word: &str) -> u32 {
    let found = regex::Regex::new(&format!("{word} ([0-9]+)")).unwrap();
    let found = found.captures(text).unwrap_or_else(|| panic!("{text}"));
    found[1].parse().unwrap()
}

/// Goes through a server's life. `command` makes the tool's command line.
fn lives(project: &Project, command: &dyn Fn(&[&str]) -> Command) {
    let run = |arguments: &[&str]| Running::start(command(arguments), project.around()).finish();
    let stopped = run(&["db", "stop"]).expect(0);
    stopped.tells(&["does not run"]);
    run(&["db", "status"])
        .expect(1)
        .tells(&["is not made yet", "`pgassay db start`"]);
    assert!(!project.path().join(".pgassay").exists());

    let first = run(&["db", "start"]).expect(0);
    let (pid, port) = (number(&first.out, "process"), number(&first.out, "port"));
    let again = run(&["db", "start"]).expect(0).tells(&["runs already"]);
    assert_eq!(number(&again.out, "process"), pid);
    assert_eq!(number(&again.out, "port"), port);

    let status = run(&["db", "status"]).expect(0);
    assert_eq!(status.out, again.out.replace("runs already", "runs"));
    let url = run(&["db", "url"]).expect(0).out;
    let (before, behind) = url.trim_end().split_once('@').unwrap();
    let (_, password) = before.rsplit_once(':').unwrap();
    assert_eq!(password.len(), 32);
    for told in [&first, &again] {
        assert!(!told.out.contains(password) && !told.err.contains(password));
    }
    let maintenance = format!("{before}@{}", behind.replace("/shop", "/postgres"));
    ask_at(&maintenance, "CREATE TABLE kept AS SELECT 42 AS answer");
    // Any user of the machine gets to TCP, so nobody gets in without the password.
    let open = Command::new(psql().unwrap())
        .args(["-XqAtw", "-c", "SELECT 1"])
        .args([
            "-d",
            &format!("host=127.0.0.1 port={port} user=postgres dbname=postgres"),
        ])
        .env_clear()
        .output()
        .unwrap();
    assert_eq!(open.status.code(), Some(2), "{open:?}");

    let home = project.path().join(".pgassay");
    let mode = |name: &str| home.join(name).metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("password"), 0o600);
    assert_eq!(mode("server"), 0o700);
    assert_eq!(project.read(".pgassay/.gitignore"), "*\n");

    let stopped = run(&["db", "stop"]).expect(0).tells(&["is stopped"]);
    assert_eq!(number(&stopped.out, "process"), pid);
    run(&["db", "status"]).expect(1).tells(&["does not run"]);
    assert_eq!(working_in(&project.around()), Vec::<String>::new());

    let anew = run(&["db", "start"]).expect(0);
    assert_eq!(number(&anew.out, "port"), port);
    assert_eq!(ask_at(&maintenance, "SELECT answer FROM kept"), "42");
    assert_eq!(ask_at(&maintenance, "SHOW fsync"), "on");
    run(&["db", "stop"]).expect(0);
    assert_eq!(working_in(&project.around()), Vec::<String>::new());
}

#[test]
fn a_server_is_started_once_outlives_the_tool_and_keeps_its_data_and_its_port() {
    let Some(project) = shop() else { return };
    lives(&project, &|arguments| project.command(arguments));
}

#[test]
fn an_ordinary_user_has_a_server_too() {
    let Some(mut project) = shop() else { return };
    let Some((uid, gid)) = project.for_ordinary_user() else {
        return;
    };
    let project = project;
    lives(&project, &|arguments| {
        let mut command = project.command(arguments);
        command.uid(uid).gid(gid);
        command
    });
    let owner = project.path().join(".pgassay/server/data");
    assert_eq!(owner.metadata().unwrap().uid(), uid);
    // Root does not take over what another user has made.
    let refused = project.run(&["db", "start"]).expect(2);
    assert!(
        refused.err.contains(&format!("belongs to user {uid}")),
        "{}",
        refused.err
    );
    assert_eq!(owner.metadata().unwrap().uid(), uid);
}

#[test]
fn it_is_detached_from_the_terminal_in_a_session_of_its_own() {
    if !sees_processes() {
        return;
    }
    let Some(project) = shop() else { return };
    let started = project.run(&["db", "start"]).expect(0);
    let pid = number(&started.out, "process");
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let (_, behind) = stat.rsplit_once(')').unwrap();
    // state, parent, group, session, terminal
    let words: Vec<&str> = behind.split_whitespace().collect();
    assert_eq!(words[3], pid.to_string(), "{stat}");
    assert_eq!(words[4], "0", "{stat}");
    project.run(&["db", "stop"]).expect(0);
}

#[test]
fn nothing_that_was_committed_is_lost_in_a_crash() {
    let Some(project) = running_shop() else {
        return;
    };
    project.run(&["db", "up"]).expect(0);
    ask(&project, "INSERT INTO users VALUES (3, 'Edsger')");
    let pid_file = project.path().join(".pgassay/server/data/postmaster.pid");
    let text = fs::read_to_string(&pid_file).unwrap();
    let pid: i32 = text.lines().next().unwrap().parse().unwrap();
    kill(Pid::from_raw(pid), Signal::SIGKILL).unwrap();
    wait_until("all of the server is gone", || {
        working_in(&project.around()).is_empty()
    });
    assert!(pid_file.exists());
    project
        .run(&["db", "stop"])
        .expect(0)
        .tells(&["does not run"]);
    project.run(&["db", "start"]).expect(0);
    assert_eq!(ask(&project, "SELECT count(*) FROM users"), "3");
    project.run(&["db", "stop"]).expect(0);
}

#[test]
fn a_number_that_is_another_programs_by_now_is_no_server() {
    if !sees_processes() {
        return;
    }
    let Some(project) = running_shop() else {
        return;
    };
    let pid_file = project.path().join(".pgassay/server/data/postmaster.pid");
    let text = fs::read_to_string(&pid_file).unwrap();
    let socket = fs::read_dir(project.path().join(".pgassay/server")).unwrap();
    let socket = socket
        .map(|entry| entry.unwrap().path())
        .find(|path| path.to_string_lossy().ends_with(".lock"))
        .unwrap();
    project.run(&["db", "stop"]).expect(0);
    let data = pid_file.parent().unwrap().metadata().unwrap();
    let mut sleep = Command::new("sleep");
    sleep.arg("60").stdin(Stdio::null());
    if is_root() {
        sleep.uid(data.uid()).gid(data.gid());
    }
    let mut sleeper = sleep.spawn().unwrap();
    let (_, rest) = text.split_once('\n').unwrap();
    for path in [&pid_file, &socket] {
        fs::write(path, format!("{}\n{rest}", sleeper.id())).unwrap();
        std::os::unix::fs::chown(path, Some(data.uid()), Some(data.gid())).unwrap();
    }
    let stopped = project.run(&["db", "stop"]);
    let started = project.run(&["db", "start"]);
    let lives = matches!(sleeper.try_wait(), Ok(None));
    sleeper.kill().unwrap();
    sleeper.wait().unwrap();
    stopped.expect(0).tells(&["does not run"]);
    started.expect(0);
    assert!(lives, "another program was signalled");
    project.run(&["db", "stop"]).expect(0);
}

#[test]
fn data_of_another_version_are_refused_and_left_alone() {
    let Some(project) = running_shop() else {
        return;
    };
    project.run(&["db", "stop"]).expect(0);
    let version = project.path().join(".pgassay/server/data/PG_VERSION");
    let real = fs::read_to_string(&version).unwrap();
    let asked = project
        .run(&["db", "start", "--pg-version", "99"])
        .expect(2);
    for part in [real.trim(), "PostgreSQL 99 is asked for", "pg_dumpall"] {
        assert!(asked.err.contains(part), "{}", asked.err);
    }
    // Also while it runs.
    project.run(&["db", "start"]).expect(0);
    let asked = project
        .run(&["db", "start", "--pg-version", "99"])
        .expect(2);
    assert!(
        asked.err.contains("PostgreSQL 99 is asked for"),
        "{}",
        asked.err
    );
    project
        .run(&["db", "start", "--pg-version", real.trim()])
        .expect(0)
        .tells(&["runs already"]);
    project.run(&["db", "stop"]).expect(0);
    fs::write(&version, "98\n").unwrap();
    let gone = project.run(&["db", "start"]).expect(2);
    assert!(gone.err.contains("PostgreSQL 98, and "), "{}", gone.err);
    fs::write(&version, real).unwrap();
    project.run(&["db", "start"]).expect(0);
    project.run(&["db", "stop"]).expect(0);
}

#[test]
fn a_port_is_chosen_by_hand_and_one_that_is_taken_is_told() {
    let Some(project) = shop() else { return };
    let taken = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let refused = project.run(&["db", "start", "--port", &port]).expect(2);
    assert!(
        refused.err.contains(&format!("port {port} of 127.0.0.1")),
        "{}",
        refused.err
    );
    drop(taken);
    project.run(&["db", "start", "--port", &port]).expect(0);
    let other = project.run(&["db", "start", "--port", "1025"]).expect(2);
    assert!(
        other.err.contains("runs already") && other.err.contains("db stop"),
        "{}",
        other.err
    );
    project.run(&["db", "stop"]).expect(0);
    let anew = project.run(&["db", "start"]).expect(0);
    assert_eq!(number(&anew.out, "port").to_string(), port);
    project.run(&["db", "stop"]).expect(0);
}

#[test]
fn a_port_that_only_root_may_listen_on_is_told_without_starting_anything() {
    let first = fs::read_to_string("/proc/sys/net/ipv4/ip_unprivileged_port_start");
    if first.is_ok_and(|first| first.trim().parse::<u16>().unwrap() <= 22) {
        return;
    }
    let Some(project) = shop() else { return };
    let refused = project.run(&["db", "start", "--port", "22"]).expect(2);
    assert!(
        refused.err.contains("port 22") && refused.err.contains("--port N"),
        "{}",
        refused.err
    );
    assert!(!project.path().join(".pgassay/server/log").exists());
}

#[test]
fn a_server_whose_password_is_gone_is_given_another_one() {
    let Some(project) = running_shop() else {
        return;
    };
    project.run(&["db", "up"]).expect(0);
    let before = url(&project);
    for is_stopped in [false, true] {
        fs::remove_file(project.path().join(".pgassay/password")).unwrap();
        let refused = project.run(&["db", "url"]).expect(2);
        assert!(
            refused.err.contains("`pgassay db start`"),
            "{}",
            refused.err
        );
        if is_stopped {
            project.run(&["db", "stop"]).expect(0);
        }
        let started = project.run(&["db", "start"]).expect(0);
        assert!(started.err.contains("another password"), "{}", started.err);
        let after = url(&project);
        assert_ne!(after, before);
        let (_, password) = after.split_once("postgres:").unwrap();
        let (password, _) = password.split_once('@').unwrap();
        assert!(!started.out.contains(password) && !started.err.contains(password));
        assert_eq!(ask(&project, "SELECT count(*) FROM users"), "2");
    }
    let mode = project.path().join(".pgassay/password").metadata().unwrap();
    assert_eq!(mode.permissions().mode() & 0o777, 0o600);
    project.run(&["db", "stop"]).expect(0);
}

#[test]
fn where_a_sockets_path_would_be_too_long_there_is_tcp() {
    let Some(project) = shop() else { return };
    let long = project.path().join("d".repeat(120));
    fs::create_dir(&long).unwrap();
    let start = |arguments: &[&str]| {
        let mut command = project.command(arguments);
        command.env("PGASSAY_DATA_DIR", long.join("data"));
        Running::start(command, project.around()).finish()
    };
    let _stopping = Stopping(&start);
    let started = start(&["db", "start"]).expect(0);
    assert!(!started.out.contains("by its socket"), "{}", started.out);
    start(&["db", "up"]).expect(0).tells(&["is up to date"]);
    start(&["db", "stop"]).expect(0).tells(&["is stopped"]);
    assert!(!Path::new(&project.path().join(".pgassay")).exists());
}

#[test]
fn two_starts_at_once_start_one_server() {
    let Some(project) = shop() else { return };
    let both = [
        project.start(&["db", "start"]),
        project.start(&["db", "start"]),
    ];
    let pids = both.map(|start| number(&start.finish().expect(0).out, "process"));
    assert_eq!(pids[0], pids[1]);
    assert!(url(&project).contains("127.0.0.1"));
    project.run(&["db", "stop"]).expect(0);
}
