//! Reports that are put together, and those that cannot be.

use std::collections::BTreeSet;

use pgassay::catalog::Property;
use pgassay::coverage::{Behaviour, CoverageReport, Discord};

use crate::sample;

/// A report of one more run.
fn run(name: &str) -> CoverageReport {
    CoverageReport {
        runs: [name.to_owned()].into(),
        ..sample::small()
    }
}

/// Why the run before it does not go with a report, in words.
fn refused(change: impl FnOnce(&mut CoverageReport)) -> String {
    let first = run("1");
    let mut second = run("2");
    change(&mut second);
    let discord = first.discord(&second).unwrap();
    let mut whole = first.clone();
    assert_eq!(whole.merge(second), Err(discord.clone()));
    assert_eq!(whole, first);
    discord.to_string()
}

#[test]
fn parts_of_one_measurement_are_put_together() {
    let mut first = run("1");
    let mut second = run("2");
    first.is_part = true;
    second.is_part = true;
    // Jobs need not be of one machine: where the server keeps its objects is its own matter, and git shortens commits as far
    // as each clone lets it.
    first.commit = Some("3f9a2c7".to_owned());
    second.commit = Some("3f9a2c71e4".to_owned());
    second.server = "PostgreSQL 15.17 (Debian 15.17-1)".to_owned();
    second.began += 60;
    second.failed = 1;
    for object in &mut second.objects {
        object.object.address.oid += 7;
    }
    let open = |object: &&mut pgassay::coverage::CoveredObject| {
        object.asserted.is_empty() && object.exercised.is_empty()
    };
    let of_first = first.objects.iter_mut().find(open).unwrap();
    let name = of_first.object.name.clone();
    of_first.exercised.insert(
        Behaviour::Denies,
        BTreeSet::from([sample::place("sql-tests/a.sql", 1)]),
    );
    let of_second = second.objects.iter_mut().find(|it| it.object.name == name);
    of_second.unwrap().asserted.insert(
        Property::Existence,
        BTreeSet::from([sample::assertion(3, "it(name)", true)]),
    );
    let number = first.objects.len();
    first.merge(second.clone()).unwrap();
    assert_eq!(first.objects.len(), number);
    assert_eq!((first.files, first.failed, first.is_part), (84, 1, false));
    assert_eq!(first.began, second.began);
    let both = first.objects.iter().find(|it| it.object.name == name);
    let both = both.unwrap();
    assert!(both.is_asserted() && both.exercised.contains_key(&Behaviour::Denies));
    // What is in it already is not taken twice.
    assert_eq!(first.merge(second), Err(Discord::SameRun));
}

#[test]
fn what_is_no_part_of_the_same_measurement_is_refused_with_what_differs() {
    let told = [
        refused(|second| second.runs = run("1").runs),
        refused(|second| second.server = "PostgreSQL 16.1".to_owned()),
        refused(|second| {
            let files = &mut second.sources.files;
            files.insert("migrations/V1__t.sql".to_owned(), "0".to_owned());
        }),
        refused(|second| drop(second.objects.remove(0))),
        refused(|second| {
            let more = sample::of_size(600).objects;
            let known: BTreeSet<_> = second.objects.iter().map(|it| &it.object.name).collect();
            let more = more.into_iter().find(|it| !known.contains(&it.object.name));
            second.objects.push(more.unwrap());
        }),
        refused(|second| {
            let properties = &mut second.objects[0].object.properties;
            properties.insert(Property::Owner, "somebody else".to_owned());
        }),
        refused(|second| second.objects[0].object.definition = Some("another".to_owned())),
        refused(|second| second.objects[0].object.made_at = Some(sample::place("m.sql", 9))),
        refused(|second| second.objects[0].behaviours.push(Behaviour::Denies)),
    ];
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn two_commits_are_not_measured_together() {
    let of = |commit: Option<&str>| CoverageReport {
        commit: commit.map(str::to_owned),
        ..run(commit.unwrap_or_default())
    };
    let discord = of(Some("3f9a2c7")).discord(&of(Some("3f9a2d8")));
    assert_eq!(
        discord.unwrap().to_string(),
        "the first is of commit 3f9a2c7, the second of 3f9a2d8"
    );
    // Where git is not asked, the schema says enough.
    assert_eq!(of(None).discord(&of(Some("3f9a2d8"))), None);
}
