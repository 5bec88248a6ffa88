//! A snapshot is loaded into databases at later versions: its rows are migrated as they would have been there.

use std::fs;

use crate::site::{As, Site};
use crate::tool::names;

const USERS: (&str, &str) = (
    "V1__users.sql",
    "CREATE TABLE users (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL);",
);
const SPLIT: (&str, &str) = (
    "V2__split.sql",
    "CREATE TABLE names (user_id int PRIMARY KEY REFERENCES users, first text, last text);
     INSERT INTO names SELECT id, split_part(name, ' ', 1), split_part(name, ' ', 2) FROM users;
     ALTER TABLE users DROP name; ALTER TABLE users RENAME TO people;",
);
const INITIALS: (&str, &str) = (
    "V3__initials.sql",
    "ALTER TABLE names ADD initials varchar(2); UPDATE names SET initials = left(first, 1) || left(last, 1);",
);
const STRICT: (&str, &str) = (
    "V4__strict.sql",
    "ALTER TABLE names ADD CONSTRAINT has_last CHECK (last <> '');",
);

/// A site with a snapshot behind the first migration, of Ada Lovelace and of Plato, who has one name only; `two` is behind the third
/// one, and has others.
fn site() -> Option<Site> {
    let site = Site::new(&[USERS])?;
    site.migrated("one", As::Owner);
    site.execute(
        "one",
        "INSERT INTO users (name) VALUES ('Ada Lovelace'), ('Plato')",
    );
    site.save("one", As::Owner, "first.snapshot");
    for (name, text) in [SPLIT, INITIALS, STRICT] {
        site.project.write(&format!("migrations/{name}"), text);
    }
    site.create("two", As::Owner);
    site.migrate("two", As::Owner, &["--to", "3"]);
    site.execute(
        "two",
        "INSERT INTO people VALUES (DEFAULT); INSERT INTO names VALUES (1, 'Grace', 'Hopper', 'GH')",
    );
    Some(site)
}

fn people(site: &Site, database: &str) -> String {
    site.value(
        database,
        "SELECT string_agg(concat_ws(' ', id, first, last, initials), ',' ORDER BY id) FROM people JOIN names ON user_id = id",
    )
}

#[test]
fn rows_are_migrated_up_to_the_version_of_the_database_and_not_further() {
    let Some(site) = site() else {
        return;
    };
    for whose in [As::Owner, As::Superuser] {
        site.load("two", whose, "first.snapshot")
            .tells(&["loaded first.snapshot: 2 tables, 4 rows, migrated from 1 to 3 ("]);
        assert_eq!(people(&site, "two"), "1 Ada Lovelace AL,2 Plato  P");
        site.execute("two", "DELETE FROM names WHERE user_id = 2");
    }
    // Numbers go on behind those that are there.
    let next = "INSERT INTO people VALUES (DEFAULT)";
    site.execute("two", next);
    assert_eq!(site.value("two", "SELECT max(id) FROM people"), "3");
    assert_eq!(names(&site.project.runs()), Vec::<String>::new());
    // Without a file, it is the newest that fits.
    fs::create_dir(site.path("snapshots")).unwrap();
    fs::rename(
        site.path("first.snapshot"),
        site.path("snapshots/1_20260101T000000Z.snapshot"),
    )
    .unwrap();
    site.snapshot("two", As::Owner, &["load", "--yes"])
        .expect(0)
        .tells(&["migrated from 1 to 3"]);
    assert_eq!(people(&site, "two"), "1 Ada Lovelace AL,2 Plato  P");
}

#[test]
fn a_migration_that_fails_on_the_rows_is_told_of_and_nothing_is_changed() {
    let Some(site) = site() else {
        return;
    };
    site.migrate("two", As::Owner, &[]);
    let said = site.refusal("two", As::Owner, "first.snapshot");
    assert!(
        said.contains(
            "first.snapshot is not loaded: its rows cannot be migrated on a throwaway server: "
        ),
        "{said}"
    );
    assert!(
        said.contains("migrations/V4__strict.sql:1") && said.contains("has_last"),
        "{said}"
    );
    assert_eq!(people(&site, "two"), "1 Grace Hopper GH");
    assert_eq!(names(&site.project.runs()), Vec::<String>::new());
}

#[test]
fn what_is_damaged_or_rewritten_and_what_is_protected_or_not_asked_is_refused() {
    let Some(site) = site() else {
        return;
    };
    let not_asked = site
        .snapshot("two", As::Owner, &["load", "first.snapshot"])
        .expect(2);
    assert!(
        not_asked
            .err
            .contains("the rows of 2 tables in the database \"two\" may be replaced"),
        "{}",
        not_asked.err
    );
    let settings = format!(
        "[environment.production]\nurl = \"{}\"\nprotected = true\n",
        site.url("two", As::Owner)
    );
    site.project.write("pgassay.toml", &settings);
    let load = ["snapshot", "load", "--yes", "first.snapshot"];
    let protected = site
        .project
        .run(&[&load[..], &["--env", "production"]].concat())
        .expect(2);
    assert!(
        protected.err.contains("keeps its rows"),
        "{}",
        protected.err
    );
    site.project.write("pgassay.toml", "");
    let bytes = fs::read(site.path("first.snapshot")).unwrap();
    let mut changed = bytes.clone();
    *changed.last_mut().unwrap() ^= 1;
    fs::write(site.path("changed.snapshot"), changed).unwrap();
    let said = site.refusal("two", As::Owner, "changed.snapshot");
    assert!(said.contains("was changed after it was saved"), "{said}");
    // A snapshot that was saved of what the first migration said before.
    site.project.write(
        "migrations/V1__users.sql",
        "CREATE TABLE users (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name varchar NOT NULL);",
    );
    site.create("anew", As::Owner);
    site.migrate("anew", As::Owner, &["--to", "2"]);
    let said = site.refusal("anew", As::Owner, "first.snapshot");
    assert!(
        said.contains("not even the first migration is the same"),
        "{said}"
    );
    assert_eq!(people(&site, "two"), "1 Grace Hopper GH");
}

#[test]
fn of_some_tables_only_what_became_of_these_is_loaded() {
    let Some(site) = Site::new(&[(
        "V1__a.sql",
        "CREATE TABLE a (id int PRIMARY KEY, text text); CREATE TABLE b (id int PRIMARY KEY);",
    )]) else {
        return;
    };
    site.migrated("one", As::Owner);
    site.execute(
        "one",
        "INSERT INTO a VALUES (1, 'x'); INSERT INTO b VALUES (1)",
    );
    site.snapshot(
        "one",
        As::Owner,
        &["save", "--table", "public.a", "--output", "a.snapshot"],
    )
    .expect(0);
    site.project.write(
        "migrations/V2__rename.sql",
        "ALTER TABLE a RENAME TO z; UPDATE z SET text = text || '!'; CREATE TABLE more AS SELECT 5 AS id;",
    );
    site.migrated("two", As::Owner);
    site.execute(
        "two",
        "INSERT INTO b VALUES (7); INSERT INTO more VALUES (6)",
    );
    let ran = site.load("two", As::Owner, "a.snapshot");
    assert!(
        ran.err
            .contains("tables that came later keep the rows that they have: public.more"),
        "{}",
        ran.err
    );
    assert_eq!(
        site.value("two", "SELECT string_agg(text, ' ') FROM z"),
        "x!"
    );
    assert_eq!(site.value("two", "SELECT sum(id) FROM b"), "7");
    assert_eq!(site.value("two", "SELECT sum(id) FROM more"), "11");
}

/// Rows for the sample project, at the second and the third version of its schema.
const ROWS: [(usize, &str); 2] = [
    (
        2,
        "INSERT INTO policy.tariffs VALUES ('motor', '2024-01-01', 420.00);
         INSERT INTO policy.policies (number, kind, holder, broker, premium, starts_on, ends_on)
         SELECT policy.next_policy_number('motor'), 'motor', 'Ada ' || i, nullif('broker ' || i % 2, 'broker 0'), 420.00, '2024-01-01', '2025-01-01'
           FROM generate_series(1, 5) i",
    ),
    (
        3,
        "INSERT INTO payment.currencies VALUES ('EUR', 'Euro', 2);
         INSERT INTO payment.payments (policy_id, amount, status, settled_at, details, provider_reference)
         SELECT id, premium, CASE id % 2 WHEN 0 THEN 'pending' ELSE 'succeeded' END, CASE id % 2 WHEN 1 THEN now() END, '{\"id\": 1}', 'r' || id FROM policy.policies",
    ),
];

#[test]
fn a_snapshot_of_the_sample_project_loads_at_every_later_version_as_its_rows_were_migrated_in_place()
 {
    let Some(site) = Site::new(&[]) else {
        return;
    };
    let sample = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    for directory in ["migrations", "roles"] {
        for entry in fs::read_dir(sample.join(directory)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            let text = fs::read_to_string(&path).unwrap();
            site.project.write(&format!("{directory}/{name}"), &text);
        }
    }
    site.project
        .write("pgassay.toml", "database_name = \"insurance\"\n");
    for name in names(&sample.join("roles")) {
        site.execute(
            "postgres",
            &fs::read_to_string(sample.join("roles").join(name)).unwrap(),
        );
    }
    let (database, whose) = ("insurance", As::Superuser);
    let newest = 14;
    site.create(database, whose);
    let mut loads = 0;
    for version in 1..=newest {
        site.migrate(database, whose, &["--to", &format!("{version:03}")]);
        for (_, rows) in ROWS.iter().filter(|(at, _)| *at == version) {
            site.execute(database, rows);
        }
        if version == newest {
            site.execute(
                database,
                "REFRESH MATERIALIZED VIEW reporting.monthly_premiums",
            );
        }
        let expected = site.state(database);
        site.save(database, whose, &format!("{version}.snapshot"));
        let earlier: Vec<usize> = match version {
            14 => (1..version).collect(),
            5 | 10 | 12 => vec![3, version - 1],
            _ => Vec::new(),
        };
        for from in earlier {
            site.execute(
                database,
                "TRUNCATE policy.policies, policy.tariffs, payment.currencies CASCADE; ALTER SEQUENCE policy.policy_number_seq RESTART",
            );
            assert_ne!(site.state(database), expected);
            let words = format!("migrated from {from:03} to {version:03}");
            site.load(database, whose, &format!("{from}.snapshot"))
                .tells(&[&words]);
            loads += 1;
            match from {
                1 => assert_eq!(
                    site.value(database, "SELECT count(*) FROM policy.policies"),
                    "0"
                ),
                2 => {
                    assert_eq!(
                        site.value(database, "SELECT count(*) FROM policy.policies"),
                        "5"
                    );
                    assert_eq!(
                        site.value(database, "SELECT count(*) FROM payment.payments"),
                        "0"
                    );
                }
                _ => assert_eq!(site.state(database), expected, "{words}"),
            }
        }
    }
    assert_eq!(loads, 19);
    assert_eq!(names(&site.project.runs()), Vec::<String>::new());
}
