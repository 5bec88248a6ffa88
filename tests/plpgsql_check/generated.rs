//! Functions made from a seed, called with random arguments.

use fastrand::Rng;
use pgassay::coverage::Touch;
use postgres::SimpleQueryMessage;

use crate::comparison::{Comparison, Rule};
use crate::corpus::{self, GROUND, Sample};
use crate::ours::Telling;
use crate::place::{Place, Talk};
use crate::profile::{self, Row};

const FUNCTIONS: usize = 500;
/// As many functions are in one database, and called in one session.
const TOGETHER: usize = 25;

fn rows(talk: &mut Talk, query: &str) -> Vec<Row> {
    let messages = talk.client.simple_query(query).unwrap();
    let rows = messages.iter().filter_map(|message| {
        let SimpleQueryMessage::Row(row) = message else {
            return None;
        };
        Some(
            (0..row.len())
                .map(|at| row.get(at).map(str::to_owned))
                .collect(),
        )
    });
    rows.collect()
}

/// A call, as it is made: alone, or in a transaction that is rolled back in whole or in part.
fn script(rng: &mut Rng, call: &str) -> Vec<String> {
    let around: &[&str] = match rng.u8(..4) {
        0 => &["BEGIN", "", "ROLLBACK"],
        1 => &["BEGIN", "SAVEPOINT s", "", "ROLLBACK TO s", "COMMIT"],
        _ => &[""],
    };
    let statements = around
        .iter()
        .map(|it| if it.is_empty() { call } else { it });
    statements.map(str::to_owned).collect()
}

/// Both sides of a session.
struct Sessions<'t> {
    telling: &'t Telling,
    profiled: Talk,
    told: Talk,
    touches: Vec<Touch>,
}

impl Sessions<'_> {
    /// Makes a call on both sides, which have to say the same.
    fn call(&mut self, script: &[String], differences: &mut Vec<String>) {
        for statement in script {
            let (theirs, _) = self.profiled.say(statement);
            let (ours, touches) = self.told.say(statement);
            self.touches.extend(touches);
            if theirs != ours {
                differences.push(format!(
                    "{statement}\n  {theirs:#?}\n  with probes: {ours:#?}"
                ));
            }
        }
    }

    /// Compares what was seen since the last time.
    fn compare(&mut self, comparison: &mut Comparison) {
        let covered = self.telling.covered(&self.touches);
        let profiles = profile::read(|query| rows(&mut self.profiled, query));
        comparison.take_all(&profiles, &covered);
    }

    /// Forgets what was seen.
    fn forget(&mut self) {
        rows(&mut self.profiled, "SELECT plpgsql_profiler_reset_all()");
        rows(&mut self.told, "DISCARD ALL");
        self.touches.clear();
    }
}

/// A database with functions.
fn build(place: &Place, database: &str, samples: &[Sample]) {
    let mut admin = place.connection("postgres");
    admin
        .execute(&format!("CREATE DATABASE {database}"))
        .unwrap();
    let mut connection = place.connection(database);
    connection.execute(GROUND).unwrap();
    for sample in samples {
        let made = connection.execute(&sample.statement);
        assert!(made.is_ok(), "{made:?}: {}", sample.statement);
    }
}

#[test]
fn statements_and_branches_of_generated_functions_are_those_that_plpgsql_check_sees() {
    let Some(place) = Place::new() else {
        return;
    };
    let mut rng = Rng::with_seed(6);
    let samples: Vec<Sample> = (0..FUNCTIONS)
        .map(|number| corpus::sample(&mut rng, number))
        .collect();
    let mut comparison = Comparison::default();
    for (at, together) in samples.chunks(TOGETHER).enumerate() {
        let [profiled, told] = ["profiled", "telling"].map(|it| format!("{it}_{at}"));
        for database in [&profiled, &told] {
            build(&place, database, together);
        }
        if !profile::install(&place, &profiled) {
            return;
        }
        profile::watch(&place, &profiled);
        let telling = Telling::make(&mut place.connection(&told));
        let mut sessions = Sessions {
            telling: &telling,
            profiled: place.client(&profiled),
            told: place.client(&told),
            touches: Vec::new(),
        };
        // Half of the calls are looked at one by one.
        let is_one_by_one = at % 2 == 0;
        for call in together.iter().flat_map(|it| &it.calls) {
            sessions.call(&script(&mut rng, call), &mut comparison.differences);
            if is_one_by_one {
                sessions.compare(&mut comparison);
                sessions.forget();
            }
        }
        sessions.compare(&mut comparison);
    }
    let differences = comparison.differences;
    let first: Vec<&str> = differences.iter().take(30).map(String::as_str).collect();
    let number = differences.len();
    assert!(
        first.is_empty(),
        "{number} differences: {}",
        first.join("\n")
    );
    // Each rule is met.
    let rules: Vec<Rule> = comparison.rules.into_keys().collect();
    assert_eq!(rules, Rule::ALL);
    for share in [comparison.statements, comparison.branches, comparison.own] {
        assert!(share.hit > 500 && share.hit < share.all, "{share:?}");
    }
}
