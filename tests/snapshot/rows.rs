//! Rows come back as they were, from tables of every kind.

use std::process::Command;

use crate::site::{As, Site, decompressed};
use crate::tool::{psql, samples};

fn sample(name: &str) -> String {
    std::fs::read_to_string(samples().join("snapshot").join(name)).unwrap()
}

/// A site with the corners, of which `full` holds the rows.
pub(crate) fn corners(whose: As) -> Option<Site> {
    let site = Site::new(&[("V1__corners.sql", &sample("corners.sql"))])?;
    if site.host.server_version() >= 180_000 {
        site.project.write(
            "migrations/V2__virtual.sql",
            "CREATE TABLE corners.virtual (id int PRIMARY KEY, twice int GENERATED ALWAYS AS (id * 2) VIRTUAL, last text);
             CREATE TABLE corners.rooms (id int, during daterange, PRIMARY KEY (id, during WITHOUT OVERLAPS));
             CREATE TABLE corners.bookings (room int, during daterange, FOREIGN KEY (room, PERIOD during) REFERENCES corners.rooms (id, PERIOD during));",
        );
    }
    // The key of periods wants `btree_gist` for a number.
    if site.host.server_version() >= 180_000 {
        site.project.write(
            "migrations/V1.5__gist.sql",
            "CREATE EXTENSION IF NOT EXISTS btree_gist;",
        );
    }
    site.migrated("corners", whose);
    site.execute("corners", &sample("corners_rows.sql"));
    if site.host.server_version() >= 180_000 {
        site.execute(
            "corners",
            "INSERT INTO corners.virtual VALUES (1, DEFAULT, 'x'), (2, DEFAULT, NULL);
             INSERT INTO corners.rooms VALUES (1, '[2026-01-01,2026-02-01)'), (1, '[2026-02-01,2026-03-01)');
             INSERT INTO corners.bookings VALUES (1, '[2026-01-15,2026-02-15)');",
        );
    }
    Some(site)
}

#[track_caller]
pub(crate) fn assert_same(was: &[String], is: &[String]) {
    for (was, is) in was.iter().zip(is) {
        assert_eq!(was, is);
    }
    assert_eq!(was.len(), is.len());
}

fn there_and_back(whose: As) {
    let Some(site) = corners(whose) else {
        return;
    };
    let was = site.state("corners");
    assert!(
        was.iter()
            .any(|it| it.starts_with("S corners.lonely\n(8,t)")),
        "{was:#?}"
    );
    // The owner of a table with row security that is forced sees only some rows, and is not let save them.
    let saved = site.save("corners", As::Superuser, "a.snapshot");
    if whose == As::Owner {
        let all = [
            "save",
            "--output",
            "owned.snapshot",
            "--exclude",
            "corners.secret",
        ];
        site.snapshot("corners", whose, &all).expect(0);
        let said = site.snapshot("corners", whose, &["save"]).expect(2).err;
        assert!(
            said.contains("cannot save the rows of corners.secret"),
            "{said}"
        );
    }

    // An empty database, one that holds other rows, and the same one again.
    site.migrated("other", whose);
    site.load("other", whose, "a.snapshot");
    assert_same(&was, &site.state("other"));
    site.execute(
        "other",
        "SET session_replication_role = replica;
         DELETE FROM corners.words; UPDATE corners.employees SET id = id + 10; INSERT INTO corners.log VALUES ('more');
         INSERT INTO corners.a_orders VALUES (100, 7, 'nowhere'); SELECT nextval('corners.lonely'), nextval('corners.untouched');
         INSERT INTO corners.animals SELECT generate_series(5, 9), 'x'",
    );
    site.load("other", whose, "a.snapshot");
    assert_same(&was, &site.state("other"));
    let again = site.save("other", As::Superuser, "b.snapshot");
    assert!(saved == again, "the same rows are other bytes");
    site.load("corners", whose, "a.snapshot");
    assert_same(&was, &site.state("corners"));
    assert_eq!(
        site.value("other", "SELECT count(*) FROM corners.fired"),
        "0"
    );
}

#[test]
fn a_superuser_gets_back_what_was_saved() {
    there_and_back(As::Superuser);
}

#[test]
fn an_ordinary_owner_gets_back_what_was_saved() {
    there_and_back(As::Owner);
}

#[test]
fn psql_loads_what_any_zstd_makes_of_a_snapshot() {
    let Some(site) = corners(As::Superuser) else {
        return;
    };
    let Some(psql) = psql() else {
        return;
    };
    let saved = site.save("corners", As::Superuser, "a.snapshot");
    let script = site.path("a.sql");
    std::fs::write(&script, decompressed(&saved)).unwrap();
    site.migrated("other", As::Superuser);
    // It leaves `ENABLE ALWAYS` triggers to whoever runs it.
    site.execute(
        "other",
        "ALTER TABLE corners.watched DISABLE TRIGGER USER; ALTER TABLE corners.events_rest DISABLE TRIGGER USER",
    );
    let output = Command::new(psql)
        .args(["-Xq", "-v", "ON_ERROR_STOP=1", "-d"])
        .arg(site.url("other", As::Superuser))
        .arg("-f")
        .arg(script)
        .env_clear()
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let rows = |database: &str| -> Vec<String> {
        let state = site.state(database).into_iter();
        state.filter(|it| !it.starts_with("trigger ")).collect()
    };
    assert_same(&rows("corners"), &rows("other"));
}

#[test]
fn what_is_still_called_by_its_usual_search_path_is_found() {
    let Some(site) = Site::new(&[(
        "V1__words.sql",
        "CREATE FUNCTION is_good(text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN length_of($1) > 0; END $$;
         CREATE FUNCTION length_of(text) RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT pg_catalog.length($1) $$;
         CREATE TABLE words (word text CHECK (is_good(word)), length int GENERATED ALWAYS AS (length_of(word)) STORED);",
    )]) else {
        return;
    };
    site.migrated("one", As::Superuser);
    site.execute("one", "INSERT INTO words VALUES ('a'), ('bc')");
    let saved = site.save("one", As::Superuser, "a.snapshot");
    site.load("one", As::Superuser, "a.snapshot");
    assert!(saved == site.save("one", As::Superuser, "b.snapshot"));
}

#[test]
fn texts_without_an_encoding_are_kept_byte_for_byte() {
    let Some(site) = Site::new(&[(
        "V1__t.sql",
        "CREATE TABLE t (id int PRIMARY KEY, text text);",
    )]) else {
        return;
    };
    let mut client = site.host.client("postgres");
    for name in ["raw", "raw2"] {
        client
            .batch_execute(&format!(
                "CREATE DATABASE {name} ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0"
            ))
            .unwrap();
        site.migrate(name, As::Superuser, &[]);
    }
    site.execute(
        "raw",
        "INSERT INTO t VALUES (1, convert_from('\\xff41'::bytea, 'SQL_ASCII')), (2, 'plain')",
    );
    let saved = site.save("raw", As::Superuser, "a.snapshot");
    assert!(decompressed(&saved).windows(2).any(|it| it == b"\xffA"));
    site.load("raw2", As::Superuser, "a.snapshot");
    let bytes =
        "SELECT string_agg(encode(convert_to(text, 'SQL_ASCII'), 'hex'), ' ' ORDER BY id) FROM t";
    assert_eq!(site.value("raw2", bytes), "ff41 706c61696e");
    assert!(saved == site.save("raw2", As::Superuser, "b.snapshot"));
}
