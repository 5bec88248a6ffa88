//! What each assertion states, as the server resolves it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use pgassay::catalog::{self, Catalog, Object, Property};
use pgassay::coverage::{Asserted, Touch};
use pgassay::database::bundled_pgtap;

use crate::place::Place;

pub(crate) fn sample(name: &str) -> String {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/asserted");
    fs::read_to_string(directory.join(name)).unwrap()
}

/// What an assertion pins down: of each object, its properties; behind a dash, what must be there besides.
fn told(asserted: &Asserted, catalog: &Catalog) -> String {
    let mut direct: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut besides = Vec::new();
    for claim in asserted.claims(catalog) {
        if claim.is_direct {
            let properties = direct.entry(claim.object.to_string()).or_default();
            properties.push(claim.property.to_string());
        } else {
            assert_eq!(claim.property, Property::Existence);
            besides.push(claim.object.to_string());
        }
    }
    let direct = direct.into_iter();
    let direct: Vec<String> = direct
        .map(|(object, properties)| format!("{object} [{}]", properties.join(", ")))
        .collect();
    let passed = if asserted.passed { "passed" } else { "failed" };
    let mut told = format!("    {passed} {}:", asserted.overload);
    for line in direct {
        told.push_str(&format!("\n        {line}"));
    }
    if !besides.is_empty() {
        told.push_str(&format!("\n        - {}", besides.join(", ")));
    }
    told
}

#[test]
fn every_assertion_pins_down_its_objects_however_the_tester_spells_them() {
    let Some(place) = Place::new() else {
        return;
    };
    let telling = place.telling_database("t", "tap");
    assert!(telling.unknown.is_empty());
    let mut talk = place.client("t");
    let (said, _) = talk.say(&sample("schema.sql"));
    assert_eq!(said, Vec::<String>::new());
    let catalog = catalog::read(&mut place.connection("t"), &bundled_pgtap()).unwrap();
    let of_probes = |object: &&Object| object.name.path().contains("pg_assay");
    assert_eq!(catalog.objects().iter().find(of_probes), None);
    talk.say("SET search_path = app, public, tap; SELECT * FROM no_plan()");
    let mut listing = String::new();
    for assertion in sample("assertions.sql").lines() {
        let (said, touches) = talk.say(&format!("SELECT {assertion}"));
        assert_eq!(said.len(), 1, "{assertion}: {said:?}");
        listing.push_str(&format!("{assertion}\n"));
        if said[0].starts_with("ERROR") {
            listing.push_str("    (an error)\n");
        }
        for touch in touches {
            let Touch::Asserted(asserted) = touch else {
                panic!("{assertion}: {touch:?}");
            };
            listing.push_str(&format!("{}\n", told(&asserted, &catalog)));
        }
    }
    insta::assert_snapshot!(listing);
}

#[test]
fn what_a_role_without_rights_asserts_in_a_transaction_that_is_rolled_back_is_heard() {
    let Some(place) = Place::new() else {
        return;
    };
    place.telling_database("t", "public");
    let mut talk = place.client("t");
    talk.say("CREATE ROLE nobody; CREATE TABLE t (id int PRIMARY KEY)");
    let (said, touches) = talk.say(
        "BEGIN; SET client_min_messages = error; SELECT plan(2); SET ROLE nobody;
         SELECT has_pk('t');
         SELECT throws_ok('SELECT has_table(''t''), 1/0', '22012');
         ROLLBACK",
    );
    assert_eq!(said.len(), 3, "{said:?}");
    let overloads: Vec<&str> = touches
        .iter()
        .map(|touch| match touch {
            Touch::Asserted(asserted) => asserted.overload.as_str(),
            Touch::Caught(caught) => caught.code.as_str(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(overloads, ["has_pk(name,text)", "22012"]);
}

#[test]
fn a_caught_error_names_what_refused() {
    let Some(place) = Place::new() else {
        return;
    };
    place.telling_database("t", "public");
    let mut talk = place.client("t");
    talk.say(
        "CREATE DOMAIN age AS int CHECK (VALUE > 0);
         CREATE TABLE t (id int PRIMARY KEY, n int NOT NULL, a age, CONSTRAINT even CHECK (n % 2 = 0));
         INSERT INTO t VALUES (1, 2);
         CREATE ROLE nobody; SELECT plan(9)",
    );
    let mut caught = |assertion: &str| {
        let (_, touches) = talk.say(&format!("SELECT {assertion}"));
        let [Touch::Caught(caught)] = touches.as_slice() else {
            panic!("{assertion}: {touches:?}");
        };
        let parts = [
            &caught.schema,
            &caught.table,
            &caught.column,
            &caught.datatype,
            &caught.constraint,
        ];
        format!(
            "{} {}: {}",
            caught.code,
            caught.message,
            parts.map(String::as_str).join("/")
        )
    };
    let assertions = [
        "throws_ok('INSERT INTO t VALUES (1, 2)', '23505')",
        "throws_ok('INSERT INTO t VALUES (2, 3)')",
        "throws_like('INSERT INTO t (id) VALUES (2)', '%null%')",
        "throws_ilike('SELECT 0::age', '%AGE%')",
        "throws_matching('SELECT 1/0', 'zero')",
        "throws_imatching('DO $$ BEGIN RAISE ''Not so''; END $$', 'not so', 'said')",
        "lives_ok('INSERT INTO t VALUES (3, 3)')",
        "throws_ok('DO $$ BEGIN ASSERT false; END $$', 'P0004')",
    ];
    let told: Vec<String> = assertions.iter().map(|it| caught(it)).collect();
    insta::assert_snapshot!(told.join("\n"));
}
