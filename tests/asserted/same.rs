//! Whatever pgTAP prints, refuses and complains of is the same with coverage listening.

use crate::claims::sample;
use crate::place::Place;

/// Scripts that go wrong inside of pgTAP, and what its functions do besides.
const SCRIPTS: [&str; 12] = [
    // No plan: an error from the depths, with its context.
    "SELECT has_table('t')",
    "SELECT col_not_null('t', 'id', 'x'); SELECT index_is_unique('s', 't', 'i', 'x')",
    "SELECT has_index('s', 't', ARRAY['i'])",
    "SELECT has_tablespace('a', 'b', 'c')",
    // pgTAP calls itself by names that search_path does not show.
    "SET search_path = public; SELECT tap.has_table('t'::name, 'x'::text)",
    "SET search_path = public; SELECT tap.col_not_null('app', 't', 'id', 'x')",
    "SELECT throws_ok('SELECT 1/0')",
    "SELECT plan(3); SELECT lives_ok('SELECT 1/0'); SELECT throws_ok('SELECT 1', '23505', 'no', 'is');
     SELECT throws_like('SELECT f()', 'x'); SELECT throws_ok('DO $$ BEGIN PERFORM 1/0; END $$', '22012', 'no')",
    "CREATE FUNCTION test_dies() RETURNS SETOF text LANGUAGE plpgsql AS $$
     BEGIN RETURN NEXT pass('x'); PERFORM 1/0; END $$; SELECT * FROM runtests()",
    "SELECT plan(1); SELECT has_table('t'::name, description => 'x'::text)",
    "SELECT plan(1); SELECT results_eq('SELECT has_table(''pg_class'')', 'SELECT ''x''::text')",
    "SELECT plan(1); SELECT check_test(has_table('__nothing__'), false, 'diagnostics', 'Table __nothing__ should exist', '')",
];

#[test]
fn results_diagnostics_and_contexts_of_errors_are_the_same() {
    let Some(place) = Place::new() else {
        return;
    };
    place.database_with_pgtap("plain", "tap");
    place.telling_database("telling", "tap");
    let mut schema = sample("schema.sql");
    let mut printed = Vec::new();
    for database in ["plain", "telling"] {
        let mut talk = place.client(database);
        talk.say(&schema);
        // Roles are the cluster's: they are there the second time.
        schema = schema
            .lines()
            .filter(|line| !line.starts_with("CREATE ROLE"))
            .collect::<Vec<_>>()
            .join("\n");
        talk.say("SET search_path = app, public, tap");
        let assertions = sample("assertions.sql");
        let passing = assertions
            .lines()
            .filter(|line| !line.contains("current_database"));
        let passing: Vec<String> = passing.map(|line| format!("SELECT {line}")).collect();
        let failing = passing.iter().map(|line| line.replace("'app", "'nowhere"));
        talk.say("SELECT * FROM no_plan()");
        let mut all: Vec<Vec<String>> = Vec::new();
        for statement in failing.chain(passing.iter().cloned()) {
            all.push(talk.say(&statement).0);
        }
        talk.say("SELECT * FROM finish(); SELECT _cleanup()");
        for script in SCRIPTS {
            all.push(talk.say(&format!("BEGIN; {script}")).0);
            talk.say("ROLLBACK");
        }
        printed.push(all.into_iter().map(|it| it.join("\n")).collect::<Vec<_>>());
    }
    for (plain, telling) in printed[0].iter().zip(&printed[1]) {
        assert_eq!(plain, telling);
    }
    let count = |begin: &str| printed[0].iter().filter(|it| it.starts_with(begin)).count();
    let counts = ["ok ", "not ok ", "ERROR"].map(count);
    assert!(
        counts[0] > 150 && counts[1] > 50 && counts[2] > 5,
        "{counts:?}: {:#?}",
        printed[0]
    );
}
