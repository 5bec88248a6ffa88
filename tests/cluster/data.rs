//! Data directories: made, cached, damaged, copied.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::time::Duration;

use pgassay::cluster::{ClusterError, DataDirectory, Mode, Server, ServerOptions, cache_clean};

use crate::ground::{Ground, connect, names, open_to_all, show, value};

#[test]
fn two_runs_at_once_on_an_empty_cache_both_get_a_data_directory() {
    let Some(ground) = Ground::with_empty_cache() else {
        return;
    };
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                let run = ground.run();
                let server = ground.server(&run, "w0");
                assert_eq!(show(&mut connect(&server), "data_checksums"), "off");
            });
        }
    });
    let entries = names(&ground.cache_dir().join("initdb"));
    assert_eq!(entries.len(), 1, "{entries:?}");
}

#[test]
fn a_damaged_cache_entry_is_made_anew() {
    let Some(ground) = Ground::with_empty_cache() else {
        return;
    };
    let run = ground.run();
    let first = ground.data(&run, "first");
    let kind = ground.cache_dir().join("initdb");
    let entry = kind.join(&names(&kind)[0]);
    let control = "data/global/pg_control";
    let damages: [(&str, &dyn Fn()); 5] = [
        ("cut", &|| {
            fs::File::options()
                .write(true)
                .open(entry.join(control))
                .unwrap()
                .set_len(100)
                .unwrap();
        }),
        ("lost", &|| fs::remove_file(entry.join(control)).unwrap()),
        ("nodir", &|| {
            fs::remove_dir(entry.join("data/pg_twophase")).unwrap();
        }),
        ("noman", &|| {
            fs::remove_file(entry.join("manifest")).unwrap();
        }),
        ("nolock", &|| fs::remove_file(entry.join("lock")).unwrap()),
    ];
    for (name, damage) in damages {
        let size = |data: &DataDirectory| {
            fs::metadata(data.path().join("global/pg_control"))
                .unwrap()
                .len()
        };
        damage();
        let data = ground.data(&run, name);
        assert_eq!(size(&data), size(&first), "{name}");
        assert!(
            entry.join("manifest").is_file(),
            "{name}: it is in the cache again"
        );
        assert_eq!(names(&kind).len(), 1, "{name}");
        data.remove().unwrap();
    }
    // What a run that was killed in mid-write leaves does not count, and goes when it is old.
    let unfinished = kind.join(".new-abandoned");
    fs::create_dir_all(unfinished.join("data")).unwrap();
    fs::remove_dir_all(&entry).unwrap();
    let old = fs::File::open(&unfinished).unwrap();
    old.set_modified(std::time::SystemTime::now() - Duration::from_mins(10))
        .unwrap();
    ground.data(&run, "last");
    assert!(!unfinished.exists());
    assert_eq!(fs::metadata(&entry).unwrap().mode() & 0o777, 0o700);
}

#[test]
fn cleaning_the_cache_removes_its_entries_and_nothing_else() {
    let Some(ground) = Ground::with_empty_cache() else {
        return;
    };
    let run = ground.run();
    ground.data(&run, "w0");
    let kind = ground.cache_dir().join("initdb");
    let entry = kind.join(&names(&kind)[0]);
    fs::write(kind.join("notes.txt"), "mine").unwrap();
    fs::write(ground.cache_dir().join("other"), "mine").unwrap();
    // Somebody reads it.
    let reader = fs::File::open(entry.join("lock")).unwrap();
    reader.lock_shared().unwrap();
    let removed = cache_clean(&ground.cache_dir()).unwrap();
    assert_eq!((removed.entries, removed.bytes, removed.in_use), (0, 0, 1));
    drop(reader);
    let removed = cache_clean(&ground.cache_dir()).unwrap();
    assert_eq!((removed.entries, removed.in_use), (1, 0));
    assert!(removed.bytes > 10_000_000, "{removed:?}");
    assert_eq!(names(&kind), ["notes.txt"]);
    assert_eq!(names(&ground.cache_dir()), ["initdb", "other"]);
    assert_eq!(
        cache_clean(&ground.directory.path().join("none"))
            .unwrap()
            .entries,
        0
    );
}

#[test]
fn a_data_directory_is_copied_with_its_tablespaces_but_not_while_its_server_runs() {
    let Some(ground) = Ground::new() else { return };
    let run = ground.run();
    let server = ground.server(&run, "w0");
    let tablespace = run.path().join("space");
    fs::create_dir(&tablespace).unwrap();
    open_to_all(&tablespace);
    let owner = fs::metadata(run.path()).unwrap();
    std::os::unix::fs::chown(&tablespace, Some(owner.uid()), Some(owner.gid())).unwrap();
    let mut client = connect(&server);
    let location = tablespace.display();
    client
        .batch_execute(&format!("CREATE TABLESPACE space LOCATION '{location}'"))
        .unwrap();
    client
        .batch_execute("CREATE TABLE t TABLESPACE space AS SELECT 'first' AS v")
        .unwrap();
    let copy = run.path().join("w1");
    let error = server.data_directory().copy_to(&copy).unwrap_err();
    assert!(matches!(error, ClusterError::Running { .. }), "{error}");
    drop(client);
    let data = server.stop(Mode::Fast).unwrap();
    let copy = data.copy_to(&copy).unwrap();
    let original = Server::start(&ground.binaries, &data, &ServerOptions::default()).unwrap();
    let copied = Server::start(&ground.binaries, &copy, &ServerOptions::default()).unwrap();
    connect(&original)
        .batch_execute("UPDATE t SET v = 'second'; CHECKPOINT")
        .unwrap();
    assert_eq!(value(&mut connect(&copied), "SELECT v FROM t"), "first");
    connect(&copied)
        .batch_execute("UPDATE t SET v = 'third'; CHECKPOINT")
        .unwrap();
    let copy = copied.stop(Mode::Fast).unwrap();
    let copied = Server::start(&ground.binaries, &copy, &ServerOptions::default()).unwrap();
    assert_eq!(value(&mut connect(&copied), "SELECT v FROM t"), "third");
    assert_eq!(value(&mut connect(&original), "SELECT v FROM t"), "second");
}
