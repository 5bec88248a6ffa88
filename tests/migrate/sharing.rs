//! Who else is on the database.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::site::Site;
use crate::tool::wait_until;

#[test]
fn two_at_once_apply_each_migration_once() {
    let Some(site) = Site::new() else { return };
    let names: Vec<(String, String)> = (1..=30)
        .map(|number| {
            let first = if number == 1 {
                "CREATE TABLE log (entry text);\n"
            } else {
                ""
            };
            (
                format!("V{number}__m.sql"),
                format!("{first}SELECT pg_sleep(0.01);\nINSERT INTO log VALUES ('{number}');\n"),
            )
        })
        .collect();
    let files: Vec<(&str, &str)> = names
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect();
    site.migrations(&files);
    let runs = [site.start("live", &["up"]), site.start("live", &["up"])];
    let applied = runs.map(|run| run.finish().expect(0).out.matches("\napplied ").count());
    let ends = site.value("SELECT count(*) || ' ' || count(DISTINCT entry) FROM log");
    assert_eq!(ends, "30 30", "{applied:?}");
    assert_eq!(site.value("SELECT count(*) FROM pgassay_migrations"), "30");
}

#[test]
fn one_that_migrates_is_waited_for_and_named() {
    let Some(site) = Site::new() else { return };
    site.migrations(&[("V1__slow.sql", "SELECT pg_sleep(3);\n")]);
    let first = site.start("live", &["up"]);
    wait_until("it is at work", || {
        site.value("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pgassay migrate: 1 slow'") == "1"
    });
    let ran = site.migrate(&["up", "--wait", "200ms"]).expect(2);
    assert!(
        ran.err
            .contains("role \"postgres\", \"pgassay migrate: 1 slow\")"),
        "{}",
        ran.err
    );
    site.migrate(&["status"]).expect(0).tells(&["is at work"]);
    first.finish().expect(0);
}

#[test]
fn a_migration_that_waits_for_a_lock_gives_way_while_traffic_goes_on() {
    let Some(site) = Site::new() else { return };
    site.client()
        .batch_execute("CREATE TABLE busy (id integer)")
        .unwrap();
    site.migrations(&[("V1__busy.sql", "ALTER TABLE busy ADD note text;\n")]);
    let mut reader = site.client();
    let mut transaction = reader.transaction().unwrap();
    transaction.batch_execute("SELECT FROM busy").unwrap();
    let run = site.start("live", &["up", "--not-empty", "--lock-timeout", "300ms"]);
    let (over, slowest) = (
        AtomicBool::new(false),
        std::sync::Mutex::new(Duration::ZERO),
    );
    std::thread::scope(|scope| {
        // Everybody else's traffic, which queues behind a migration that waits for its lock.
        scope.spawn(|| {
            let mut client = site.client();
            while !over.load(Ordering::Relaxed) {
                let began = Instant::now();
                client.batch_execute("SELECT count(*) FROM busy").unwrap();
                let mut slowest = slowest.lock().unwrap();
                *slowest = began.elapsed().max(*slowest);
            }
        });
        std::thread::sleep(Duration::from_millis(2500));
        transaction.commit().unwrap();
        let ran = run.finish();
        over.store(true, Ordering::Relaxed);
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        assert!(
            ran.err.contains(
                "1 busy gave way (canceling statement due to lock timeout); try 2 follows in"
            ),
            "{}",
            ran.err
        );
    });
    let slowest = *slowest.lock().unwrap();
    assert!(
        slowest > Duration::from_millis(200),
        "nobody waited behind the migration: {slowest:?}"
    );
    assert!(slowest < Duration::from_millis(1500), "{slowest:?}");
    assert_eq!(site.history(), "1 applied");
}

#[test]
fn a_lock_that_is_not_to_be_had_ends_it_and_nothing_is_left() {
    let Some(site) = Site::new() else { return };
    site.client()
        .batch_execute("CREATE TABLE busy (id integer)")
        .unwrap();
    site.migrations(&[(
        "V1__busy.sql",
        "CREATE TABLE early ();\nALTER TABLE busy ADD note text;\n",
    )]);
    let mut reader = site.client();
    let mut transaction = reader.transaction().unwrap();
    transaction.batch_execute("SELECT FROM busy").unwrap();
    let ran = site
        .migrate(&[
            "up",
            "--not-empty",
            "--lock-timeout",
            "50ms",
            "--lock-retries",
            "1",
        ])
        .expect(2);
    assert!(
        ran.err.contains("migrations/V1__busy.sql:2: ERROR 55P03"),
        "{}",
        ran.err
    );
    transaction.commit().unwrap();
    assert_eq!(site.history(), "");
    assert_eq!(site.value("SELECT to_regclass('early')"), "");
}
