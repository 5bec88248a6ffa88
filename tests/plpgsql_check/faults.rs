//! Where `plpgsql_check` 2.3 tells of branches what is not so: each a small sample, with what it reports and what ran.

use crate::comparison::{Comparison, Rule};
use crate::ours::Telling;
use crate::place::Place;
use crate::profile;

/// What it reports of a function's branches, what a call of it says, and how many of our branches were taken of how many.
struct Told {
    of_branches: f64,
    taken: (usize, usize),
    comparison: Comparison,
}

/// Makes a function `f` and calls it.
fn told(function: &str, call: &str) -> Option<Told> {
    let place = Place::new()?;
    for database in ["profiled", "telling"] {
        let mut connection = place.database_with_pgtap(database, "public");
        connection.execute(function).unwrap();
    }
    if !profile::install(&place, "profiled") {
        return None;
    }
    profile::watch(&place, "profiled");
    let mut session = place.connection("profiled");
    let _ = session.execute(call);
    let profiles = profile::of(&mut session);
    let telling = Telling::make(&mut place.connection("telling"));
    let (_, touches) = place.client("telling").say(call);
    let covered = telling.covered(&touches);
    let mut comparison = Comparison::default();
    comparison.take_all(&profiles, &covered);
    let (_, logic) = covered
        .iter()
        .find(|(name, _)| name.starts_with("public.f("))
        .unwrap();
    let branches: Vec<_> = logic
        .points()
        .filter(|(point, _)| point.kind.is_branch())
        .collect();
    let taken = branches.iter().filter(|(_, hits)| hits.is_some()).count();
    let (_, profile) = profiles
        .iter()
        .find(|(name, _)| name.starts_with("public.f("))
        .unwrap();
    Some(Told {
        of_branches: profile.of_branches,
        taken: (taken, branches.len()),
        comparison,
    })
}

/// Both of it are as they are, and one rule says why.
fn assert_told(function: &str, call: &str, of_branches: f64, taken: (usize, usize), rule: Rule) {
    let Some(told) = told(function, call) else {
        return;
    };
    assert!(
        (told.of_branches - of_branches).abs() < 1e-9,
        "it reports {}",
        told.of_branches
    );
    assert_eq!(told.taken, taken);
    assert_eq!(told.comparison.differences, Vec::<String>::new());
    assert!(told.comparison.rules.contains_key(&rule));
}

#[test]
fn a_condition_that_raises_an_error_is_taken_for_one_that_is_not_met() {
    assert_told(
        "CREATE FUNCTION f(a int) RETURNS void LANGUAGE plpgsql AS $$
         BEGIN
             IF 1 / a > 0 THEN RAISE NOTICE 'yes'; END IF;
         END $$",
        "SELECT f(0)",
        0.5,
        (0, 2),
        Rule::NotElse,
    );
}

#[test]
fn an_arm_that_does_nothing_is_never_taken_and_the_missing_else_is_taken_for_it() {
    assert_told(
        "CREATE FUNCTION f(a int) RETURNS void LANGUAGE plpgsql AS $$
         BEGIN
             IF a = 0 THEN NULL; ELSIF a = 1 THEN RAISE NOTICE 'one'; END IF;
         END $$",
        "SELECT f(0)",
        1.0 / 3.0,
        (1, 3),
        Rule::EmptyList,
    );
}

#[test]
fn a_handler_that_does_nothing_is_never_taken() {
    assert_told(
        "CREATE FUNCTION f(a int) RETURNS void LANGUAGE plpgsql AS $$
         BEGIN
             PERFORM 1 / a;
         EXCEPTION WHEN division_by_zero THEN NULL;
         END $$",
        "SELECT f(0)",
        0.5,
        (1, 2),
        Rule::EmptyList,
    );
}

#[test]
fn the_body_of_a_block_whose_error_is_caught_is_a_branch_that_was_taken() {
    assert_told(
        "CREATE FUNCTION f(a int) RETURNS int LANGUAGE plpgsql AS $$
         BEGIN
             PERFORM 1 / a;
             RETURN 1;
         EXCEPTION WHEN division_by_zero THEN RETURN 2;
         END $$",
        "SELECT f(0)",
        1.0,
        (1, 1),
        Rule::BodyOfBlock,
    );
}

#[test]
fn a_case_without_an_else_has_a_branch_that_cannot_be_taken() {
    assert_told(
        "CREATE FUNCTION f(a int) RETURNS int LANGUAGE plpgsql AS $$
         BEGIN
             CASE a WHEN 0 THEN RETURN 1; END CASE;
         END $$",
        "SELECT f(0)",
        0.5,
        (1, 1),
        Rule::NoCaseElse,
    );
}

#[test]
fn a_loop_without_a_turn_is_no_branch() {
    assert_told(
        "CREATE FUNCTION f(a int) RETURNS void LANGUAGE plpgsql AS $$
         BEGIN
             FOR i IN 1 .. a LOOP RAISE NOTICE '%', i; END LOOP;
         END $$",
        "SELECT f(0)",
        0.0,
        (1, 2),
        Rule::NoTurn,
    );
}
