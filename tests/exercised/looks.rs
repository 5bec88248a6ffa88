//! What is looked at: views, indexes, functions that do not tell, and privileges.

use pgassay::catalog::Kind;

use crate::behaviours::SCHEMA;
use crate::place::Place;

#[test]
fn views_indexes_and_privileges_are_seen_where_one_looks() {
    use Kind::{Function, Index, MaterializedView, Schema, Sequence, Table, View};
    let Some(place) = Place::new() else {
        return;
    };
    let (catalog, _) = place.telling_database("t", SCHEMA);
    let mut talk = place.client("t");
    let mut wrong = Vec::new();
    let mut inside = |kinds: &[Kind], statements: &[&str], expected: &[&str]| {
        let mut script = vec![
            "BEGIN",
            "SET LOCAL search_path = app, public",
            "SELECT no_plan()",
        ];
        script.extend(statements);
        script.push("ROLLBACK");
        let seen = talk.seen(&catalog, kinds, &script);
        let mut expected = expected.to_vec();
        expected.sort_unstable();
        if seen != expected {
            wrong.push(format!(
                "{script:?}
   saw {seen:?}
   instead of {expected:?}"
            ));
        }
    };
    let views = [View, MaterializedView];
    inside(
        &views,
        &["SELECT * FROM named"],
        &["view app.named is read"],
    );
    inside(
        &views,
        &["SELECT * FROM well_named"],
        &["view app.named is read", "view app.well_named is read"],
    );
    inside(
        &views,
        &["SELECT has_view('app', 'named', 'x'), view_owner_is('app', 'named', CURRENT_USER)"],
        &[],
    );
    inside(
        &views,
        &["SELECT results_eq('SELECT * FROM counted', 'SELECT 0::bigint')"],
        &["materialized view app.counted is read"],
    );
    inside(
        &[Index],
        &[
            "SET LOCAL enable_seqscan = off",
            "SELECT * FROM parents WHERE name = 'x'",
        ],
        &["index app.parents_name is scanned"],
    );
    inside(&[Index], &["SELECT * FROM parents"], &[]);

    let privileges = [Table, View, Schema, Function, Sequence];
    inside(
        &privileges,
        &[
            "SELECT * FROM parents, named, animals",
            "INSERT INTO owned VALUES ('x')",
        ],
        &["view app.named is read"],
    );
    inside(
        &privileges,
        &["SET ROLE app_reader", "SELECT * FROM named"],
        &[
            "schema app allows USAGE to app_readers",
            "view app.named is read",
            "view app.named allows SELECT to app_readers",
        ],
    );
    inside(
        &privileges,
        &[
            "SET ROLE app_reader",
            "SELECT * FROM parents",
            "SET ROLE app_stranger",
            "SELECT * FROM animals",
            "RESET ROLE",
        ],
        &[
            "schema app allows USAGE to app_readers",
            "schema app allows USAGE to app_stranger",
            "table app.parents allows SELECT to app_readers",
            "table app.animals allows SELECT to app_stranger",
        ],
    );
    inside(
        &privileges,
        &[
            "SET ROLE app_reader",
            "INSERT INTO owned VALUES ('app_reader')",
        ],
        &[
            "schema app allows USAGE to app_readers",
            "table app.owned allows INSERT to app_reader",
        ],
    );
    inside(
        &privileges,
        &["SET ROLE app_reader", "TRUNCATE owned"],
        &["table app.owned allows TRUNCATE to app_reader"],
    );
    inside(
        &privileges,
        &["SET ROLE app_reader", "SELECT app.secret()"],
        &[
            "function app.secret() runs",
            "function app.secret() allows EXECUTE to app_reader",
        ],
    );
    for denied in [
        "SELECT * FROM app.parents",
        "SELECT throws_ok('SELECT * FROM app.parents', '42501')",
        "SELECT app.catching('SELECT * FROM app.parents')",
    ] {
        inside(
            &[Table],
            &["SET ROLE app_stranger", denied],
            &["table app.parents denies"],
        );
    }
    inside(
        &[Function],
        &["SET ROLE app_stranger", "SELECT app.secret()"],
        &["function app.secret() denies"],
    );
    inside(
        &[Schema],
        &[
            "CREATE ROLE nobody",
            "SET ROLE nobody",
            "SELECT * FROM app.parents",
        ],
        &["schema app denies"],
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
