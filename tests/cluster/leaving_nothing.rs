//! Nothing stays behind, however a run ends, and nothing of others is touched.

use std::fs;

use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, getpgid};
use pgassay::cluster::{ClusterError, RunDirectory, sweep_kept};

use crate::ground::{
    Ground, Holder, connect, connect_to, lives, names, pid, places, show, wait_until,
};

#[test]
fn nothing_is_left_when_a_run_ends_whatever_the_order() {
    let Some(ground) = Ground::new() else { return };
    let run = ground.run();
    let first = ground.server(&run, "w0");
    let second = ground.server(&run, "w1");
    let _session = connect(&second);
    let postmasters = [first.pid(), second.pid()];
    assert_eq!(
        getpgid(Some(pid(first.pid()))).unwrap(),
        pid(first.pid()),
        "Ctrl-C must not reach it"
    );
    drop(first);
    assert!(!lives(postmasters[0]));
    // The directory goes first here; the server in it goes with it.
    drop(run);
    assert!(!lives(postmasters[1]));
    assert_eq!(ground.left(), Vec::<String>::new());
}

#[test]
fn a_panic_leaves_nothing() {
    let Some(ground) = Ground::new() else { return };
    let postmaster = std::sync::Mutex::new(0);
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let run = ground.run();
        let server = ground.server(&run, "w0");
        *postmaster.lock().unwrap() = server.pid();
        std::panic::resume_unwind(Box::new("a bug"));
    }));
    assert!(panicked.is_err());
    assert!(!lives(*postmaster.lock().unwrap()));
    assert_eq!(ground.left(), Vec::<String>::new());
}

#[test]
fn a_stopped_process_is_killed_with_its_sessions() {
    let Some(ground) = Ground::new() else { return };
    let run = ground.run();
    let server = ground.server(&run, "w0");
    let mut client = connect(&server);
    let backend: i32 = client
        .query_one("SELECT pg_backend_pid()", &[])
        .unwrap()
        .get(0);
    // Neither can answer to a request to stop.
    kill(Pid::from_raw(backend), Signal::SIGSTOP).unwrap();
    kill(pid(server.pid()), Signal::SIGSTOP).unwrap();
    let postmaster = server.pid();
    drop(server);
    assert!(!lives(postmaster));
    assert!(!lives(u32::try_from(backend).unwrap()));
    run.remove().unwrap();
    assert_eq!(ground.left(), Vec::<String>::new());
}

#[test]
fn after_a_kill_the_next_run_clears_away_what_the_dead_one_left_and_nothing_of_a_live_one() {
    let Some(ground) = Ground::new() else { return };
    let mut dead = Holder::start(&ground);
    let live = Holder::start(&ground);
    dead.kill();
    assert!(lives(dead.postmaster), "a server outlives its run's kill");
    assert!(dead.run.exists());
    let run = ground.run();
    assert!(!lives(dead.postmaster));
    assert!(!dead.run.exists());
    assert!(lives(live.postmaster));
    assert!(live.run.exists());
    assert_eq!(run.swept().directories, [dead.run.clone()]);
    assert_eq!((run.swept().servers, run.swept().failures.len()), (1, 0));
    let mut live = live;
    live.kill();
    drop(run);
    let run = ground.run();
    assert_eq!(run.swept().servers, 1);
    assert!(!lives(live.postmaster));
    drop(run);
    assert_eq!(ground.left(), Vec::<String>::new());
}

#[test]
fn a_session_that_lost_its_postmaster_is_swept_too() {
    let Some(ground) = Ground::new() else { return };
    let mut dead = Holder::start(&ground);
    let mut client = connect_to(&dead.run.join("w0.run"), 5432);
    let backend: i32 = client
        .query_one("SELECT pg_backend_pid()", &[])
        .unwrap()
        .get(0);
    kill(Pid::from_raw(backend), Signal::SIGSTOP).unwrap();
    dead.kill();
    kill(pid(dead.postmaster), Signal::SIGKILL).unwrap();
    wait_until("the postmaster is gone", || !lives(dead.postmaster));
    assert!(lives(u32::try_from(backend).unwrap()));
    let run = ground.run();
    assert_eq!(run.swept().directories, [dead.run.clone()]);
    assert!(!lives(u32::try_from(backend).unwrap()));
}

#[test]
fn strangers_directories_and_a_half_made_run_directory_are_not_swept() {
    let Some(ground) = Ground::new() else { return };
    let others = ["pgassay-runs", "my-pgassay-run-1-a", ".pgassay-run-abc"];
    for name in others {
        fs::create_dir(ground.runs().join(name)).unwrap();
    }
    fs::write(ground.runs().join("pgassay-run-1-file"), "").unwrap();
    let elsewhere = ground.directory.path().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, ground.runs().join("pgassay-run-1-link")).unwrap();
    // Cleared away halfway by somebody who was killed.
    fs::create_dir(ground.runs().join("pgassay-run-1-half")).unwrap();
    let run = ground.run();
    assert_eq!(
        run.swept().directories,
        [ground
            .runs()
            .canonicalize()
            .unwrap()
            .join("pgassay-run-1-half")]
    );
    drop(run);
    let left = ground.left();
    assert_eq!(
        left,
        [
            ".pgassay-run-abc",
            "my-pgassay-run-1-a",
            "pgassay-run-1-file",
            "pgassay-run-1-link",
            "pgassay-runs"
        ]
    );
    assert!(elsewhere.exists());
}

#[test]
fn a_kept_server_outlives_its_run_until_kept_ones_are_swept() {
    let Some(ground) = Ground::new() else { return };
    let run = ground.run();
    let kept_one = ground.server(&run, "w0");
    let other = ground.server(&run, "w1");
    let other_postmaster = other.pid();
    let path = run.path().to_path_buf();
    let kept = run.keep(kept_one).unwrap();
    drop(run);
    assert!(!lives(other_postmaster));
    assert_eq!(names(&path), ["kept", "lock", "w0", "w0.run"]);
    drop(ground.run());
    assert!(lives(kept.pid));
    assert_eq!(
        show(&mut connect_to(&kept.socket_dir, kept.port), "fsync"),
        "off"
    );
    assert!(kept.socket_dir.ends_with("w0.run"));
    let swept = sweep_kept(&ground.places());
    assert_eq!((swept.servers, swept.directories.len()), (1, 1));
    wait_until("the kept server is gone", || !lives(kept.pid));
    assert_eq!(ground.left(), Vec::<String>::new());
    drop(other);
}

#[test]
fn a_missing_run_directory_is_named() {
    let Some(ground) = Ground::new() else { return };
    let missing = ground.directory.path().join("missing");
    let error = RunDirectory::create(&places(&missing))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains(&format!("PGASSAY_RUN_DIR is {}", missing.display())),
        "{error}"
    );
    let long = ground.directory.path().join("x".repeat(80));
    fs::create_dir(&long).unwrap();
    let error = RunDirectory::create(&places(&long)).unwrap_err();
    assert!(
        matches!(error, ClusterError::SocketPathTooLong { .. }),
        "{error}"
    );
}
