use std::time::Duration;

use nix::sys::signal::Signal;

use crate::site::{SCHEMA, Site};

/// How many migrations there are.
const MIGRATIONS: usize = 200;
/// How often one is killed.
const KILLS: usize = 50;

/// A migration, and whether it is no one transaction.
fn migration(number: usize) -> (String, bool) {
    let log = |what: &str| format!("INSERT INTO log VALUES ('{number} {what}');\n");
    let table = format!("CREATE TABLE t{number} (id integer);\n");
    let first = if number == 1 {
        "CREATE TABLE log (entry text);\n"
    } else {
        ""
    };
    match number % 5 {
        // One transaction.
        0..3 => (format!("{first}{table}{}{}", log("a"), log("b")), false),
        // Statements by themselves, one of which cannot be in a transaction.
        3 => (
            format!(
                "{}{table}CREATE INDEX CONCURRENTLY i{number} ON t{number} (id);\n{}VACUUM t{number};\n{}",
                log("a"),
                log("b"),
                log("c")
            ),
            true,
        ),
        // With a transaction of its own among them.
        _ => (
            format!(
                "SET search_path = public;\n{table}BEGIN;\n{}{}COMMIT;\nCREATE INDEX i{number} ON t{number} (id);\n\
                 DROP INDEX CONCURRENTLY i{number};\n{}",
                log("a"),
                log("b"),
                log("c")
            ),
            true,
        ),
    }
}

#[test]
fn interrupted_it_leaves_nothing_of_the_migration_at_hand() {
    let Some(site) = Site::new() else { return };
    site.migrations(&[
        ("V1__a.sql", "CREATE TABLE a ();\n"),
        ("V2__b.sql", "CREATE TABLE b ();\nSELECT pg_sleep(60);\n"),
    ]);
    let run = site.start("live", &["up"]);
    run.wait_for("applied 1 a");
    std::thread::sleep(Duration::from_millis(300));
    run.signal(Signal::SIGINT);
    let ran = run.finish().expect(130);
    assert!(ran.err.contains("migrations/V2__b.sql"), "{}", ran.err);
    assert_eq!(site.history(), "1 applied");
    assert_eq!(site.value("SELECT to_regclass('b')"), "");
}

#[test]
fn killed_at_any_moment_it_goes_on_to_the_same_schema_and_applies_nothing_twice() {
    let Some(site) = Site::new() else { return };
    for number in 1..=MIGRATIONS {
        let (text, is_apart) = migration(number);
        let name = format!("V{number}__m.sql");
        site.migrations(&[(&name, &text)]);
        if is_apart {
            site.migrations(&[(&format!("{name}.conf"), "executeInTransaction=false\n")]);
        }
    }
    let began = std::time::Instant::now();
    site.migrate(&["up"]).expect(0);
    let whole = began.elapsed();
    let undisturbed = site.value(SCHEMA);
    assert!(undisturbed.contains("log 200 b times 1"), "{undisturbed}");

    let mut random = fastrand::Rng::new();
    eprintln!("seed {}", random.get_seed());
    let (mut kills, mut round) = (0, 0);
    while kills < KILLS {
        round += 1;
        let database = format!("round{round}");
        site.create(&database);
        loop {
            let run = site.start(&database, &["up"]);
            // Four or five times on the way, wherever it is.
            std::thread::sleep(whole.mul_f64(random.f64() * 0.4) + Duration::from_millis(10));
            if kills < KILLS {
                kills += 1;
                run.kill();
            } else {
                run.finish().expect(0);
            }
            let left =
                "SELECT 200 - count(*) FILTER (WHERE state = 'applied') FROM pgassay_migrations";
            let is_there = "SELECT to_regclass('public.pgassay_migrations')";
            if site.value_in(&database, is_there).is_empty() {
                continue;
            }
            if site.value_in(&database, left) == "0" {
                break;
            }
        }
        assert_eq!(site.value_in(&database, SCHEMA), undisturbed, "{database}");
        site.start(&database, &["up"])
            .finish()
            .expect(0)
            .tells(&["0 migrations applied, 200 were there"]);
        site.host
            .client("postgres")
            .batch_execute(&format!("DROP DATABASE {database} WITH (FORCE)"))
            .unwrap();
    }
}
