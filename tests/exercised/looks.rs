//! What is looked at: views, indexes, functions that do not tell, and privileges.

use pgassay::catalog::Kind::{
    self, Function, Index, MaterializedView, Schema, Sequence, Table, View,
};

use crate::behaviours::{Case, Expected, inside};
use crate::place::Place;

const VIEWS: &[Kind] = &[View, MaterializedView];
const PRIVILEGES: &[Kind] = &[Table, View, Schema, Function, Sequence];

const SCRIPTS: &[Expected<&[&str]>] = &[
    (VIEWS, &["SELECT * FROM named"], &["view app.named is read"]),
    (
        VIEWS,
        &["SELECT * FROM well_named"],
        &["view app.named is read", "view app.well_named is read"],
    ),
    (
        VIEWS,
        &["SELECT has_view('app', 'named', 'x'), view_owner_is('app', 'named', CURRENT_USER)"],
        &[],
    ),
    (
        VIEWS,
        &["SELECT results_eq('SELECT * FROM counted', 'SELECT 0::bigint')"],
        &["materialized view app.counted is read"],
    ),
    (
        &[Index],
        &[
            "SET LOCAL enable_seqscan = off",
            "SELECT * FROM parents WHERE name = 'x'",
        ],
        &["index app.parents_name is scanned"],
    ),
    (&[Index], &["SELECT * FROM parents"], &[]),
    (
        PRIVILEGES,
        &[
            "SELECT * FROM parents, named, animals",
            "INSERT INTO owned VALUES ('x')",
        ],
        &["view app.named is read"],
    ),
    (
        PRIVILEGES,
        &["SET ROLE app_reader", "SELECT * FROM named"],
        &[
            "schema app allows USAGE to app_readers",
            "view app.named is read",
            "view app.named allows SELECT to app_readers",
        ],
    ),
    (
        PRIVILEGES,
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
    ),
    (
        PRIVILEGES,
        &[
            "SET ROLE app_reader",
            "INSERT INTO owned VALUES ('app_reader')",
        ],
        &[
            "schema app allows USAGE to app_readers",
            "table app.owned allows INSERT to app_reader",
        ],
    ),
    (
        PRIVILEGES,
        &["SET ROLE app_reader", "TRUNCATE owned"],
        &["table app.owned allows TRUNCATE to app_reader"],
    ),
    (
        PRIVILEGES,
        &["SET ROLE app_reader", "SELECT app.secret()"],
        &[
            "function app.secret() runs",
            "function app.secret() allows EXECUTE to app_reader",
        ],
    ),
    (
        &[Function],
        &["SET ROLE app_stranger", "SELECT app.secret()"],
        &["function app.secret() denies"],
    ),
    (
        &[Schema],
        &[
            "CREATE ROLE nobody",
            "SET ROLE nobody",
            "SELECT * FROM app.parents",
        ],
        &["schema app denies"],
    ),
];

#[test]
fn views_indexes_and_privileges_are_seen_where_one_looks() {
    let Some(place) = Place::new() else {
        return;
    };
    let mut case = Case::new(&place);
    for (kinds, statements, expected) in SCRIPTS {
        case.expect(kinds, &inside(statements), expected);
    }
    for denied in [
        "SELECT * FROM app.parents",
        "SELECT throws_ok('SELECT * FROM app.parents', '42501')",
        "SELECT app.catching('SELECT * FROM app.parents')",
    ] {
        let script = inside(&["SET ROLE app_stranger", denied]);
        case.expect(&[Table], &script, &["table app.parents denies"]);
    }
    case.is_right();
}
