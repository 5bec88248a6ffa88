//! Figures, exclusions and groups.

use pgassay::catalog::{Kind, ObjectName, Property};
use pgassay::coverage::group::Class;
use pgassay::coverage::{Account, Exclusion, Selector, Share};

use crate::{excluded, sample};

#[test]
fn what_is_left_out_counts_nowhere_and_stays_with_its_reason() {
    let report = sample::small();
    let all = Account::new(&report, &[]);
    let of_kind = Exclusion {
        objects: Selector {
            kind: Some(Kind::Policy),
            ..Selector::default()
        },
        reason: "seen by another suite".to_owned(),
    };
    let exclusions = [
        excluded("audit.*", "kept by another team"),
        of_kind,
        excluded("nothing", "is called so"),
    ];
    let account = Account::new(&report, &exclusions);
    assert_eq!(
        account.figures.objects + account.figures.excluded,
        all.figures.objects
    );
    assert_eq!(account.objects.len(), all.objects.len());
    assert_eq!(
        account
            .exclusions
            .iter()
            .map(|(_, number)| number)
            .sum::<usize>(),
        account.figures.excluded
    );
    assert_eq!(account.exclusions[2].1, 0);
    assert_eq!(account.kinds[&Kind::Policy].objects, 0);
    // The first that means an object gives the reason.
    let policy = account.objects.iter().find(|it| {
        it.object.object.name.kind == Kind::Policy
            && it.object.object.name.schema.as_deref() == Some("audit")
    });
    assert_eq!(policy.unwrap().reason, Some("kept by another team"));
}

#[test]
fn every_figure_is_the_sum_of_its_parts() {
    let report = sample::of_size(900);
    let account = Account::new(&report, &[excluded("app.*", "x")]).figures;
    let exclusions = [excluded("app.*", "x")];
    let counted = Account::new(&report, &exclusions);
    assert_eq!(counted.figures, account);
    let sums = [
        counted
            .kinds
            .values()
            .map(|it| it.seen_behaviours)
            .sum::<usize>(),
        counted.schemas.values().map(|it| it.seen_behaviours).sum(),
        counted.parts.values().map(|it| it.seen_behaviours).sum(),
        counted
            .groups
            .iter()
            .map(|(_, it)| it.seen_behaviours)
            .sum(),
    ];
    assert_eq!(sums, [account.seen_behaviours; 4]);
    let levels = pgassay::coverage::Level::ALL
        .iter()
        .map(|level| account.on(*level));
    assert_eq!(levels.sum::<usize>(), account.objects);
}

#[test]
fn parts_stand_with_their_table_or_type_and_overloads_with_one_another() {
    let report = sample::report_of(vec![
        sample::object(ObjectName::in_schema(Kind::Table, "app", "t"), &[]),
        sample::object(ObjectName::part(Kind::Column, "app", "t", "id"), &[]),
        sample::object(ObjectName::in_schema(Kind::Domain, "app", "code"), &[]),
        sample::object(
            ObjectName::part(Kind::Check, "app", "code", "code_check"),
            &[],
        ),
        sample::object(
            ObjectName::in_schema(Kind::Function, "app", "t").with_signature(""),
            &[],
        ),
        sample::object(
            ObjectName::in_schema(Kind::Function, "app", "t").with_signature("integer"),
            &[],
        ),
        sample::object(ObjectName::new(Kind::Schema, "app"), &[]),
        sample::object(
            ObjectName::new(Kind::Role, "app"),
            &[(Property::Login, "login")],
        ),
    ]);
    let account = Account::new(&report, &[]);
    let groups: Vec<(Option<&str>, Class, &str, usize)> = account
        .groups
        .iter()
        .map(|(group, figures)| {
            (
                group.schema.as_deref(),
                group.class,
                group.name.as_str(),
                figures.objects,
            )
        })
        .collect();
    let expected = [
        (None, Class::Kind, "roles", 1),
        (Some("app"), Class::Schema, "app", 1),
        (Some("app"), Class::Relation, "t", 2),
        (Some("app"), Class::Routine, "t", 2),
        (Some("app"), Class::Type, "code", 2),
    ];
    assert_eq!(groups, expected);
}

#[test]
fn a_share_is_100_percent_only_when_it_is_all() {
    let shown = |part, whole| Share { part, whole }.to_string();
    assert_eq!(
        [
            shown(0, 0),
            shown(0, 7),
            shown(2, 3),
            shown(9_999, 10_000),
            shown(5, 5)
        ],
        ["–", "0.0 %", "66.6 %", "99.9 %", "100 %"]
    );
    assert!(Share { part: 1, whole: 3 }.is_less_than(Share {
        part: 334,
        whole: 1000
    }));
    assert!(!Share { part: 0, whole: 0 }.is_less_than(Share { part: 1, whole: 2 }));
}
