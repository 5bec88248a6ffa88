//! Gates: thresholds, a baseline, and lines that changed.

use std::collections::BTreeSet;

use pgassay::catalog::{Kind, ObjectName, Property};
use pgassay::coverage::{
    Account, Baseline, BaselineError, Behaviour, ChangedLines, Complaint, CoveredObject, Gauge,
    Level, Selector, Threshold, Unfollowed, thresholds,
};

use crate::{excluded, sample};

fn check(name: &str) -> CoveredObject {
    let name = ObjectName::part(Kind::Check, "app", "t", name);
    sample::object(name, &[(Property::Expression, "true")])
}

fn asserted(mut object: CoveredObject) -> CoveredObject {
    let found = BTreeSet::from([sample::assertion(3, "has_check(name)", true)]);
    object.asserted.insert(Property::Existence, found);
    object
}

fn exercised(mut object: CoveredObject, behaviours: &[Behaviour]) -> CoveredObject {
    for behaviour in behaviours {
        let places = BTreeSet::from([sample::place("sql-tests/app.sql", 9)]);
        object.exercised.insert(behaviour.clone(), places);
    }
    object
}

fn made_at(mut object: CoveredObject, file: &str, line: u32) -> CoveredObject {
    object.object.made_at = Some(sample::place(file, line));
    object
}

fn threshold(gauge: Gauge, kind: Option<Kind>, least: f64) -> Threshold {
    let objects = Selector {
        kind,
        ..Selector::default()
    };
    Threshold {
        gauge,
        objects,
        least,
    }
}

fn told(complaints: &[Complaint]) -> Vec<String> {
    complaints
        .iter()
        .map(|it| {
            let objects: Vec<&str> = it
                .objects
                .iter()
                .map(|blamed| blamed.object.as_str())
                .collect();
            format!("{} | {}", it.what, objects.join(", "))
        })
        .collect()
}

#[test]
fn a_threshold_says_how_far_it_is_and_which_objects_are_wanting() {
    let report = sample::report_of(vec![
        asserted(check("a")),
        asserted(check("b")),
        made_at(check("c"), "m.sql", 4),
        check("d"),
    ]);
    let account = Account::new(&report, &[]);
    let found = thresholds(
        &account,
        &[
            threshold(Gauge::Asserted, Some(Kind::Check), 70.0),
            threshold(Gauge::Asserted, None, 50.0),
        ],
    );
    assert_eq!(
        told(&found),
        [
            "asserted: 50.0 % of checks (2 of 4), and 70 % are asked for: 1 more | check app.t.c, check app.t.d"
        ]
    );
    assert_eq!(found[0].objects[0].place, Some(sample::place("m.sql", 4)));
    assert_eq!(found[0].objects[0].level, Level::Uncovered);
}

#[test]
fn what_is_left_out_is_not_asked_for() {
    let report = sample::report_of(vec![asserted(check("a")), check("b")]);
    let exclusions = [excluded("app.t.b", "always true")];
    let account = Account::new(&report, &exclusions);
    assert_eq!(
        thresholds(&account, &[threshold(Gauge::Asserted, None, 100.0)]),
        []
    );
}

#[test]
fn rounding_asks_for_no_object_more() {
    let objects = (0..1000).map(|number| {
        let made = check(&format!("c{number:04}"));
        if number < 700 { asserted(made) } else { made }
    });
    let report = sample::report_of(objects.collect());
    let account = Account::new(&report, &[]);
    for least in [70.0, 69.999_999, 7e1] {
        assert_eq!(
            thresholds(&account, &[threshold(Gauge::Asserted, None, least)]),
            []
        );
    }
    assert_eq!(
        thresholds(&account, &[threshold(Gauge::Asserted, None, 70.01)]).len(),
        1
    );
}

#[test]
fn exercised_is_asked_only_of_what_can_do_something() {
    let role = sample::object(ObjectName::new(Kind::Role, "r"), &[]);
    let report = sample::report_of(vec![
        role,
        exercised(check("a"), &[Behaviour::Accepts, Behaviour::Rejects]),
        exercised(check("b"), &[Behaviour::Accepts]),
    ]);
    let account = Account::new(&report, &[]);
    let found = thresholds(
        &account,
        &[
            threshold(Gauge::Exercised, None, 60.0),
            threshold(Gauge::Exercised, Some(Kind::Role), 1.0),
        ],
    );
    assert_eq!(
        told(&found),
        [
            "exercised: 50.0 % of all objects that can do something (1 of 2), and 60 % are asked for: 1 more | check app.t.b",
            "exercised: 1 % are asked for of roles that can do something, and there is nothing of them to measure | ",
        ]
    );
}

#[test]
fn the_ratchet_holds_what_was_covered_and_lets_go_what_is_gone() {
    let both = [Behaviour::Accepts, Behaviour::Rejects];
    let before = sample::report_of(vec![
        asserted(check("a")),
        exercised(check("b"), &both),
        asserted(check("gone")),
    ]);
    let baseline = Baseline::of(&Account::new(&before, &[]));
    let stored = serde_json::to_string(&baseline).unwrap();
    let baseline: Baseline = serde_json::from_str(&stored).unwrap();
    assert_eq!(
        baseline.complaints(&Account::new(&before, &[])).unwrap(),
        []
    );
    let after = sample::report_of(vec![
        check("a"),
        exercised(check("b"), &both[..1]),
        asserted(check("new")),
    ]);
    let found = baseline.complaints(&Account::new(&after, &[])).unwrap();
    assert_eq!(
        told(&found),
        [
            "asserted: 1 object was asserted in the baseline and no longer | check app.t.a",
            "asserted: 33.3 % of all objects (1 of 3), and it was 66.6 % (2 of 3) in the baseline | ",
            "exercised: 1 object was exercised in the baseline and no longer | check app.t.b",
            "exercised: 0.0 % of all objects that can do something (0 of 3), and it was 33.3 % (1 of 3) in the baseline; of what is new, 1 object is not | check app.t.new",
        ]
    );
    let foreign = Baseline {
        format: 9,
        ..baseline
    };
    assert_eq!(
        foreign.complaints(&Account::new(&after, &[])),
        Err(BaselineError(9))
    );
}

#[test]
fn new_objects_that_nobody_tests_make_the_share_fall() {
    let before = sample::report_of(vec![asserted(check("a"))]);
    let baseline = Baseline::of(&Account::new(&before, &[]));
    let after = sample::report_of(vec![asserted(check("a")), check("b")]);
    let found = baseline.complaints(&Account::new(&after, &[])).unwrap();
    assert_eq!(
        told(&found),
        [
            "asserted: 50.0 % of all objects (1 of 2), and it was 100 % (1 of 1) in the baseline; of what is new, 1 object is not | check app.t.b"
        ]
    );
    let exclusions = [excluded("app.t.b", "no rule")];
    assert_eq!(
        baseline
            .complaints(&Account::new(&after, &exclusions))
            .unwrap(),
        []
    );
}

#[test]
fn what_changed_lines_made_or_changed_must_be_covered() {
    let both = [Behaviour::Accepts, Behaviour::Rejects];
    let mut altered = made_at(check("altered"), "m/1.sql", 1);
    altered.object.changed_at = Some(sample::place("m/2.sql", 7));
    let report = sample::report_of(vec![
        made_at(check("old"), "m/1.sql", 2),
        made_at(check("new"), "m/2.sql", 3),
        made_at(exercised(check("half"), &both[..1]), "m/2.sql", 4),
        made_at(exercised(check("seen"), &both), "m/2.sql", 5),
        made_at(asserted(check("said")), "m/2.sql", 6),
        altered,
        check("unknown"),
    ]);
    let account = Account::new(&report, &[]);
    let mut changed = ChangedLines::default();
    assert_eq!(changed.complaints(&account, "main"), []);
    changed.add("m/2.sql", 1..=4, 1..=4);
    changed.add("m/2.sql", 5..=7, 5..=7);
    let found = changed.complaints(&account, "main");
    assert_eq!(
        told(&found),
        [
            "since main: 3 of 5 objects that migrations made or changed are not covered | check app.t.altered, check app.t.half, check app.t.new"
        ]
    );
}

#[test]
fn objects_whose_line_is_not_known_are_counted_but_for_what_every_database_begins_with() {
    let known = made_at(check("known"), "m/1.sql", 1);
    let mut changed = check("changed");
    changed.object.changed_at = Some(sample::place("m/1.sql", 2));
    let mut public = check("as public");
    public.object.address.oid = 2200;
    let unknown = [check("unknown"), asserted(check("said")), public];
    let of = |objects: Vec<CoveredObject>| {
        let report = sample::report_of(objects);
        let exclusions = [excluded("app.t.left*", "left")];
        Unfollowed::of(&Account::new(&report, &exclusions))
    };
    let none = of(unknown.to_vec());
    assert_eq!((none.objects, none.open, none.followed), (2, 1, 0));
    assert!(none.is_all());
    let some = of([&unknown[..], &[known, changed, check("left_out")]].concat());
    assert_eq!((some.objects, some.open, some.followed), (2, 1, 2));
    assert!(!some.is_all());
    assert!(!of(unknown[2..].to_vec()).is_all());
}
