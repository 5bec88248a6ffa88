//! What each assertion states, as the server resolves it.

use std::fs;
use std::path::Path;

use pgassay::catalog::Address;
use pgassay::coverage::{Asserted, Touch};

use crate::place::{Place, Talk};

pub(crate) fn sample(name: &str) -> String {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/asserted");
    fs::read_to_string(directory.join(name)).unwrap()
}

/// The objects in the server's own words.
fn objects(talk: &mut Talk, addresses: &[Address]) -> String {
    let objects = addresses.iter().map(|it| {
        let question = format!(
            "SELECT type || ' ' || identity FROM pg_identify_object('{}'::regclass, {}, {})",
            it.class.table(),
            it.oid,
            it.column
        );
        talk.say(&question).0.join("")
    });
    let mut objects: Vec<String> = objects.collect();
    objects.sort();
    if objects.is_empty() {
        return "nothing".into();
    }
    objects.join(", ")
}

fn told(talk: &mut Talk, asserted: &Asserted) -> String {
    let passed = if asserted.passed { "passed" } else { "failed" };
    let mut told = format!("    {passed}: {} states ", asserted.overload);
    told.push_str(&objects(talk, asserted.stated()));
    if !asserted.implied().is_empty() {
        told.push_str(&format!("; with {}", objects(talk, asserted.implied())));
    }
    told
}

#[test]
fn every_assertion_names_its_objects_however_the_tester_spells_them() {
    let Some(place) = Place::new() else {
        return;
    };
    let telling = place.telling_database("t", "tap");
    assert!(telling.unknown.is_empty());
    let mut talk = place.client("t");
    let (said, _) = talk.say(&sample("schema.sql"));
    assert_eq!(said, Vec::<String>::new());
    talk.say("SET search_path = app, public, tap; SELECT * FROM no_plan()");
    let mut listing = String::new();
    for assertion in sample("assertions.sql").lines() {
        let (said, touches) = talk.say(&format!("SELECT {assertion}"));
        assert_eq!(said.len(), 1, "{assertion}: {said:?}");
        listing.push_str(&format!("{assertion}\n"));
        if said[0].starts_with("ERROR") {
            listing.push_str(&format!("    {}\n", said[0]));
        }
        for touch in touches {
            let Touch::Asserted(asserted) = touch else {
                panic!("{assertion}: {touch:?}");
            };
            listing.push_str(&format!("{}\n", told(&mut talk, &asserted)));
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
