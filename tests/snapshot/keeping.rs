//! Where snapshots are kept, and that they are whole or not there.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use nix::sys::signal::Signal;

use crate::site::{As, Site};
use crate::tool::{names, wait_until};

fn site() -> Option<Site> {
    let site = Site::new(&[(
        "V1__t.sql",
        "CREATE TABLE t (id int PRIMARY KEY, text text);",
    )])?;
    site.migrated("one", As::Owner);
    site.execute("one", "INSERT INTO t VALUES (1, 'a')");
    Some(site)
}

#[test]
fn the_directory_is_said_by_flag_environment_or_file_and_is_made() {
    let Some(site) = site() else {
        return;
    };
    let save = |arguments: &[&str]| {
        let ran = site
            .snapshot("one", As::Owner, &[&["save"], arguments].concat())
            .expect(0);
        let (file, _) = ran
            .out
            .strip_prefix("saved ")
            .unwrap()
            .split_once(": 1 table, 1 row, ")
            .unwrap();
        assert!(site.path(file).is_file(), "{file}");
        file.to_owned()
    };
    assert!(save(&[]).starts_with("snapshots/1_20"));
    assert!(save(&["--snapshots", "a/b"]).starts_with("a/b/1_20"));
    site.project
        .write("pgassay.toml", "snapshots = \"of-file\"\n");
    assert!(save(&[]).starts_with("of-file/1_20"));
    let url = site.url("one", As::Owner);
    let mut command = site.project.command(&["snapshot", "save", "--url", &url]);
    command.env("PGASSAY_SNAPSHOTS", "of-environment");
    assert!(command.output().unwrap().status.success());
    assert_eq!(names(&site.path("of-environment")).len(), 1);
}

#[test]
fn a_file_is_replaced_only_where_it_was_named() {
    let Some(site) = site() else {
        return;
    };
    site.project.write("a.snapshot", "something else");
    let saved = site.save("one", As::Owner, "a.snapshot");
    assert!(saved.len() > 100);
    // Until two of them fall into one second.
    let said = (0..200).find_map(|_| {
        let ran = site.snapshot("one", As::Owner, &["save"]);
        (ran.code != Some(0)).then_some(ran.err)
    });
    let said = said.expect("no two were saved within a second");
    assert!(
        said.contains("is there already, and is not replaced"),
        "{said}"
    );
}

#[test]
fn a_save_that_fails_or_is_interrupted_leaves_no_file() {
    let Some(site) = site() else {
        return;
    };
    fs::create_dir(site.path("snapshots")).unwrap();
    // A function that waits stands in the way of the rows.
    site.execute(
        "one",
        "CREATE FUNCTION wait() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(60); RETURN true; END $$;
         ALTER TABLE t ENABLE ROW LEVEL SECURITY",
    );
    let client = site.host.client("one");
    let mut client = client;
    let mut lock = client.transaction().unwrap();
    lock.batch_execute("LOCK TABLE t").unwrap();
    let url = site.url("one", As::Owner);
    let running = site.project.start(&["snapshot", "save", "--url", &url]);
    std::thread::sleep(Duration::from_millis(700));
    running.signal(Signal::SIGINT);
    let ran = running.finish();
    assert_eq!(ran.code, Some(130), "{}{}", ran.out, ran.err);
    lock.rollback().unwrap();
    assert_eq!(names(&site.path("snapshots")), Vec::<String>::new());
}

#[test]
fn nobody_can_empty_a_table_between_the_first_row_and_the_last() {
    let Some(site) = Site::new(&[(
        "V1__t.sql",
        "CREATE TABLE a (n int PRIMARY KEY);\nCREATE TABLE b (n int PRIMARY KEY);\n",
    )]) else {
        return;
    };
    site.migrated("one", As::Superuser);
    site.execute(
        "one",
        "INSERT INTO a VALUES (1); INSERT INTO b VALUES (1), (2)",
    );
    let mut holder = site.host.client("one");
    let mut held = holder.transaction().unwrap();
    held.batch_execute("LOCK TABLE b").unwrap();
    let url = site.url("one", As::Superuser);
    let running = site.project.start(&[
        "snapshot",
        "save",
        "--output",
        "one.snapshot",
        "--url",
        &url,
    ]);
    let mut other = site.host.client("one");
    let waits = "SELECT count(*) FROM pg_locks WHERE relation = 'b'::regclass AND NOT granted";
    wait_until("it waits for the second table", || {
        let row = site.host.client("one").query_one(waits, &[]).unwrap();
        let number: i64 = row.get(0);
        number == 1
    });
    let refused = other.batch_execute("SET lock_timeout = '200ms'; TRUNCATE a");
    assert!(refused.is_err(), "a table was emptied that is being saved");
    held.rollback().unwrap();
    let ran = running.finish();
    assert!(
        ran.out.contains("2 tables, 3 rows"),
        "{}{}",
        ran.out,
        ran.err
    );
}

#[test]
fn nobody_else_reads_what_a_save_that_was_killed_leaves() {
    let Some(site) = site() else {
        return;
    };
    site.execute_as("one", As::Owner, "CREATE SEQUENCE lonely");
    let saved = site.save("one", As::Owner, "usual.snapshot");
    assert!(!saved.is_empty());
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    site.project.write("usual", "");
    assert_eq!(
        mode(&site.path("usual.snapshot")),
        mode(&site.path("usual"))
    );
    // The sequences are read behind the rows.
    let mut client = site.client("one");
    let mut lock = client.transaction().unwrap();
    lock.batch_execute("DROP SEQUENCE lonely").unwrap();
    let url = site.url("one", As::Owner);
    let store = site.path("snapshots");
    let running = site.project.start(&["snapshot", "save", "--url", &url]);
    wait_until("it writes", || store.exists() && !names(&store).is_empty());
    running.kill();
    lock.rollback().unwrap();
    let left = names(&store);
    assert!(
        matches!(&left[..], [name] if name.starts_with(".pgassay-")),
        "{left:?}"
    );
    assert_eq!(mode(&store.join(&left[0])), 0o600);
}
