//! What is said of rules and filters before a row is read, and of snapshots that were saved by them.

use crate::site::{As, Site};

const SHOP: &str = "CREATE SCHEMA shop;
    CREATE DOMAIN shop.few AS int CHECK (value BETWEEN 1 AND 5);
    CREATE TABLE shop.customers (
        id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        email text NOT NULL UNIQUE,
        phone text,
        stars shop.few,
        since date CHECK (since > '2000-01-01'),
        upper_email text GENERATED ALWAYS AS (upper(email)) STORED
    );
    CREATE TABLE shop.orders (id int PRIMARY KEY, customer text REFERENCES shop.customers (email), total numeric(8,2));
    CREATE TABLE shop.logs (line text, ip inet);
    CREATE FUNCTION shop.is_recent(date) RETURNS boolean LANGUAGE sql AS 'SELECT $1 > ''2020-01-01''';
    INSERT INTO shop.customers (email, phone, stars, since) VALUES ('ada@original.test', '+49 30 1234567', 5, '2021-02-03'), ('grace@original.test', NULL, 1, '2019-02-03');
    INSERT INTO shop.orders VALUES (1, 'ada@original.test', 10), (2, NULL, 20);
    INSERT INTO shop.logs VALUES ('x', '10.0.0.1');";

fn shop(settings: &str) -> Option<Site> {
    let site = Site::new(&[("V1__shop.sql", SHOP)])?;
    site.project.write("pgassay.toml", settings);
    site.migrated("one", As::Owner);
    Some(site)
}

/// What is said of a save that has to fail, and leaves no file.
#[track_caller]
fn refused(site: &Site, more: &[&str]) -> String {
    let said = site
        .snapshot("one", As::Owner, &[&["save"], more].concat())
        .expect(2);
    assert_eq!(said.out, "");
    assert!(!site.path("snapshots").exists(), "{}", said.err);
    said.err
}

#[test]
fn all_that_is_wrong_is_told_at_once_with_the_lines_of_the_settings() {
    let Some(site) = shop(
        r#"[snapshot.mask]
"shop.customers.emial" = "hash"
"shop.customers.upper_email" = "hash"
"shop.customers.email" = "fake.name"
"shop.customers.stars" = { fixed = "7" }
"shop.customers.id" = "null"
"shop.orders.total" = { fixed = "none" }
"shop.*.ip" = "hash"
"*.logs.ip" = "null"

[snapshot.filter]
"shop.customer" = "true"
"shop.customers" = "is_nothing(id)"
"shop.orders" = "id = 1) OR (true"
"shop.logs" = "lin = 'x'"
"#,
    ) else {
        return;
    };
    let said = refused(&site, &["--strict"]);
    insta::assert_snapshot!("all_that_is_wrong", said);
    let short = Some(("PGASSAY_MASK_KEY", "short"));
    let said = site
        .snapshot_with("one", As::Owner, &["save"], short)
        .expect(2)
        .err;
    assert!(
        said.contains("PGASSAY_MASK_KEY is too short") && said.contains("emial"),
        "{said}"
    );
    assert!(!site.path("snapshots").exists());
}

#[test]
fn columns_that_look_personal_are_told_of_and_with_strict_nothing_is_saved() {
    let Some(site) = shop("[snapshot.mask]\n\"shop.logs.ip\" = \"keep\"\n") else {
        return;
    };
    let said = refused(&site, &["--strict"]);
    insta::assert_snapshot!("strict", said);
    let ran = site
        .snapshot("one", As::Owner, &["save", "--output", "a.snapshot"])
        .expect(0);
    insta::assert_snapshot!("not_strict", ran.err);
    // The lines are rules.
    let rules: Vec<&str> = (ran.err.lines())
        .filter_map(|line| line.strip_prefix("  "))
        .collect();
    let rules = rules.join("\n").replace(
        "\"shop.customers.email\"",
        "\"*.orders.customer\" = \"fake.email\"\n\"shop.customers.email\"",
    );
    site.project.write(
        "pgassay.toml",
        &format!("[snapshot.mask]\n{rules}\n\"*.*.ip\" = \"hash\"\n"),
    );
    site.snapshot("one", As::Owner, &["save", "--strict"])
        .expect(0);
}

#[test]
fn rules_and_filters_for_tables_that_are_not_saved_this_time_are_no_mistake() {
    let Some(site) = shop(
        r#"[snapshot.mask]
"shop.customers.email" = "fake.email"
"shop.orders.customer" = "fake.email"
"shop.customers.phone" = "null"
"shop.logs.line" = { fixed = "" }
"shop.logs.ip" = "fake.ip"

[snapshot.filter]
"shop.orders" = "id = 1"
"shop.logs" = "line = 'y'"
"#,
    ) else {
        return;
    };
    for (more, tables) in [
        (vec!["--table", "shop.customers"], 1),
        (vec!["--exclude", "shop.logs"], 2),
        (
            vec!["--exclude", "shop.orders", "--exclude", "shop.customers"],
            1,
        ),
    ] {
        let arguments = [&["save", "--strict", "--output", "a.snapshot"], &more[..]].concat();
        let ran = site.snapshot("one", As::Owner, &arguments).expect(0);
        assert!(
            ran.out.contains(&format!(": {tables} table")),
            "{}",
            ran.out
        );
        assert!(!ran.err.contains("looks personal"), "{}", ran.err);
    }
    // But one for the tool's own table, which is never saved, is.
    site.project.write(
        "pgassay.toml",
        "[snapshot.filter]\n\"public.pgassay_migrations\" = \"true\"\n",
    );
    let said = refused(&site, &[]);
    assert!(said.contains("is no table that is saved"), "{said}");
}

#[test]
fn what_was_masked_and_filtered_is_listed_by_name_alone() {
    let Some(site) = shop(
        r#"[snapshot.mask]
"shop.customers.email" = "fake.email"
"shop.customers.phone" = { fixed = "a secret rule" }
"shop.customers.since" = "hash"
"shop.orders.customer" = "fake.email"
"shop.logs.ip" = "keep"

[snapshot.filter]
"shop.customers" = "shop.is_recent(since) AND email <> 'a secret filter'"
"#,
    ) else {
        return;
    };
    let ran = site
        .snapshot(
            "one",
            As::Owner,
            &["save", "--output", "snapshots/both.snapshot"],
        )
        .expect(0);
    insta::assert_snapshot!("remarks", ran.err);
    assert!(
        ran.out.contains("B, 4 columns masked, 2 tables filtered (")
            && ran.out.lines().count() == 1,
        "{}",
        ran.out
    );
    let verbose = ["save", "--output", "verbose.snapshot", "--verbose"];
    let ran = site.snapshot("one", As::Owner, &verbose).expect(0);
    let told: Vec<&str> = ran.out.lines().skip(1).collect();
    assert_eq!(
        told,
        [
            "  masked shop.customers.email",
            "  masked shop.customers.phone",
            "  masked shop.customers.since",
            "  masked shop.orders.customer",
            "  filtered shop.customers",
            "  filtered shop.orders",
        ]
    );
    site.project.write("pgassay.toml", "");
    site.save("one", As::Owner, "snapshots/plain.snapshot");
    let shown = site.project.run(&["snapshot", "list"]).expect(0).out;
    let sizes = regex::Regex::new(r"[0-9.]+ (B|KiB)").unwrap();
    insta::assert_snapshot!("listed", sizes.replace_all(&shown, "[SIZE]"));
    let json = site
        .project
        .run(&["snapshot", "list", "--format", "json"])
        .expect(0)
        .out;
    let all: serde_json::Value = serde_json::from_str(&json).unwrap();
    let flags = |at: usize| {
        [&all[at]["is_masked"], &all[at]["is_filtered"]].map(|it| it.as_bool().unwrap())
    };
    let both = usize::from(all[0]["file"] != "snapshots/both.snapshot");
    assert_eq!(
        (flags(both), flags(1 - both)),
        ([true, true], [false, false])
    );
    let text =
        crate::site::decompressed(&std::fs::read(site.path("snapshots/both.snapshot")).unwrap());
    let head = text.split(|byte| *byte == b'\n').next().unwrap();
    let head = std::str::from_utf8(head).unwrap();
    for part in ["secret", "fixed", "fake", "is_recent", "original.test"] {
        assert!(!head.contains(part), "{part} in {head}");
    }
    let json = head.strip_prefix("-- pgassay snapshot ").unwrap();
    let head: serde_json::Value = serde_json::from_str(json).unwrap();
    let named = serde_json::json!({ "masked": head["masked"], "filtered": head["filtered"] });
    insta::assert_snapshot!("head", serde_json::to_string_pretty(&named).unwrap());
}
