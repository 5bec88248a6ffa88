#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use super::super::file::Writer;
use super::super::head::FORMAT;
use super::super::lineage::Lineage;
use super::*;
use crate::migration::MigrationSet;

fn set(files: &[(&str, &str)]) -> MigrationSet {
    let home = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(home.path().join(name), text).unwrap();
    }
    MigrationSet::load(&[home.path().to_owned()], None, home.path()).unwrap()
}

fn head(lineage: Option<Lineage>) -> Head {
    Head {
        format: FORMAT,
        encoding: "UTF8".to_owned(),
        layout: None,
        lineage,
        is_selection: false,
        tables: Vec::new(),
        sequences: Vec::new(),
        materialized_views: Vec::new(),
        fixtures: Vec::new(),
        masked: Vec::new(),
        filtered: Vec::new(),
    }
}

fn put(directory: &Path, name: &str, lineage: Option<Lineage>) {
    let writer = Writer::begin(head(lineage), Vec::new()).unwrap();
    fs::write(directory.join(name), writer.seal(Vec::new()).unwrap().0).unwrap();
}

#[test]
fn the_newest_that_fits_is_chosen_and_each_other_is_refused_with_a_reason() {
    let all = set(&[
        ("V1__a.sql", "SELECT 1;"),
        ("V2__b.sql", "SELECT 2;"),
        ("V3__c.sql", "SELECT 3;"),
    ]);
    let other = set(&[("V1__a.sql", "SELECT 1;"), ("V2__b.sql", "SELECT 'other';")]);
    let of = |set: &MigrationSet, count: usize| {
        Some(Lineage::of(
            &set.migrations.iter().take(count).collect::<Vec<_>>(),
        ))
    };
    let home = tempfile::tempdir().unwrap();
    let store = Store::new(&home.path().join("snapshots"));
    assert!(store.list().unwrap().is_empty());
    assert!(store.newest(&all, 3).unwrap().chosen.is_none());
    fs::create_dir(store.directory()).unwrap();
    let put = |name: &str, lineage| put(store.directory(), name, lineage);
    put("1_20260101T000000Z.snapshot", of(&all, 1));
    put("2_20260101T000000Z.snapshot", of(&all, 2));
    put("2_20260301T000000Z.snapshot", of(&all, 2));
    put("z.snapshot", of(&all, 2));
    put("3_20250101T000000Z.snapshot", of(&all, 3));
    put("rewritten.snapshot", of(&other, 2));
    put("command.snapshot", None);
    fs::write(store.directory().join("none.snapshot"), "none").unwrap();
    fs::write(store.directory().join(".part.snapshot"), "none").unwrap();
    let chosen = |up_to: usize| {
        let choice = store.newest(&all, up_to).unwrap();
        choice.chosen.map(|(file, count)| {
            let name = file
                .path()
                .file_name()
                .unwrap()
                .to_string_lossy()
                .into_owned();
            (name, count)
        })
    };
    assert_eq!(chosen(0), None);
    assert_eq!(chosen(1), Some(("1_20260101T000000Z.snapshot".into(), 1)));
    assert_eq!(chosen(2), Some(("2_20260301T000000Z.snapshot".into(), 2)));
    assert_eq!(chosen(3), Some(("3_20250101T000000Z.snapshot".into(), 3)));
    let refused = store.newest(&all, 2).unwrap().refused;
    let told: Vec<String> = refused
        .iter()
        .map(|(name, why)| format!("{name}: {why}"))
        .collect();
    assert_eq!(
        told,
        [
            "3_20250101T000000Z.snapshot: is of a later version",
            "command.snapshot: knows no migrations: it was saved where a command migrates",
            "none.snapshot: this is no snapshot of pgassay's",
            "rewritten.snapshot: the history was rewritten since: V2__b.sql has another text than it had",
        ]
    );
}

#[test]
fn a_name_is_safe_and_tells_version_and_time() {
    let time = UtcDateTime::from_unix_timestamp(1_795_381_694).unwrap();
    let named = |version: &str| {
        let all = set(&[("V1__a.sql", "SELECT 1;")]);
        let mut lineage = Lineage::of(&[&all.migrations[0]]);
        lineage.migrations[0].version = Some(version.to_owned());
        file_name(&head(Some(lineage)), time)
    };
    assert_eq!(named("005"), "005_20261122T210814Z.snapshot");
    assert_eq!(named("../a b/ä'"), "_a_b_ä__20261122T210814Z.snapshot");
    assert_eq!(named("..."), "rows_20261122T210814Z.snapshot");
    assert!(named(&"long ".repeat(100)).len() < 120);
    assert_eq!(
        file_name(&head(None), time),
        "rows_20261122T210814Z.snapshot"
    );
    assert_eq!(time_in(&named("005")).unwrap(), "20261122T210814Z");
    for name in [
        "a.snapshot",
        "a_2026.snapshot",
        "1_20261122T210814Z.sql",
        "1_20261122T21081éZ.snapshot",
    ] {
        assert_eq!(time_in(name), None, "{name}");
    }
}
