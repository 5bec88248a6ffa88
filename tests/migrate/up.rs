use crate::site::Site;

#[test]
fn what_is_not_applied_yet_is_applied_once_and_in_order() {
    let Some(site) = Site::new() else { return };
    site.migrations(&[
        (
            "V1__users.sql",
            "CREATE TABLE users (id integer PRIMARY KEY);\n",
        ),
        (
            "V2__index.sql",
            "CREATE INDEX CONCURRENTLY users_id ON users (id);\n",
        ),
        (
            "R__all_users.sql",
            "CREATE OR REPLACE VIEW all_users AS SELECT id FROM users;\n",
        ),
    ]);
    site.migrate(&["up"]).expect(0).tells(&[
        "applied 1 users",
        "applied 2 index",
        "applied all users",
        "3 migrations applied",
    ]);
    assert_eq!(
        site.history(),
        "1 applied, 2 applied, R__all_users.sql applied"
    );
    site.migrate(&["up"])
        .expect(0)
        .tells(&["0 migrations applied, 3 were there already"]);

    site.migrations(&[
        ("V10__email.sql", "ALTER TABLE users ADD email text;\n"),
        (
            "R__all_users.sql",
            "CREATE OR REPLACE VIEW all_users AS SELECT id, 1 AS one FROM users;\n",
        ),
    ]);
    site.migrate(&["status"])
        .expect(0)
        .tells(&["4 migrations: 2 applied, 1 pending, 1 outdated"]);
    site.migrate(&["up"])
        .expect(0)
        .tells(&["2 migrations applied, 2 were there already"]);
    assert_eq!(site.value("SELECT count(*) FROM pgassay_migrations"), "5");
}

#[test]
fn a_migration_that_fails_leaves_nothing_and_says_where() {
    let Some(site) = Site::new() else { return };
    site.migrations(&[
        ("V1__users.sql", "CREATE TABLE users (id integer);\n"),
        (
            "V2__broken.sql",
            "CREATE TABLE orders (id integer);\nINSERT INTO nowhere\n  VALUES (1);\n",
        ),
        ("V3__more.sql", "CREATE TABLE more ();\n"),
    ]);
    let ran = site.migrate(&["up"]).expect(2).tells(&["applied 1 users"]);
    assert!(
        ran.err
            .contains("cannot apply migration migrations/V2__broken.sql:2: ERROR 42P01"),
        "{}",
        ran.err
    );
    assert_eq!(site.history(), "1 applied");
    assert_eq!(site.value("SELECT to_regclass('orders')"), "");
    site.migrations(&[("V2__broken.sql", "CREATE TABLE orders (id integer);\n")]);
    site.migrate(&["up"])
        .expect(0)
        .tells(&["2 migrations applied, 1 was there already"]);
}

#[test]
fn a_deferred_constraint_that_speaks_at_the_end_undoes_its_migration() {
    let Some(site) = Site::new() else { return };
    site.migrations(&[(
        "V1__t.sql",
        "CREATE TABLE t (id integer UNIQUE DEFERRABLE INITIALLY DEFERRED);\nINSERT INTO t VALUES (1), (1);\n",
    )]);
    let ran = site.migrate(&["up"]).expect(2);
    assert!(
        ran.err.contains("commit migrations/V1__t.sql"),
        "{}",
        ran.err
    );
    assert_eq!(site.value("SELECT to_regclass('t')"), "");
    assert_eq!(site.history(), "");
}

#[test]
fn a_function_with_a_body_of_statements_is_in_its_migrations_transaction() {
    let Some(site) = Site::new() else { return };
    if site.host.server_version() < 140_000 {
        return;
    }
    site.migrations(&[(
        "V1__f.sql",
        "CREATE TABLE t ();\nCREATE FUNCTION f() RETURNS integer BEGIN ATOMIC SELECT 1; SELECT 2; END;\nSELECT 1 / 0;\n",
    )]);
    site.migrate(&["up"]).expect(2);
    assert_eq!(site.value("SELECT to_regclass('t')"), "");
    assert_eq!(site.history(), "");
}

#[test]
fn a_migration_that_brings_its_own_transaction_is_not_put_into_another() {
    let Some(site) = Site::new() else { return };
    site.migrations(&[(
        "V1__own.sql",
        "BEGIN;\nCREATE TABLE a ();\nSAVEPOINT s;\nROLLBACK TO s;\nCOMMIT;\nCREATE TABLE b ();\nSELECT 1 / 0;\n",
    )]);
    let ran = site.migrate(&["up"]).expect(2);
    assert!(
        ran.err.contains("6 of its statements are done and stay"),
        "{}",
        ran.err
    );
    assert_eq!(site.history(), "1 failed");
}

#[test]
fn a_dry_run_prints_the_statements_and_changes_nothing() {
    let Some(site) = Site::new() else { return };
    site.migrations(&[
        (
            "V1__users.sql",
            "-- All of them.\nCREATE TABLE users (id integer);\n",
        ),
        ("V2__orders.sql", "CREATE TABLE orders (id integer);\n"),
    ]);
    let ran = site.migrate(&["up", "--dry-run", "--to", "1"]).expect(0);
    insta::assert_snapshot!("dry_run", ran.out);
    assert_eq!(
        site.value("SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"),
        "0"
    );
}

#[test]
fn it_stops_behind_a_version_and_repeatable_migrations_wait() {
    let Some(site) = Site::new() else { return };
    site.migrations(&[
        ("V1__a.sql", "CREATE TABLE a ();\n"),
        ("V2__b.sql", "CREATE TABLE b ();\n"),
        ("R__c.sql", "CREATE VIEW c AS SELECT FROM b;\n"),
    ]);
    site.migrate(&["up", "--to", "1.0"])
        .expect(0)
        .tells(&["1 migration applied"]);
    assert_eq!(site.history(), "1 applied");
    let ran = site.migrate(&["up", "--to", "7"]).expect(2);
    assert!(
        ran.err
            .contains("there is no migration of version 7; the last ones are 2, 1"),
        "{}",
        ran.err
    );
    site.migrate(&["up"])
        .expect(0)
        .tells(&["2 migrations applied"]);
}

#[test]
fn what_was_left_out_is_refused_unless_it_is_allowed() {
    let Some(site) = Site::new() else { return };
    site.migrations(&[
        ("V1__a.sql", "CREATE TABLE a ();\n"),
        ("V3__c.sql", "CREATE TABLE c ();\n"),
    ]);
    site.migrate(&["up"]).expect(0);
    site.migrations(&[("V2__b.sql", "CREATE TABLE b ();\n")]);
    let ran = site.migrate(&["up"]).expect(2);
    assert!(
        ran.err.contains(
            "2 b (migrations/V2__b.sql) was not applied, though one that comes behind it was"
        ),
        "{}",
        ran.err
    );
    site.migrate(&["validate"])
        .expect(1)
        .tells(&["2 b (migrations/V2__b.sql)"]);
    site.migrate(&["up", "--out-of-order"])
        .expect(0)
        .tells(&["applied 2 b"]);
    site.migrate(&["validate"])
        .expect(0)
        .tells(&["3 applied, 0 pending"]);
}

#[test]
fn a_file_that_changed_after_it_was_applied_is_refused_with_the_difference() {
    let Some(site) = Site::new() else { return };
    site.migrations(&[("V1__a.sql", "CREATE TABLE a (\n    id integer\n);\n")]);
    site.migrate(&["up"]).expect(0);
    site.migrations(&[
        ("V1__a.sql", "CREATE TABLE a (\n    id bigint\n);\n"),
        ("V2__b.sql", "CREATE TABLE b ();\n"),
    ]);
    let ran = site.migrate(&["up"]).expect(2);
    insta::assert_snapshot!("changed", ran.err);
    assert_eq!(site.history(), "1 applied");
    site.migrate(&["repair"])
        .expect(1)
        .tells(&["1 a was changed after it was applied"]);
    site.migrate(&["repair", "--checksums"])
        .expect(0)
        .tells(&["1 a counts as applied as its file is now", "+    id bigint"]);
    site.migrate(&["up"]).expect(0).tells(&["applied 2 b"]);
}

#[test]
fn a_file_that_is_gone_is_refused_and_a_database_that_is_ahead_is_not() {
    let Some(site) = Site::new() else { return };
    site.migrations(&[
        ("V1__a.sql", "CREATE TABLE a ();\n"),
        ("V2__b.sql", "CREATE TABLE b ();\n"),
        ("V3__c.sql", "CREATE TABLE c ();\n"),
    ]);
    site.migrate(&["up"]).expect(0);
    let remove = |name: &str| {
        std::fs::remove_file(site.project.path().join("migrations").join(name)).unwrap();
    };
    remove("V3__c.sql");
    site.migrate(&["up"])
        .expect(0)
        .tells(&["0 migrations applied"]);
    site.migrate(&["status"]).expect(0).tells(&["1 ahead"]);
    site.migrations(&[("V3__c.sql", "CREATE TABLE c ();\n")]);
    remove("V2__b.sql");
    let ran = site.migrate(&["up"]).expect(2);
    assert!(
        ran.err
            .contains("2 b is applied, and its file (V2__b.sql) is gone"),
        "{}",
        ran.err
    );
    site.migrate(&["up", "--ignore-missing"]).expect(0);
    site.migrate(&["status"]).expect(0).tells(&["1 missing"]);
}

#[test]
fn a_database_with_tables_and_no_history_is_not_migrated_by_accident() {
    let Some(site) = Site::new() else { return };
    site.client()
        .batch_execute("CREATE TABLE old (id integer)")
        .unwrap();
    site.migrations(&[
        ("V1__old.sql", "CREATE TABLE old (id integer);\n"),
        ("V2__b.sql", "CREATE TABLE b ();\n"),
    ]);
    let ran = site.migrate(&["up"]).expect(2);
    assert!(
        ran.err
            .contains("holds a table or view (public.old) and no history"),
        "{}",
        ran.err
    );
    assert_eq!(
        site.value("SELECT to_regclass('pgassay_migrations')"),
        "",
        "nothing was written"
    );
    site.migrate(&["baseline", "1"])
        .expect(0)
        .tells(&["1 old counts as applied"]);
    site.migrate(&["up"])
        .expect(0)
        .tells(&["applied 2 b", "1 migration applied, 1 was there already"]);
    assert_eq!(site.history(), "1 baseline, 2 applied");
    let ran = site.migrate(&["baseline", "2"]).expect(2);
    assert!(ran.err.contains("has a history already"), "{}", ran.err);
}

#[test]
fn what_a_migration_sets_for_its_session_is_not_there_for_the_next_nor_for_the_history() {
    let Some(site) = Site::new() else { return };
    site.host
        .client("postgres")
        .batch_execute("GRANT CREATE ON DATABASE live TO carol")
        .unwrap();
    site.migrations(&[
        (
            "V1__a.sql",
            "CREATE SCHEMA app AUTHORIZATION carol;\nSET search_path = app;\nSET ROLE carol;\nCREATE TABLE a ();\nCREATE TEMP TABLE pgassay_migrations (x integer);\n",
        ),
        ("V2__b.sql", "CREATE TABLE b ();\n"),
    ]);
    site.migrate(&["up"]).expect(0);
    assert_eq!(
        site.value("SELECT string_agg(relnamespace::regnamespace || '.' || relname || ' ' || relowner::regrole, ', ' ORDER BY relname) FROM pg_class WHERE relname IN ('a', 'b')"),
        "app.a carol, public.b postgres"
    );
    assert_eq!(
        site.value("SELECT string_agg(applied_by, ' ') FROM pgassay_migrations"),
        "postgres postgres"
    );
}

#[test]
fn a_history_of_another_tool_is_read_and_never_written() {
    let Some(site) = Site::new() else { return };
    site.client()
        .batch_execute(
            "CREATE TABLE flyway_schema_history (installed_rank integer PRIMARY KEY, version text, description text, type text,
                 script text, checksum integer, installed_by text, installed_on timestamp DEFAULT now(), execution_time integer, success boolean);
             INSERT INTO flyway_schema_history VALUES (1, '1', 'a', 'SQL', 'V1__a.sql', 1, 'ada', now(), 5, true);
             CREATE TABLE a ();",
        )
        .unwrap();
    site.migrations(&[
        ("V1__a.sql", "CREATE TABLE a ();\n"),
        ("V2__b.sql", "CREATE TABLE b ();\n"),
    ]);
    site.migrate(&["status"]).expect(0).tells(&[
        "history: Flyway, by public.flyway_schema_history",
        "2 migrations: 1 applied, 1 pending",
    ]);
    let ran = site.migrate(&["up"]).expect(2);
    assert!(
        ran.err
            .contains("the migrations of this database are Flyway's"),
        "{}",
        ran.err
    );
    assert_eq!(site.value("SELECT to_regclass('pgassay_migrations')"), "");
    site.migrate(&["baseline", "--take-over"])
        .expect(0)
        .tells(&["1 a counts as applied"]);
    site.migrate(&["up"]).expect(0).tells(&["applied 2 b"]);
}

#[test]
fn the_status_is_told_to_other_programs_too() {
    let Some(site) = Site::new() else { return };
    site.migrations(&[
        ("V1__a.sql", "CREATE TABLE a ();\n"),
        ("V2__b.sql", "CREATE TABLE b ();\n"),
    ]);
    site.migrate(&["up", "--to", "1"]).expect(0);
    let ran = site.migrate(&["status", "--format", "json"]).expect(0);
    let status: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(status[0]["history"], "public.pgassay_migrations");
    let all: Vec<_> = status[0]["migrations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| {
            (
                it["version"].as_str().unwrap(),
                it["state"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(all, [("1", "applied"), ("2", "pending")]);
}
