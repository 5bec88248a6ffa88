//! A snapshot is loaded where its history is the database's, and nowhere else.

use crate::site::{As, Site};

const FIRST: (&str, &str) = (
    "V1__users.sql",
    "CREATE TABLE users (id int PRIMARY KEY, name text);",
);
const SECOND: (&str, &str) = ("V2__mail.sql", "ALTER TABLE users ADD mail text;");
const THIRD: (&str, &str) = ("V3__age.sql", "ALTER TABLE users ADD age int;");

/// A site whose `one` is behind the second of three migrations, and a snapshot of it.
fn site() -> Option<Site> {
    let site = Site::new(&[FIRST, SECOND, THIRD])?;
    for name in ["one", "two"] {
        site.create(name, As::Superuser);
        site.migrate(name, As::Superuser, &["--to", "2"]);
    }
    site.execute(
        "one",
        "INSERT INTO users VALUES (1, 'Ada', 'ada@example.org')",
    );
    site.execute("two", "INSERT INTO users VALUES (7, 'Old', 'x')");
    site.save("one", As::Superuser, "two.snapshot");
    Some(site)
}

fn rows(site: &Site, database: &str) -> String {
    site.value(
        database,
        "SELECT string_agg(name, ' ' ORDER BY id) FROM users",
    )
}

#[test]
fn it_is_loaded_at_its_own_version_and_not_at_an_earlier_one() {
    let Some(site) = site() else {
        return;
    };
    site.create("three", As::Superuser);
    site.migrate("three", As::Superuser, &["--to", "1"]);
    let earlier = site.refusal("three", As::Superuser, "two.snapshot");
    assert!(
        earlier
            .contains("saved at 2, and the database is at 1; `pgassay migrate up --url …` first"),
        "{earlier}"
    );
    site.migrate("three", As::Superuser, &["--to", "2"]);
    site.load("three", As::Superuser, "two.snapshot");
    assert_eq!(rows(&site, "three"), "Ada");
}

#[test]
fn a_rewritten_history_is_refused_with_the_first_migration_that_differs() {
    let Some(site) = site() else {
        return;
    };
    // The database was made anew from what the files say now.
    site.project.write(
        "migrations/V2__mail.sql",
        "ALTER TABLE users ADD mail varchar(100);",
    );
    site.create("anew", As::Superuser);
    site.migrate("anew", As::Superuser, &["--to", "2"]);
    site.execute("anew", "INSERT INTO users VALUES (7, 'Old', 'x')");
    let said = site.refusal("anew", As::Superuser, "two.snapshot");
    assert!(
        said.contains(
            "the history was rewritten since: migrations/V2__mail.sql has another text than it had"
        ),
        "{said}"
    );
    assert_eq!(rows(&site, "anew"), "Old");
    let said = site.refusal("two", As::Superuser, "two.snapshot");
    assert!(
        said.contains("2 mail (migrations/V2__mail.sql) is changed"),
        "{said}"
    );
}

#[test]
fn another_projects_is_refused() {
    let Some(site) = site() else {
        return;
    };
    let Some(other) = Site::new(&[(
        "V1__users.sql",
        "CREATE TABLE users (id int PRIMARY KEY, name text, mail text);",
    )]) else {
        return;
    };
    other.migrated("one", As::Superuser);
    other.execute("one", "INSERT INTO users VALUES (7, 'Old', 'x')");
    std::fs::copy(site.path("two.snapshot"), other.path("two.snapshot")).unwrap();
    let said = other.refusal("one", As::Superuser, "two.snapshot");
    assert!(said.contains("another project's"), "{said}");
    assert_eq!(rows(&other, "one"), "Old");
}

#[test]
fn a_renamed_file_with_the_same_version_and_text_is_the_same() {
    let Some(site) = site() else {
        return;
    };
    std::fs::rename(
        site.path("migrations/V2__mail.sql"),
        site.path("migrations/V2__e_mail.sql"),
    )
    .unwrap();
    site.load("two", As::Superuser, "two.snapshot");
    assert_eq!(rows(&site, "two"), "Ada");
}

#[test]
fn a_database_that_is_not_as_its_history_says_is_refused_with_the_first_difference() {
    let Some(site) = site() else {
        return;
    };
    for (change, words) in [
        (
            "ALTER TABLE users RENAME mail TO post",
            "table public.users has no column mail",
        ),
        (
            "ALTER TABLE users RENAME post TO mail; ALTER TABLE users ADD more int",
            "has a column more that was not there",
        ),
        (
            "ALTER TABLE users DROP more; ALTER TABLE users ALTER mail TYPE varchar(100)",
            "column mail of public.users is character varying(100) there, and was text when it was saved",
        ),
        (
            "ALTER TABLE users RENAME TO people",
            "it has no table public.users",
        ),
    ] {
        site.execute("two", change);
        let said = site.refusal("two", As::Superuser, "two.snapshot");
        assert!(said.contains(words), "{said}");
    }
    assert_eq!(site.value("two", "SELECT count(*) FROM people"), "1");
}

#[test]
fn what_is_not_certain_of_the_version_is_refused_with_what_to_do() {
    let Some(site) = site() else {
        return;
    };
    site.create("bare", As::Superuser);
    site.execute("bare", "CREATE TABLE users (id int PRIMARY KEY, name text)");
    let said = site
        .snapshot("bare", As::Superuser, &["save"])
        .expect(2)
        .err;
    assert!(said.contains("--at VERSION"), "{said}");
    let said = site
        .snapshot("bare", As::Superuser, &["save", "--at", "9"])
        .expect(2)
        .err;
    assert!(said.contains("no such migration"), "{said}");
    let saved = site.snapshot(
        "bare",
        As::Superuser,
        &["save", "--at", "1", "--output", "bare.snapshot"],
    );
    saved
        .expect(0)
        .tells(&["saved bare.snapshot: 1 table, 0 rows"]);
    let said = site
        .snapshot("one", As::Superuser, &["save", "--at", "1"])
        .expect(2)
        .err;
    assert!(
        said.contains("by that, it is at 2; leave --at out"),
        "{said}"
    );
    // A hole.
    site.execute("one", "DELETE FROM pgassay_migrations WHERE version = '1'");
    let said = site.snapshot("one", As::Superuser, &["save"]).expect(2).err;
    assert!(
        said.contains("1 users (migrations/V1__users.sql) is out of order"),
        "{said}"
    );
    // One that failed.
    site.project.write(
        "migrations/V3__age.sql",
        "CREATE INDEX CONCURRENTLY ON users (name);\nSELECT 1/0;\n",
    );
    let url = site.url("two", As::Superuser);
    site.project
        .run(&["migrate", "up", "--url", &url])
        .expect(2);
    let said = site.snapshot("two", As::Superuser, &["save"]).expect(2).err;
    assert!(
        said.contains("3 age (migrations/V3__age.sql) is failed"),
        "{said}"
    );
    // A file that is gone.
    std::fs::remove_file(site.path("migrations/V3__age.sql")).unwrap();
    let said = site.snapshot("two", As::Superuser, &["save"]).expect(2).err;
    assert!(said.contains("no file here is of it"), "{said}");
}

#[test]
fn the_history_of_another_tool_tells_the_version() {
    let Some(site) = Site::new(&[
        (
            "000001_users.up.sql",
            "CREATE TABLE users (id int PRIMARY KEY, name text);",
        ),
        ("000002_mail.up.sql", "ALTER TABLE users ADD mail text;"),
    ]) else {
        return;
    };
    for name in ["one", "two"] {
        site.create(name, As::Superuser);
        site.execute(
            name,
            "CREATE TABLE schema_migrations (version bigint PRIMARY KEY, dirty boolean NOT NULL);
             CREATE TABLE users (id int PRIMARY KEY, name text); INSERT INTO schema_migrations VALUES (1, false)",
        );
    }
    site.execute("one", "INSERT INTO users VALUES (1, 'Ada')");
    let ran = site.snapshot("one", As::Superuser, &["save"]).expect(0);
    assert!(ran.out.contains("saved snapshots/1_20"), "{}", ran.out);
    assert!(ran.out.contains(": 1 table, 1 row, "), "{}", ran.out);
    site.snapshot("two", As::Superuser, &["load", "--yes"])
        .expect(0);
    assert_eq!(rows(&site, "two"), "Ada");
    site.execute(
        "one",
        "UPDATE schema_migrations SET dirty = true, version = 2",
    );
    let said = site.snapshot("one", As::Superuser, &["save"]).expect(2).err;
    assert!(said.contains("2 was begun and is not done"), "{said}");
}

#[test]
fn where_a_command_migrates_the_tables_have_to_be_the_same() {
    let Some(site) = Site::new(&[]) else {
        return;
    };
    site.project
        .write("pgassay.toml", "migrate_command = \"true\"\n");
    for name in ["one", "two", "three"] {
        site.create(name, As::Superuser);
        site.execute(name, "CREATE TABLE users (id int PRIMARY KEY, name text)");
    }
    site.execute("one", "INSERT INTO users VALUES (1, 'Ada')");
    site.execute("three", "ALTER TABLE users ADD more int");
    site.snapshot("one", As::Superuser, &["save"]).expect(0);
    site.snapshot("two", As::Superuser, &["load"]).expect(0);
    assert_eq!(rows(&site, "two"), "Ada");
    let said = site
        .snapshot("three", As::Superuser, &["load"])
        .expect(2)
        .err;
    assert!(said.contains("has a column more"), "{said}");
}
