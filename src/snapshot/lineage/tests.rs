#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::fs;

use super::*;

/// A set of these files, and its migrations.
fn set(files: &[(&str, &str)]) -> MigrationSet {
    let home = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(home.path().join(name), text).unwrap();
    }
    MigrationSet::load(&[home.path().to_owned()], None, home.path()).unwrap()
}

/// The lineage of a new database behind so many migrations.
fn behind(set: &MigrationSet, count: usize) -> Lineage {
    Lineage::of(&set.migrations.iter().take(count).collect::<Vec<_>>())
}

const A: (&str, &str) = ("V1__a.sql", "SELECT 'a';");
const B: (&str, &str) = ("V2__b.sql", "SELECT 'b';");
const C: (&str, &str) = ("V3__c.sql", "SELECT 'c';");
const R: (&str, &str) = ("R__r.sql", "SELECT 'r';");

#[test]
fn it_fits_behind_the_migrations_that_it_knows() {
    let all = set(&[A, B, C]);
    for count in 0..=3 {
        assert_eq!(behind(&all, count).fit(&all), Fit::At(count));
    }
    let fewer = set(&[A, B]);
    let newer = Fit::Newer {
        first: "3 c".to_owned(),
    };
    assert_eq!(behind(&all, 3).fit(&fewer), newer);
    assert_eq!(behind(&fewer, 2).fit(&all), Fit::At(2));
    assert_eq!(Lineage::of(&[]).fit(&MigrationSet::empty()), Fit::At(0));
}

#[test]
fn the_first_migration_that_differs_is_named_and_how() {
    let of = behind(&set(&[A, B, C]), 3);
    let difference = |files: &[(&str, &str)]| match of.fit(&set(files)) {
        Fit::Rewritten(difference) => difference,
        other => panic!("{other:?}"),
    };
    let changed = difference(&[A, ("V2__b.sql", "SELECT 'other';"), C]);
    assert_eq!(
        (changed.how.clone(), changed.version.as_deref()),
        (How::Changed, Some("2"))
    );
    assert_eq!(
        changed.to_string(),
        "V2__b.sql has another text than it had"
    );
    let missing = difference(&[A, C]);
    assert_eq!(missing.how, How::Missing);
    assert_eq!(missing.to_string(), "migration 2 b is gone");
    let between = difference(&[A, ("V1_5__new.sql", "SELECT 1;"), B, C]);
    assert_eq!(between.how, How::Displaced("V1_5__new.sql".to_owned()));
    assert_eq!(
        between.to_string(),
        "V1_5__new.sql stands before V2__b.sql now, where it was not"
    );
    // What comes first may be rewritten too.
    assert_eq!(
        difference(&[("V1__a.sql", "SELECT 0;"), B, C]).how,
        How::Changed
    );
    assert_eq!(difference(&[B, C]).title, "1 a");
}

#[test]
fn where_nothing_is_the_same_it_is_another_projects() {
    let of = behind(&set(&[A, B]), 2);
    for files in [
        &[("V1__a.sql", "SELECT 'x';"), ("V2__b.sql", "SELECT 'y';")][..],
        &[("V7__z.sql", "SELECT 'z';")],
    ] {
        assert_eq!(of.fit(&set(files)), Fit::OtherProject);
    }
}

#[test]
fn what_is_called_otherwise_is_the_same_and_what_may_change_does_not_count() {
    let of = behind(&set(&[A, B, R]), 3);
    assert_eq!(of.migrations.len(), 2);
    let renamed = set(&[
        ("V001__renamed.sql", A.1),
        B,
        C,
        ("R__r.sql", "SELECT 'R';"),
        ("R__s.sql", "SELECT 1;"),
    ]);
    assert_eq!(of.fit(&renamed), Fit::At(2));
    // A migration without a version is known by its file.
    let plain = set(&[("first.sql", "SELECT 1;"), ("second.sql", "SELECT 2;")]);
    assert_eq!(behind(&plain, 1).fit(&plain), Fit::At(1));
    assert_eq!(behind(&plain, 1).version(), Some("first"));
    let moved = set(&[("first.sql", "SELECT 2;"), ("second.sql", "SELECT 2;")]);
    assert_eq!(behind(&plain, 1).fit(&moved), Fit::OtherProject);
}

#[test]
fn a_history_of_what_a_baseline_stands_for_fits_too() {
    let before = set(&[A, B, C]);
    let now = set(&[
        A,
        B,
        C,
        ("B2__ab.sql", "SELECT 'ab';"),
        ("V4__d.sql", "SELECT 'd';"),
    ]);
    assert_eq!(now.migrations[0].script.name, "B2__ab.sql");
    // A new database: the baseline, and what comes behind it.
    assert_eq!(behind(&now, 2).fit(&now), Fit::At(2));
    // One that was there before: the baseline stands for the first two.
    assert_eq!(behind(&before, 2).fit(&now), Fit::At(1));
    assert_eq!(behind(&before, 3).fit(&now), Fit::At(2));
    let file = "B2__ab.sql".to_owned();
    assert_eq!(behind(&before, 1).fit(&now), Fit::BeforeBaseline { file });
    let rewritten = set(&[
        ("V1__a.sql", "SELECT 0;"),
        B,
        C,
        ("B2__ab.sql", "SELECT 'ab';"),
    ]);
    assert!(matches!(
        behind(&before, 3).fit(&rewritten),
        Fit::Rewritten(_)
    ));
}

#[test]
fn a_version_is_found_as_it_may_be_written() {
    let all = set(&[A, B, C]);
    for written in ["2", "002", "2.0", "V2__b.sql", "2 b"] {
        assert_eq!(
            Lineage::at(&all, written),
            Some(behind(&all, 2)),
            "{written}"
        );
    }
    assert_eq!(Lineage::at(&all, "9"), None);
    assert_eq!(Lineage::at(&set(&[A, R]), "r"), None);
}

#[test]
fn its_hash_is_over_all_of_it() {
    let all = set(&[A, B]);
    let sound = behind(&all, 2);
    assert!(sound.is_sound());
    let mut other = sound.clone();
    other.migrations[0].name = "c".to_owned();
    assert!(!other.is_sound());
    assert_ne!(behind(&all, 1).hash, sound.hash);
}
