//! Twice in a row, twice at once; as root and as an ordinary user.

use std::os::unix::process::CommandExt;

use crate::tool::{Project, Running, open_to_all, skip};

/// A project of every part, whose test files create roles and commit rows.
fn whole_project() -> Option<Project> {
    let project = Project::new()?;
    project
        .write("roles/app.sql", "CREATE ROLE app LOGIN;\n")
        .write(
            "migrations/V1__t.sql",
            "CREATE TABLE t (i integer);\nGRANT ALL ON t TO app;\n",
        )
        .write("fixtures/rows.sql", "INSERT INTO t VALUES (1);\n");
    for number in 1..=2 {
        let test = format!(
            "SELECT plan(3);
SELECT is((SELECT count(*) FROM t), 1::bigint);
INSERT INTO t VALUES ({number});
CREATE ROLE other;
SELECT is((SELECT count(*) FROM t), 2::bigint);
SELECT has_role('other');
"
        );
        project.write(&format!("sql-tests/{number}.sql"), &test);
    }
    Some(project)
}

#[test]
fn twice_in_a_row_and_twice_at_once_nobody_disturbs_the_other() {
    let Some(project) = whole_project() else {
        return;
    };
    for _ in 0..2 {
        project
            .run(&["test"])
            .expect(0)
            .tells(&["2 files: 2 passed"]);
        project.assert_nothing_is_left();
    }
    // With a cache that both of them fill.
    let cache = project.around().join("cache");
    let runs: Vec<Running> = (0..2)
        .map(|_| {
            let mut command = project.command(&["test"]);
            command.env("PGASSAY_CACHE_DIR", &cache);
            Running::start(command, project.around())
        })
        .collect();
    for run in runs {
        run.finish().expect(0).tells(&["2 files: 2 passed"]);
    }
    project.assert_nothing_is_left();
}

#[test]
fn an_ordinary_user_runs_it_as_well() {
    let Some(mut project) = whole_project() else {
        return;
    };
    let Some((uid, gid)) = project.for_ordinary_user() else {
        skip::<()>("this is an ordinary user already, so all other tests show it");
        return;
    };
    let start = |home: &str, arguments: &[&str]| {
        let mut command = project.command(arguments);
        command
            .uid(uid)
            .gid(gid)
            .env("HOME", home)
            .env_remove("PGASSAY_CACHE_DIR");
        Running::start(command, project.around())
    };
    let home = project.around().join("home");
    open_to_all(&home);
    let home = home.display().to_string();
    start(&home, &["test"]).finish().expect(0);
    project.assert_nothing_is_left();
    assert!(project.around().join("home/.cache/pgassay/initdb").is_dir());
    let both = [
        start(&home, &["test", "-j", "2"]),
        start(&home, &["test", "-j", "1"]),
    ];
    for run in both {
        run.finish().expect(0);
    }
    project.assert_nothing_is_left();
    // As in many containers, where a user has no home.
    let ran = start("/nonexistent", &["test"]).finish().expect(0);
    assert!(
        ran.out.contains("this run does without the cache"),
        "{}",
        ran.out
    );
    // It is not root's to remove what another user's run left, nor the other way round.
    let mut slow = project.command(&["test", "slow"]);
    slow.uid(uid)
        .gid(gid)
        .env_remove("PGASSAY_CACHE_DIR")
        .env("HOME", &home);
    project.write("slow/slow.sql", &project.sleeping("slow"));
    let slow = Running::start(slow, project.around());
    project.wait_for_mark("slow");
    project.run(&["test"]).expect(0);
    slow.signal(nix::sys::signal::Signal::SIGINT);
    slow.finish().expect(130);
    project.assert_nothing_is_left();
}
