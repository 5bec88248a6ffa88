//! `pgassay snapshot list`.

use std::fs;

use crate::site::{As, Site};

#[test]
fn each_snapshot_is_told_with_how_it_stands_to_the_migrations() {
    let Some(site) = Site::new(&[
        ("V1__a.sql", "CREATE TABLE t (id int PRIMARY KEY);"),
        ("V2__b.sql", "CREATE TABLE u (id int PRIMARY KEY);"),
        ("V3__c.sql", "CREATE TABLE v (id int PRIMARY KEY);"),
    ]) else {
        return;
    };
    let none = site.project.run(&["snapshot", "list"]).expect(0);
    assert_eq!(
        none.out,
        "no snapshots in snapshots; `pgassay snapshot save` makes one\n"
    );
    site.create("one", As::Owner);
    for version in ["1", "2", "3"] {
        site.migrate("one", As::Owner, &["--to", version]);
        site.execute("one", "INSERT INTO t SELECT count(*) FROM t");
        site.save(
            "one",
            As::Owner,
            &format!("snapshots/{version}_2026010{version}T010203Z.snapshot"),
        );
    }
    let all = [
        "save",
        "--table",
        "public.t",
        "--output",
        "snapshots/part.snapshot",
    ];
    site.snapshot("one", As::Owner, &all).expect(0);
    fs::write(site.path("snapshots/z.snapshot"), "none").unwrap();
    fs::write(site.path("snapshots/README"), "none").unwrap();
    let shown = |name: &str| {
        let ran = site.project.run(&["snapshot", "list"]).expect(0);
        let text = regex::Regex::new(r"[0-9.]+ (B|KiB)")
            .unwrap()
            .replace_all(&ran.out, "[SIZE]")
            .into_owned();
        insta::assert_snapshot!(name, text);
    };
    shown("all_fit");
    fs::remove_file(site.path("migrations/V3__c.sql")).unwrap();
    site.project.write(
        "migrations/V2__b.sql",
        "CREATE TABLE u (id bigint PRIMARY KEY);",
    );
    shown("rewritten");
    let ran = site
        .project
        .run(&["snapshot", "list", "--format", "json"])
        .expect(0);
    let all: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(all[0]["standing"], "fits");
    assert_eq!(all[0]["time"], "2026-01-01T01:02:03Z");
    assert_eq!(all[0]["rows"], 1);
    assert_eq!(all[1]["standing"], "rewritten");
    assert_eq!(all[4]["standing"], "broken");
    assert_eq!(all[4]["rows"], serde_json::Value::Null);
    site.project.write(
        "migrations/V1__a.sql",
        "CREATE TABLE t (id bigint PRIMARY KEY);",
    );
    shown("another_project");
}
