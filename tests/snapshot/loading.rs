//! What loading asks, refuses, and leaves behind where it fails.

use std::fs;

use crate::rows::{assert_same, corners};
use crate::site::{As, Site};
use crate::tool::skip;

const TABLE: (&str, &str) = (
    "V1__t.sql",
    "CREATE TABLE t (id int PRIMARY KEY, text text); CREATE TABLE u (id int PRIMARY KEY, t int CONSTRAINT to_t REFERENCES t);",
);

fn site(whose: As) -> Option<Site> {
    let site = Site::new(&[TABLE])?;
    site.migrated("one", whose);
    site.execute(
        "one",
        "INSERT INTO t VALUES (1, 'a'), (2, 'b'); INSERT INTO u VALUES (1, 1)",
    );
    site.save("one", whose, "a.snapshot");
    Some(site)
}

#[test]
fn without_a_terminal_rows_are_replaced_only_with_yes_and_empty_tables_are_filled_without() {
    let Some(site) = site(As::Owner) else {
        return;
    };
    let refused = site
        .snapshot("one", As::Owner, &["load", "a.snapshot"])
        .expect(2);
    assert!(refused.err.contains("--yes says so"), "{}", refused.err);
    site.migrated("two", As::Owner);
    let ran = site
        .snapshot("two", As::Owner, &["load", "a.snapshot"])
        .expect(0);
    assert!(
        ran.out.starts_with("loaded a.snapshot: 2 tables, 3 rows ("),
        "{}",
        ran.out
    );
}

#[test]
fn a_protected_database_keeps_its_rows_whatever_it_is_called() {
    let Some(site) = site(As::Owner) else {
        return;
    };
    let url = site.url("one", As::Owner);
    site.project.write(
        "pgassay.toml",
        &format!("[environment.production]\nurl = \"{url}\"\nprotected = true\n"),
    );
    let named = [
        "snapshot",
        "load",
        "--env",
        "production",
        "--yes",
        "a.snapshot",
    ];
    let said = site.project.run(&named).expect(2).err;
    assert!(
        said.contains("production is protected, and its database \"one\" keeps its rows"),
        "{said}"
    );
    let said = site.refusal("one", As::Owner, "a.snapshot");
    assert!(
        said.contains("which is protected, and it keeps its rows"),
        "{said}"
    );
    // Saving only reads.
    site.project
        .run(&[
            "snapshot",
            "save",
            "--env",
            "production",
            "--output",
            "b.snapshot",
        ])
        .expect(0);
}

#[test]
fn a_row_that_a_constraint_refuses_is_told_with_its_line_and_nothing_is_kept() {
    for whose in [As::Superuser, As::Owner] {
        let Some(site) = site(whose) else {
            return;
        };
        site.execute("one", "ALTER TABLE t ADD CONSTRAINT short CHECK (text <> 'b') NOT VALID; INSERT INTO t VALUES (3, 'c')");
        let was = site.state("one");
        let said = site.refusal("one", whose, "a.snapshot");
        for word in [
            "a.snapshot into public.t",
            "\"short\"",
            "COPY t, line 2",
            "(2, b)",
        ] {
            assert!(said.contains(word), "{said}");
        }
        assert_same(&was, &site.state("one"));
    }
}

#[test]
fn a_foreign_key_that_does_not_hold_is_named_with_the_row() {
    let Some(site) = site(As::Superuser) else {
        return;
    };
    // Replication lets such a row in.
    site.execute(
        "one",
        "SET session_replication_role = replica; INSERT INTO u VALUES (2, 77), (3, NULL)",
    );
    site.save("one", As::Superuser, "bad.snapshot");
    site.migrated("two", As::Superuser);
    let said = site.refusal("two", As::Superuser, "bad.snapshot");
    assert!(
        said.contains("constraint \"to_t\" of public.u does not hold for the row with (\"t\") = (77), which is not in public.t"),
        "{said}"
    );
    assert_eq!(site.value("two", "SELECT count(*) FROM t"), "0");
    // One that is not known to hold is not held to it.
    site.execute("two", "ALTER TABLE u DROP CONSTRAINT to_t, ADD CONSTRAINT to_t FOREIGN KEY (t) REFERENCES t NOT VALID");
    site.load("two", As::Superuser, "bad.snapshot");
}

#[test]
fn a_key_that_may_be_put_off_is_checked_though_triggers_are_silent() {
    let Some(site) = Site::new(&[(
        "V1__t.sql",
        "CREATE TABLE t (id int, CONSTRAINT one_each UNIQUE (id) DEFERRABLE INITIALLY DEFERRED);",
    )]) else {
        return;
    };
    site.migrated("one", As::Superuser);
    site.execute(
        "one",
        "SET session_replication_role = replica; INSERT INTO t VALUES (1), (1)",
    );
    site.save("one", As::Superuser, "a.snapshot");
    site.migrated("two", As::Superuser);
    let said = site.refusal("two", As::Superuser, "a.snapshot");
    assert!(said.contains("one_each"), "{said}");
    assert_eq!(site.value("two", "SELECT count(*) FROM t"), "0");
    assert_eq!(
        site.value(
            "two",
            "SELECT string_agg(DISTINCT tgenabled::text, '') FROM pg_trigger"
        ),
        "O"
    );
}

#[test]
fn a_load_that_fails_late_leaves_sequences_triggers_and_rows_as_they_were() {
    for whose in [As::Superuser, As::Owner] {
        let Some(site) = corners(whose) else {
            return;
        };
        site.save("corners", As::Superuser, "a.snapshot");
        // The last materialized view that is refreshed fails.
        site.execute_as(
            "corners",
            whose,
            "DROP MATERIALIZED VIEW corners.a_behind;
             CREATE MATERIALIZED VIEW corners.a_behind AS SELECT 1 / (SELECT count(*) FROM corners.log WHERE line = 'new') AS rows WITH NO DATA;
             INSERT INTO corners.log VALUES ('new'); SELECT nextval('corners.lonely'), nextval('corners.untouched');",
        );
        let was = site.state("corners");
        let said = site.refusal("corners", whose, "a.snapshot");
        assert!(
            said.contains("cannot refresh corners.a_behind") && said.contains("division by zero"),
            "{said}"
        );
        assert_same(&was, &site.state("corners"));
    }
}

#[test]
fn who_may_not_silence_triggers_is_told_who_may() {
    let Some(site) = site(As::Owner) else {
        return;
    };
    site.execute(
        "one",
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();
         GRANT ALL ON ALL TABLES IN SCHEMA public TO bob; GRANT ALL ON SCHEMA public TO bob",
    );
    let url = site
        .host
        .by_socket("bob")
        .replace("dbname=postgres", "dbname=one");
    let said = site
        .project
        .run(&["snapshot", "load", "--yes", "a.snapshot", "--url", &url])
        .expect(2)
        .err;
    assert!(
        said.contains(
            "load as the owner of the tables, or as a role that may SET session_replication_role"
        ),
        "{said}"
    );
}

#[test]
fn fixtures_that_are_in_the_rows_are_noted_and_do_not_run_again() {
    let Some(site) = Site::new(&[TABLE]) else {
        return;
    };
    site.project.write(
        "fixtures/1_t.sql",
        "INSERT INTO t VALUES (1, 'of a fixture');",
    );
    site.create("one", As::Superuser);
    let url = site.url("one", As::Superuser);
    site.project.run(&["db", "up", "--url", &url]).expect(0);
    site.save("one", As::Superuser, "a.snapshot");
    site.execute("one", "DELETE FROM pgassay_scripts; TRUNCATE t, u");
    site.load("one", As::Superuser, "a.snapshot");
    let again = site.project.run(&["db", "up", "--url", &url]).expect(0);
    assert!(!again.out.contains("fixtures/1_t.sql"), "{}", again.out);
    assert_eq!(site.value("one", "SELECT text FROM t"), "of a fixture");
}

#[test]
fn fixtures_whose_rows_are_replaced_run_again() {
    let Some(site) = Site::new(&[TABLE]) else {
        return;
    };
    site.create("one", As::Superuser);
    let url = site.url("one", As::Superuser);
    site.project.run(&["db", "up", "--url", &url]).expect(0);
    site.execute("one", "INSERT INTO t VALUES (1, 'saved')");
    site.save("one", As::Superuser, "before.snapshot");
    let some = ["save", "--output", "some.snapshot", "--table", "public.u"];
    site.snapshot("one", As::Superuser, &some).expect(0);
    site.project.write(
        "fixtures/1_t.sql",
        "INSERT INTO t VALUES (7, 'of a fixture');",
    );
    let up = || site.project.run(&["db", "up", "--url", &url]).expect(0);
    assert!(up().out.contains("ran  fixtures/1_t.sql"));
    let texts = "SELECT string_agg(text, ',' ORDER BY id) FROM t";
    // One of some tables leaves the others' rows.
    site.load("one", As::Superuser, "some.snapshot");
    assert!(!up().out.contains("fixtures/1_t.sql"));
    assert_eq!(site.value("one", texts), "saved,of a fixture");
    site.load("one", As::Superuser, "before.snapshot");
    assert_eq!(site.value("one", texts), "saved");
    assert!(up().out.contains("ran  fixtures/1_t.sql"));
    assert_eq!(site.value("one", texts), "saved,of a fixture");
}

#[test]
fn of_several_the_newest_that_fits_is_loaded() {
    let Some(site) = site(As::Owner) else {
        return;
    };
    let store = site.path("snapshots");
    fs::create_dir(&store).unwrap();
    fs::copy(
        site.path("a.snapshot"),
        store.join("1_20260101T000000Z.snapshot"),
    )
    .unwrap();
    site.execute("one", "UPDATE t SET text = 'later'");
    site.save("one", As::Owner, "snapshots/1_20260202T000000Z.snapshot");
    fs::write(store.join("1_20260303T000000Z.snapshot"), "none").unwrap();
    site.execute("one", "TRUNCATE t, u");
    let ran = site.snapshot("one", As::Owner, &["load"]).expect(0);
    assert!(
        ran.out
            .starts_with("loaded snapshots/1_20260202T000000Z.snapshot"),
        "{}",
        ran.out
    );
    assert_eq!(site.value("one", "SELECT min(text) FROM t"), "later");
    assert!(
        ran.err.contains("note: snapshots/1_20260303T000000Z.snapshot is no choice: this is no snapshot of pgassay's"),
        "{}",
        ran.err
    );
    for name in ["1_20260101T000000Z", "1_20260202T000000Z"] {
        fs::remove_file(store.join(format!("{name}.snapshot"))).unwrap();
    }
    let said = site
        .snapshot("one", As::Owner, &["load", "--yes"])
        .expect(2)
        .err;
    assert!(
        said.contains(
            "no snapshot in snapshots fits\n  1_20260303T000000Z.snapshot: this is no snapshot"
        ),
        "{said}"
    );
}

#[test]
fn a_materialized_view_over_a_function_that_finds_its_table_by_the_path_is_refreshed() {
    let Some(site) = Site::new(&[(
        "V1__t.sql",
        "CREATE TABLE t (n int PRIMARY KEY);\nINSERT INTO t VALUES (1);\n\
         CREATE FUNCTION total() RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT sum(n) FROM t); END $$;\n\
         CREATE MATERIALIZED VIEW totals AS SELECT total();\n",
    )]) else {
        return;
    };
    if site.host.server_version() >= 170_000 {
        skip::<()>(
            "from PostgreSQL 17, no path finds tables while a materialized view is refreshed",
        );
        return;
    }
    for database in ["one", "two"] {
        site.migrated(database, As::Superuser);
    }
    site.execute(
        "one",
        "INSERT INTO t VALUES (2); REFRESH MATERIALIZED VIEW totals",
    );
    site.snapshot("one", As::Superuser, &["save", "--output", "one.snapshot"])
        .expect(0);
    site.snapshot("two", As::Superuser, &["load", "one.snapshot", "--yes"])
        .expect(0);
    let row = site
        .host
        .client("two")
        .query_one("SELECT total FROM totals", &[])
        .unwrap();
    assert_eq!(row.get::<_, i64>(0), 3);
}

#[test]
fn rows_that_a_policy_hides_are_asked_for_too() {
    let Some(site) = Site::new(&[("V1__t.sql", "CREATE TABLE t (n int PRIMARY KEY);\n")]) else {
        return;
    };
    for database in ["one", "two"] {
        site.migrated(database, As::Owner);
    }
    site.snapshot("one", As::Owner, &["save", "--output", "one.snapshot"])
        .expect(0);
    site.execute(
        "two",
        "INSERT INTO t VALUES (1); ALTER TABLE t ENABLE ROW LEVEL SECURITY; ALTER TABLE t FORCE ROW LEVEL SECURITY;
         CREATE POLICY none ON t USING (false)",
    );
    let ran = site
        .snapshot("two", As::Owner, &["load", "one.snapshot"])
        .expect(2);
    assert!(ran.err.contains("terminal"), "{}", ran.err);
    let row = site
        .host
        .client("two")
        .query_one("SELECT count(*) FROM t", &[])
        .unwrap();
    assert_eq!(row.get::<_, i64>(0), 1);
}

#[test]
fn a_snapshot_of_some_tables_says_nothing_of_fixtures() {
    let Some(site) = Site::new(&[(
        "V1__t.sql",
        "CREATE TABLE a (n int PRIMARY KEY);\nCREATE TABLE b (n int PRIMARY KEY);\n",
    )]) else {
        return;
    };
    site.project.write(
        "fixtures/1.sql",
        "INSERT INTO a VALUES (1);\nINSERT INTO b VALUES (1);\n",
    );
    site.create("one", As::Superuser);
    site.project
        .run(&["db", "up", "--url", &site.url("one", As::Superuser)])
        .expect(0);
    site.snapshot(
        "one",
        As::Superuser,
        &["save", "--output", "a.snapshot", "--table", "public.a"],
    )
    .expect(0);
    site.snapshot("one", As::Superuser, &["save", "--output", "all.snapshot"])
        .expect(0);
    let fixtures = |name: &str| {
        let file = pgassay::snapshot::SnapshotFile::open(&site.path(name)).unwrap();
        file.head.fixtures.len()
    };
    assert_eq!((fixtures("a.snapshot"), fixtures("all.snapshot")), (0, 1));
}
