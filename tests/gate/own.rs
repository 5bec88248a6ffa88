//! pgassay's own history, and what holds for all of them.

use std::time::{Duration, Instant};

use crate::answers::Gate;
use crate::tool::{Running, wait_until};

fn migrate(gate: &Gate, arguments: &[&str]) -> Running {
    let url = gate
        .host
        .by_socket("postgres")
        .replace("dbname=postgres", "dbname=live");
    let (first, rest) = arguments.split_first().unwrap();
    gate.project
        .start(&[&["migrate", first, "--url", &url], rest].concat())
}

fn grant(gate: &Gate) {
    gate.client()
        .batch_execute("GRANT SELECT ON pgassay_migrations TO bob")
        .unwrap();
}

#[test]
fn the_last_version_here_is_what_the_code_needs_unless_it_is_said() {
    let Some(gate) = Gate::new() else { return };
    gate.project
        .write("migrations/V1__a.sql", "CREATE TABLE a ();\n")
        .write("migrations/V2__b.sql", "CREATE TABLE b ();\n")
        .write(
            "migrations/R__c.sql",
            "CREATE OR REPLACE VIEW c AS SELECT FROM a;\n",
        );
    gate.ask(&[])
        .expect(5)
        .tells(&["behind: there is no history of migrations, and 2 is needed"]);
    migrate(&gate, &["up", "--to", "1"]).finish().expect(0);
    grant(&gate);
    gate.ask(&[]).expect(5).tells(&[
        "behind: the newest version is 1, and 2 is needed · pgassay, public.pgassay_migrations",
    ]);
    gate.ask(&["--at-least", "1"])
        .expect(0)
        .tells(&["satisfied: 1 is applied, and at least 1 is needed"]);
    migrate(&gate, &["up"]).finish().expect(0);
    gate.ask(&[]).expect(0);
    // A newer schema than this release knows of.
    assert_eq!(gate.answer("1"), (0, "satisfied".into(), "2".into()));
}

#[test]
fn what_was_left_out_here_is_missed_where_no_version_is_said() {
    let Some(gate) = Gate::new() else { return };
    gate.project
        .write("migrations/V1__a.sql", "CREATE TABLE a ();\n")
        .write("migrations/V3__c.sql", "CREATE TABLE c ();\n");
    migrate(&gate, &["up"]).finish().expect(0);
    grant(&gate);
    gate.ask(&[]).expect(0);
    gate.project
        .write("migrations/V2__b.sql", "CREATE TABLE b ();\n");
    gate.ask(&[])
        .expect(5)
        .tells(&["behind: 2 is not applied, though 3 is"]);
    gate.ask(&["--at-least", "3"]).expect(0);
}

#[test]
fn what_is_no_version_cannot_be_told_and_is_not_waited_for() {
    let Some(gate) = Gate::new() else { return };
    gate.project
        .write("migrations/V1__a.sql", "CREATE TABLE a ();\n");
    migrate(&gate, &["up"]).finish().expect(0);
    grant(&gate);
    for (typed, told) in [
        ("abc", "`abc` is no version: those of pgassay are numbers"),
        ("V014", "did you mean 014?"),
    ] {
        let ran = gate.ask(&["--at-least", typed, "--wait", "20s"]).expect(2);
        assert!(ran.err.contains(told), "{}", ran.err);
    }
}

#[test]
fn a_project_without_migrations_must_say_the_version() {
    let Some(gate) = Gate::new() else { return };
    let ran = gate.ask(&[]).expect(2);
    assert!(ran.err.contains("say --at-least VERSION"), "{}", ran.err);
}

#[test]
fn what_runs_is_waited_for_and_what_failed_is_not() {
    let Some(gate) = Gate::new() else { return };
    gate.project
        .write("migrations/V1__a.sql", "CREATE TABLE a (id integer);\n")
        .write(
            "migrations/V2__slow.sql",
            "INSERT INTO a VALUES (1);\nSELECT pg_sleep(2);\n",
        )
        .write(
            "migrations/V2__slow.sql.conf",
            "executeInTransaction=false\n",
        );
    migrate(&gate, &["up", "--to", "1"]).finish().expect(0);
    grant(&gate);
    let run = migrate(&gate, &["up"]);
    wait_until("it runs", || gate.answer("1").1 == "running");
    assert_eq!(gate.answer("2"), (5, "running".into(), "2".into()));
    gate.ask(&["--wait", "30s"])
        .expect(0)
        .tells(&["satisfied: 2 is applied"]);
    run.finish().expect(0);

    gate.project
        .write(
            "migrations/V3__broken.sql",
            "INSERT INTO a VALUES (2);\nSELECT 1 / 0;\n",
        )
        .write(
            "migrations/V3__broken.sql.conf",
            "executeInTransaction=false\n",
        );
    migrate(&gate, &["up"]).finish().expect(2);
    let began = Instant::now();
    gate.ask(&["--wait", "30s"])
        .expect(5)
        .tells(&["failed: 3 failed, and nobody is at work on it"]);
    assert!(
        began.elapsed() < Duration::from_secs(10),
        "it waited for what had failed"
    );
    // Though the code does not need it: something is wrong with the database.
    assert_eq!(gate.answer("2"), (5, "failed".into(), "3".into()));
}

#[test]
fn a_killed_migration_has_failed_and_is_not_running() {
    let Some(gate) = Gate::new() else { return };
    gate.project
        .write(
            "migrations/V1__a.sql",
            "CREATE TABLE a (id integer);\nSELECT pg_sleep(1.5);\n",
        )
        .write("migrations/V1__a.sql.conf", "executeInTransaction=false\n");
    let run = migrate(&gate, &["up"]);
    let is_begun = || {
        let query = "SELECT to_regclass('public.pgassay_migrations') IS NOT NULL AND to_regclass('public.a') IS NOT NULL";
        gate.client().query_one(query, &[]).unwrap().get(0)
    };
    wait_until("it is begun", is_begun);
    grant(&gate);
    run.kill();
    // Its statement goes on for a while on the server, and holds the lock.
    assert_eq!(gate.answer("1").1, "running");
    wait_until("its statement has ended", || gate.answer("1").1 == "failed");
}

#[test]
fn what_is_not_begun_yet_is_waited_for_too() {
    let Some(gate) = Gate::new() else { return };
    gate.project
        .write("migrations/V1__a.sql", "CREATE TABLE a ();\n");
    let waiting = gate
        .project
        .start(&["gate", "--url", &gate.url(), "--wait", "30s"]);
    std::thread::sleep(Duration::from_millis(600));
    gate.client()
        .batch_execute("ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO bob")
        .unwrap();
    migrate(&gate, &["up"]).finish().expect(0);
    waiting
        .finish()
        .expect(0)
        .tells(&["satisfied: 1 is applied"]);
}

#[test]
fn a_history_that_may_not_be_read_cannot_be_told() {
    let Some(gate) = Gate::new() else { return };
    gate.project
        .write("migrations/V1__a.sql", "CREATE TABLE a ();\n");
    migrate(&gate, &["up"]).finish().expect(0);
    let ran = gate.ask(&["--wait", "20s"]).expect(2);
    assert!(
        ran.err.contains(
            "role \"bob\" may not read it; GRANT SELECT ON public.pgassay_migrations TO it"
        ),
        "{}",
        ran.err
    );
    assert_eq!(gate.answer("1").1, "unknown");
}

#[test]
fn a_server_that_is_down_cannot_be_told_and_may_come_back() {
    let Some(gate) = Gate::new() else { return };
    let nowhere = "host=127.0.0.1 port=1 user=bob dbname=live";
    let ran = gate
        .project
        .run(&["gate", "--url", nowhere, "--at-least", "1"])
        .expect(2);
    assert!(
        ran.err.contains("cannot reach the database of --url"),
        "{}",
        ran.err
    );
    let began = Instant::now();
    gate.project
        .run(&["gate", "--url", nowhere, "--at-least", "1", "--wait", "1s"])
        .expect(2);
    assert!(began.elapsed() >= Duration::from_secs(1), "it did not wait");
    // A database that is not there is none that will come back by itself.
    let other = gate.url().replace("dbname=live", "dbname=other");
    let began = Instant::now();
    gate.project
        .run(&["gate", "--url", &other, "--at-least", "1", "--wait", "20s"])
        .expect(2);
    assert!(began.elapsed() < Duration::from_secs(10));
}

#[test]
fn of_several_histories_it_is_to_be_said_which_counts() {
    let Some(gate) = Gate::new() else { return };
    gate.with(
        "CREATE TABLE schema_migrations (version bigint PRIMARY KEY, dirty boolean NOT NULL);
         INSERT INTO schema_migrations VALUES (5, false);
         CREATE TABLE __diesel_schema_migrations (version varchar(50) PRIMARY KEY, run_on timestamp NOT NULL DEFAULT now());
         INSERT INTO __diesel_schema_migrations VALUES ('3');",
    );
    let ran = gate.ask(&["--at-least", "4"]).expect(2);
    assert!(
        ran.err.contains("several histories") && ran.err.contains("--tool"),
        "{}",
        ran.err
    );
    gate.ask(&["--at-least", "4", "--tool", "golang-migrate"])
        .expect(0);
    gate.ask(&["--at-least", "4", "--tool", "diesel"])
        .expect(5)
        .tells(&["the newest version is 3"]);
}
