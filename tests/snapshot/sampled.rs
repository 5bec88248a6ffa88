//! A part of the rows that holds together, masked or not, and loads where it was saved.

use crate::site::{As, Site};

const SCHEMA: &str = "CREATE SCHEMA app;
    CREATE TABLE app.countries (code text PRIMARY KEY);
    CREATE TABLE app.customers (id int PRIMARY KEY, country text NOT NULL REFERENCES app.countries, referred_by int REFERENCES app.customers, born date);
    CREATE TABLE app.orders (id int NOT NULL, day date NOT NULL, customer int NOT NULL REFERENCES app.customers, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
    CREATE TABLE app.orders_old PARTITION OF app.orders FOR VALUES FROM (MINVALUE) TO ('2026-01-01');
    CREATE TABLE app.orders_new PARTITION OF app.orders DEFAULT;
    CREATE TABLE app.items (id int PRIMARY KEY, of int, day date, FOREIGN KEY (of, day) REFERENCES app.orders (id, day));
    CREATE TABLE app.nodes (id int PRIMARY KEY, next int NOT NULL, customer int REFERENCES app.customers);
    ALTER TABLE app.nodes ADD FOREIGN KEY (next) REFERENCES app.nodes DEFERRABLE INITIALLY DEFERRED;
    CREATE FUNCTION public.is_chosen(int) RETURNS boolean LANGUAGE sql AS 'SELECT $1 % 20 = 0';";

const ROWS: &str = "INSERT INTO app.countries SELECT 'c' || n FROM generate_series(1, 10) AS n;
    INSERT INTO app.customers SELECT n, 'c' || 1 + n % 10, nullif(n / 3, 0), date '1950-01-01' + n FROM generate_series(1, 100) AS n;
    INSERT INTO app.orders SELECT n, date '2025-12-01' + n % 60, 1 + n * 7 % 100 FROM generate_series(1, 500) AS n;
    INSERT INTO app.items SELECT o.id, o.id, o.day FROM app.orders AS o;
    INSERT INTO app.nodes SELECT n, 1 + n % 50, n FROM generate_series(1, 50) AS n;";

/// The customers that are chosen and those who referred them, and so on.
const KEPT: &str = "WITH RECURSIVE kept AS (
    SELECT id, referred_by FROM app.customers WHERE id % 20 = 0
    UNION SELECT c.id, c.referred_by FROM kept JOIN app.customers AS c ON c.id = kept.referred_by)";

#[test]
fn rows_that_match_are_saved_with_what_they_refer_to_and_what_holds_together_with_them() {
    let Some(site) = Site::new(&[("V1__app.sql", SCHEMA)]) else {
        return;
    };
    // What a condition names without a schema is what its author's session would find.
    site.project.write(
        "pgassay.toml",
        "[snapshot.mask]\n\"app.customers.born\" = \"fake.date\"\n\"*.*.id\" = \"keep\"\n\n[snapshot.filter]\n\"app.customers\" = \"is_chosen(id) -- and no other\"\n\"app.countries\" = \"false\"\n",
    );
    site.migrated("one", As::Owner);
    site.execute("one", ROWS);
    let before = site.state("one");
    let key = Some(("PGASSAY_MASK_KEY", "the key of these tests"));
    for file in ["a.snapshot", "again.snapshot"] {
        let arguments = ["save", "--strict", "--output", file];
        site.snapshot_with("one", As::Owner, &arguments, key)
            .expect(0);
    }
    let read = |file: &str| std::fs::read(site.path(file)).unwrap();
    assert!(read("a.snapshot") == read("again.snapshot"));
    assert_eq!(before, site.state("one"));
    site.migrated("two", As::Owner);
    // Loading checks every foreign key.
    site.load("two", As::Owner, "a.snapshot");
    for (expected, query) in [
        (
            format!("{KEPT} SELECT string_agg(id::text, ' ' ORDER BY id) FROM kept"),
            "SELECT string_agg(id::text, ' ' ORDER BY id) FROM app.customers",
        ),
        (
            format!(
                "{KEPT} SELECT string_agg(o.id::text, ' ' ORDER BY o.id) FROM app.orders AS o WHERE customer IN (SELECT id FROM kept)"
            ),
            "SELECT string_agg(id::text, ' ' ORDER BY id) FROM app.orders",
        ),
        (
            format!(
                "{KEPT} SELECT string_agg(o.id::text, ' ' ORDER BY o.id) FROM app.orders AS o WHERE customer IN (SELECT id FROM kept)"
            ),
            "SELECT string_agg(id::text, ' ' ORDER BY id) FROM app.items",
        ),
        (
            format!(
                "{KEPT} SELECT string_agg(DISTINCT c.country, ' ') FROM kept JOIN app.customers AS c USING (id)"
            ),
            "SELECT string_agg(code, ' ' ORDER BY code) FROM app.countries",
        ),
    ] {
        let expected = site.value("one", &expected);
        assert!(expected.split(' ').count() > 3, "{expected}");
        assert_eq!(expected, site.value("two", query), "{query}");
    }
    // A circle of which one is not kept is not kept.
    assert_eq!(site.value("two", "SELECT count(*) FROM app.nodes"), "0");
    let born = "SELECT string_agg(id || ':' || born, ' ' ORDER BY id) FROM app.customers";
    assert!(site.value("two", born) != site.value("one", born));
}

#[test]
fn a_filter_can_only_read_and_fails_with_its_setting() {
    let Some(site) = Site::new(&[("V1__app.sql", SCHEMA)]) else {
        return;
    };
    site.migrated("one", As::Owner);
    site.execute("one", ROWS);
    site.execute(
        "one",
        "CREATE FUNCTION app.clear(int) RETURNS boolean LANGUAGE sql AS 'DELETE FROM app.items; SELECT true'",
    );
    for (condition, told) in [
        (
            "app.clear(id)",
            "cannot execute DELETE in a read-only transaction",
        ),
        ("1 / (id - 50) > 0", "division by zero"),
    ] {
        site.project.write(
            "pgassay.toml",
            &format!("[snapshot.filter]\n\"app.customers\" = \"{condition}\"\n"),
        );
        let said = site.snapshot("one", As::Owner, &["save"]).expect(2).err;
        assert!(
            said.contains("pgassay.toml:2:1: the filter of app.customers fails")
                && said.contains(told),
            "{said}"
        );
        assert!(!said.contains("search_path"), "{said}");
    }
    assert_eq!(site.value("one", "SELECT count(*) FROM app.items"), "500");
    let left = std::fs::read_dir(site.path("snapshots")).map_or(0, Iterator::count);
    assert_eq!(left, 0);
}

#[test]
fn who_refers_by_an_equality_of_the_types_own_is_kept_with_what_is_referred_to() {
    let Some(site) = Site::new(&[("V1__none.sql", "SELECT 1;")]) else {
        return;
    };
    site.migrated("one", As::Superuser);
    let available = "SELECT count(*) FROM pg_available_extensions WHERE name = 'citext'";
    if site.value("one", available) == "0" {
        return;
    }
    // To `citext`, texts in capital and small letters are the same, by an operator that lies in the extension's schema.
    site.project.write(
        "migrations/V2__citext.sql",
        "CREATE SCHEMA types; CREATE EXTENSION citext WITH SCHEMA types;
         CREATE TABLE public.words (word types.citext PRIMARY KEY);
         CREATE TABLE public.uses (id int PRIMARY KEY, word types.citext REFERENCES public.words);",
    );
    site.migrate("one", As::Superuser, &[]);
    site.execute(
        "one",
        "SET search_path = public, types; INSERT INTO words VALUES ('Ada'), ('bob'); INSERT INTO uses VALUES (1, 'aDA'), (2, 'BOB')",
    );
    site.project.write(
        "pgassay.toml",
        "[snapshot.mask]\n\"*.*.word\" = \"hash\"\n[snapshot.filter]\n\"public.uses\" = \"id = 1\"\n\"public.words\" = \"false\"\n",
    );
    site.save("one", As::Superuser, "a.snapshot");
    site.migrated("two", As::Superuser);
    site.load("two", As::Superuser, "a.snapshot");
    let joined = "SELECT count(*) FROM uses JOIN words ON words.word OPERATOR(types.=) uses.word";
    assert_eq!(site.value("two", joined), "1");
    assert_eq!(site.value("two", "SELECT count(*) FROM words"), "1");
}
