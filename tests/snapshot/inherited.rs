//! Rules and filters of a table are those of the tables that inherit from it, too.

use std::collections::BTreeMap;

use memchr::memmem;

use crate::site::{As, Site, decompressed};

const SCHEMA: &str = "CREATE SCHEMA app;
    CREATE TABLE app.people (id int PRIMARY KEY, email text, note text);
    CREATE TABLE app.staff (badge text) INHERITS (app.people);
    CREATE TABLE app.bosses (PRIMARY KEY (id)) INHERITS (app.staff);
    CREATE TABLE app.payers (id int, tax_id text);
    CREATE TABLE app.clients () INHERITS (app.people, app.payers);
    CREATE TABLE app.visits (id int PRIMARY KEY, boss int REFERENCES app.bosses);";

const ROWS: &str = "INSERT INTO app.people SELECT n, 'person-' || n || '@original.test', 'note-p-' || n FROM generate_series(1, 9) AS n;
    INSERT INTO app.staff SELECT n, 'staff-' || n || '@original.test', 'note-s-' || n, 'badge-s-' || n FROM generate_series(1, 9) AS n;
    INSERT INTO app.bosses SELECT n, 'boss-' || n || '@original.test', 'note-b-' || n, 'badge-b-' || n FROM generate_series(1, 9) AS n;
    INSERT INTO app.payers SELECT n, 'tax-p-' || n FROM generate_series(1, 9) AS n;
    INSERT INTO app.clients SELECT n, 'client-' || n || '@original.test', 'note-c-' || n, 'tax-c-' || n FROM generate_series(1, 9) AS n;
    INSERT INTO app.visits SELECT n, n FROM generate_series(1, 9) AS n;";

fn site(settings: &str) -> Option<Site> {
    let site = Site::new(&[("V1__app.sql", SCHEMA)])?;
    site.project.write("pgassay.toml", settings);
    site.migrated("one", As::Owner);
    site.execute("one", ROWS);
    Some(site)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(decompressed(bytes)).unwrap()
}

#[test]
fn the_columns_of_tables_that_inherit_are_masked_by_the_rule_of_their_parents() {
    let Some(site) = site(
        "[snapshot.mask]\n\"app.people.email\" = \"fake.email\"\n\"*.people.note\" = \"null\"\n\"*.bosses.note\" = { fixed = \"of a boss\" }\n\
         \"app.staff.badge\" = { fixed = \"none\" }\n\"app.payers.tax_id\" = \"keep_length\"\n\"*.*.email\" = \"keep\"\n",
    ) else {
        return;
    };
    let bytes = site.save("one", As::Owner, "a.snapshot");
    let saved = text(&bytes);
    for original in ["@original.test", "note-", "badge-", "tax-"] {
        assert!(
            memmem::find(saved.as_bytes(), original.as_bytes()).is_none(),
            "{original}: {saved}"
        );
    }
    site.migrated("two", As::Owner);
    site.load("two", As::Owner, "a.snapshot");
    let said =
        "SELECT string_agg(DISTINCT coalesce(note, '-') || ' ' || badge, ',') FROM ONLY app.";
    assert_eq!(
        site.value("two", &format!("{said}bosses")),
        "of a boss none"
    );
    assert_eq!(site.value("two", &format!("{said}staff")), "- none");
    let clients = "SELECT count(DISTINCT tax_id) || ' ' || count(note) || ' ' || count(DISTINCT email) FROM app.clients";
    assert_eq!(site.value("two", clients), "9 0 9");

    // Though the parent's rows are not saved.
    let more = ["save", "--output", "b.snapshot", "--exclude", "app.people"];
    site.snapshot("one", As::Owner, &more).expect(0);
    let saved = text(&std::fs::read(site.path("b.snapshot")).unwrap());
    assert!(!saved.contains("@original.test"), "{saved}");
}

#[test]
fn to_keep_a_parents_values_is_to_keep_no_others() {
    let Some(site) =
        site("[snapshot.mask]\n\"app.people.email\" = \"keep\"\n\"*.*.email\" = \"fake.email\"\n")
    else {
        return;
    };
    let saved = text(&site.save("one", As::Owner, "a.snapshot"));
    assert!(saved.contains("person-1@original.test"));
    for original in ["staff-", "boss-", "client-"] {
        assert!(
            !saved.contains(&format!("{original}1@original.test")),
            "{saved}"
        );
    }
    // Without another rule they have none.
    site.project.write(
        "pgassay.toml",
        "[snapshot.mask]\n\"app.people.email\" = \"keep\"\n",
    );
    let said = site
        .snapshot("one", As::Owner, &["save", "--strict"])
        .expect(2);
    assert!(said.err.contains("\"app.staff.email\""), "{}", said.err);
}

#[test]
fn two_parents_that_say_different_things_are_an_error() {
    let Some(site) = site(
        "[snapshot.mask]\n\"app.people.id\" = \"hash\"\n\"app.payers.id\" = \"keep_length\"\n\"app.bosses.id\" = \"keep\"\n\n\
         [snapshot.filter]\n\"app.people\" = \"id < 4\"\n\"app.payers\" = \"id < 5\"\n",
    ) else {
        return;
    };
    let said = site.snapshot("one", As::Owner, &["save"]).expect(2).err;
    for part in [
        "are both for app.clients.id, and say different things",
        "pgassay.toml:7:1: app.clients inherits from app.payers and app.people, which have filters that differ; say what holds: \"app.clients\" = …",
    ] {
        assert!(said.contains(part), "{said}");
    }
}

/// How many rows of each table were saved.
fn rows(site: &Site, file: &str) -> BTreeMap<String, u64> {
    let file = pgassay::snapshot::SnapshotFile::open(&site.path(file)).unwrap();
    let names = file.head.tables.iter().map(|table| table.name.to_string());
    names.zip(file.index.rows.iter().copied()).collect()
}

#[test]
fn the_rows_of_tables_that_inherit_are_chosen_by_the_filter_of_their_parents() {
    let Some(site) = site(
        "[snapshot.filter]\n\"app.people\" = \"people.id < 4 -- the first ones\"\n\"app.staff\" = \"id < 3\"\n",
    ) else {
        return;
    };
    let saved = text(&site.save("one", As::Owner, "a.snapshot"));
    assert!(
        !saved.contains("client-4@") && !saved.contains("boss-3@"),
        "{saved}"
    );
    let expected = |pairs: &[(&str, u64)]| -> BTreeMap<String, u64> {
        let pairs = pairs.iter();
        pairs
            .map(|(name, count)| (format!("app.{name}"), *count))
            .collect()
    };
    assert_eq!(
        rows(&site, "a.snapshot"),
        expected(&[
            ("people", 3),
            ("staff", 2),
            ("bosses", 2),
            ("payers", 9),
            ("clients", 3),
            ("visits", 2)
        ])
    );
    let more = [
        "save",
        "--output",
        "b.snapshot",
        "--exclude",
        "app.{people,visits}",
    ];
    site.snapshot("one", As::Owner, &more).expect(0);
    assert_eq!(
        rows(&site, "b.snapshot"),
        expected(&[("staff", 2), ("bosses", 2), ("payers", 9), ("clients", 3)])
    );
    // What cannot be asked of such a table is told with its name.
    site.project.write(
        "pgassay.toml",
        "[snapshot.filter]\n\"app.people\" = \"app.people.id < 4\"\n",
    );
    let said = site.snapshot("one", As::Owner, &["save"]).expect(2).err;
    assert!(
        said.contains("pgassay.toml:2:1: the filter of app.people for app.clients, which inherits from it, fails"),
        "{said}"
    );
}
