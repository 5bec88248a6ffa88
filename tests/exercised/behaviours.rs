//! Each behaviour, brought about in every way that there is, and what must not be told.

use pgassay::catalog::Catalog;
use pgassay::catalog::Kind::{
    self, Aggregate, Check, Column, Domain, EventTrigger, Exclusion, ForeignKey, Function, Index,
    NotNull, Policy, PrimaryKey, Procedure, Trigger, UniqueKey,
};

use crate::place::Place;
use crate::watched::Watched;

pub(crate) const SCHEMA: &str = include_str!("../data/exercised/schema.sql");

pub(crate) struct Case {
    session: Watched,
    catalog: Catalog,
    /// What was seen otherwise than it should.
    wrong: Vec<String>,
}

impl Case {
    pub(crate) fn expect(&mut self, kinds: &[Kind], script: &[String], expected: &[&str]) {
        let seen = self.session.seen(&self.catalog, kinds, script);
        let mut expected = expected.to_vec();
        expected.sort_unstable();
        if seen != expected {
            self.wrong.push(format!(
                "{script:?}
   saw {seen:?}
   instead of {expected:?}"
            ));
        }
    }
}

/// A kind, what is run, and what objects of the kinds are seen to do.
pub(crate) type Expected<T> = (&'static [Kind], T, &'static [&'static str]);

const RUNS: &[Kind] = &[Function, Procedure, Aggregate];

/// Statements that are run in every way.
const IN_EVERY_WAY: &[Expected<&str>] = &[
    (
        &[Check],
        "INSERT INTO parents (share, amount) VALUES (NULL, 1)",
        &["check app.parents.positive accepts"],
    ),
    (
        &[Check],
        "INSERT INTO parents (share, amount) VALUES (NULL, 0)",
        &["check app.parents.positive rejects"],
    ),
    (
        &[Check],
        "INSERT INTO parents (share, amount) VALUES (NULL, NULL)",
        &[],
    ),
    (
        &[Check],
        "INSERT INTO parents (share) VALUES (5)",
        &["check app.percent.percent_range accepts"],
    ),
    (
        &[Check],
        "INSERT INTO parents (share) VALUES (101)",
        &["check app.percent.percent_range rejects"],
    ),
    (
        &[Check],
        "INSERT INTO events VALUES (1, 'x')",
        &[
            "check app.events.what_said accepts",
            "check app.events_1.what_said accepts",
        ],
    ),
    (
        &[Check],
        "INSERT INTO events VALUES (101, '')",
        &[
            "check app.events.what_said rejects",
            "check app.events_2.what_said rejects",
        ],
    ),
    (
        &[Check],
        "INSERT INTO dogs VALUES (-1, 'x')",
        &[
            "check app.animals.legged rejects",
            "check app.dogs.legged rejects",
        ],
    ),
    (
        &[Column],
        "INSERT INTO dogs VALUES (1, NULL)",
        &["column app.dogs.name rejects"],
    ),
    (
        &[Column],
        "INSERT INTO parents (id, code) VALUES (1000, 'x')",
        &[
            "column app.parents.id accepts",
            "column app.parents.name accepts",
            "column app.parents.name produces",
            "column app.parents.twice produces",
        ],
    ),
    (
        &[Column, Domain],
        "INSERT INTO parents (name) VALUES ('x')",
        &[
            "column app.parents.id accepts",
            "column app.parents.id produces",
            "column app.parents.name accepts",
            "column app.parents.twice produces",
            "column app.parents.code produces",
            "domain app.percent produces",
            "domain app.code accepts",
        ],
    ),
    (
        &[Domain],
        "INSERT INTO parents (code, share) VALUES (NULL, 1)",
        &["domain app.code rejects"],
    ),
    (
        &[PrimaryKey],
        "INSERT INTO events VALUES (1)",
        &[
            "primary key app.events.events_pkey accepts",
            "primary key app.events_1.events_1_pkey accepts",
        ],
    ),
    (
        &[PrimaryKey],
        "INSERT INTO events VALUES (1), (1)",
        &[
            "primary key app.events.events_pkey rejects",
            "primary key app.events_1.events_1_pkey rejects",
        ],
    ),
    (
        &[UniqueKey],
        "INSERT INTO parents (email) VALUES ('a')",
        &["unique key app.parents.parents_email_key accepts"],
    ),
    (
        &[UniqueKey],
        "INSERT INTO parents (email) VALUES (NULL)",
        &[],
    ),
    (
        &[UniqueKey, Index],
        "INSERT INTO parents (email) VALUES ('a'), ('a')",
        &["unique key app.parents.parents_email_key rejects"],
    ),
    (
        &[Index],
        "INSERT INTO parents (email, amount) VALUES ('a', 1)",
        &["index app.parents_lower accepts"],
    ),
    (
        &[Index],
        "INSERT INTO parents (email, amount) VALUES ('a', 1), ('A', 1)",
        &["index app.parents_lower rejects"],
    ),
    (
        &[Exclusion],
        "INSERT INTO parents (span) VALUES ('[1,5)')",
        &["exclusion app.parents.no_overlap accepts"],
    ),
    (
        &[Exclusion],
        "INSERT INTO parents (span) VALUES ('[1,5)'), ('[4,5)')",
        &["exclusion app.parents.no_overlap rejects"],
    ),
    (
        &[ForeignKey],
        "INSERT INTO children (parent) VALUES (4711)",
        &["foreign key app.children.children_parent_fkey rejects"],
    ),
    (&[ForeignKey], "INSERT INTO children DEFAULT VALUES", &[]),
    (
        &[Trigger],
        "INSERT INTO parents (id, amount) VALUES (1, 7)",
        &["trigger app.parents.noted fires on insert"],
    ),
    (
        &[Trigger],
        "TRUNCATE children",
        &["trigger app.children.noted_all fires on truncate"],
    ),
    (
        &[Trigger],
        "INSERT INTO events VALUES (150)",
        &[
            "trigger app.events.noted_events fires on insert",
            "trigger app.events_2.noted_events fires on insert",
        ],
    ),
    (
        &[EventTrigger],
        "CREATE TYPE new_one AS ENUM ()",
        &["event trigger watch_types fires on ddl_command_end"],
    ),
];

/// Scripts, in a transaction that is rolled back.
const SCRIPTS: &[Expected<&[&str]>] = &[
    (
        RUNS,
        &["SELECT calls_plain()"],
        &[
            "function app.calls_plain() runs",
            "function app.plain(integer) runs",
        ],
    ),
    (
        RUNS,
        &["SELECT inlined(id) FROM generate_series(1, 2) id"],
        &["function app.inlined(integer) runs"],
    ),
    (
        RUNS,
        &["SELECT count(*) FROM inlined_rows()"],
        &["function app.inlined_rows() runs"],
    ),
    (
        RUNS,
        &["SELECT two_statements()"],
        &["function app.two_statements() runs"],
    ),
    (RUNS, &["SELECT adding()"], &["function app.adding() runs"]),
    (
        RUNS,
        &["SELECT adding_one()"],
        &["function app.adding_one() runs"],
    ),
    (
        RUNS,
        &["SELECT adding_rows()"],
        &["function app.adding_rows() runs"],
    ),
    // In a parallel worker, where nothing may be set.
    (
        RUNS,
        &[
            "SELECT set_config(name, 'on', true) FROM pg_settings WHERE name IN ('force_parallel_mode', 'debug_parallel_query')",
            "SELECT app.strict(n), app.parallel(n) FROM generate_series(1, 2) n",
        ],
        &[
            "function app.parallel(integer) runs",
            "function app.strict(integer) runs",
        ],
    ),
    (
        RUNS,
        &["SELECT nothing()"],
        &["function app.nothing() runs"],
    ),
    (RUNS, &["CALL doing()"], &["procedure app.doing() runs"]),
    (
        RUNS,
        &["SELECT total(n) FROM generate_series(1, 3) n"],
        &[
            "function app.add(integer, integer) runs",
            "aggregate app.total(integer) runs",
        ],
    ),
    (
        RUNS,
        &["SELECT 1 / plain(0)"],
        &["function app.plain(integer) runs"],
    ),
    (
        &[ForeignKey],
        &[
            "INSERT INTO parents (id) VALUES (1), (2)",
            "INSERT INTO children (parent, guardian) VALUES (1, 2)",
        ],
        &[
            "foreign key app.children.children_parent_fkey accepts",
            "foreign key app.children.guarded accepts",
        ],
    ),
    (
        &[ForeignKey],
        &["INSERT INTO children (id, friend) VALUES (1, 1)"],
        &[],
    ),
    (
        &[ForeignKey],
        &[
            "INSERT INTO children (id, friend) VALUES (1, 1)",
            "SET CONSTRAINTS ALL IMMEDIATE",
        ],
        // That leaves no trace.
        &[],
    ),
    (
        &[ForeignKey],
        &[
            "INSERT INTO children (id, friend) VALUES (1, 2)",
            "SET CONSTRAINTS befriended IMMEDIATE",
        ],
        &["foreign key app.children.befriended rejects"],
    ),
    (
        &[UniqueKey],
        &["INSERT INTO children (rank) VALUES (1)"],
        &["unique key app.children.ranked accepts"],
    ),
    (
        &[UniqueKey],
        &[
            "SET CONSTRAINTS ALL DEFERRED",
            "INSERT INTO children (rank) VALUES (1)",
        ],
        // Nobody tells whether a test deferred it.
        &["unique key app.children.ranked accepts"],
    ),
    (
        &[UniqueKey],
        &["INSERT INTO children (rank) VALUES (1), (1)"],
        // The first one was let through: such a key is judged row by row at the statement's end.
        &[
            "unique key app.children.ranked accepts",
            "unique key app.children.ranked rejects",
        ],
    ),
    (
        &[Trigger],
        &[
            "INSERT INTO parents (id, amount) VALUES (1, 1)",
            "UPDATE parents SET amount = 2",
            "ALTER TABLE parents DISABLE TRIGGER noted",
            "DELETE FROM parents",
        ],
        &[
            "trigger app.parents.noted fires on insert",
            "trigger app.parents.noted fires on update",
        ],
    ),
    (
        &[Trigger],
        &[
            "INSERT INTO parents (id, amount) VALUES (1, 1)",
            "UPDATE parents SET amount = 7",
        ],
        &[
            "trigger app.parents.noted fires on insert",
            "trigger app.parents.noted fires on update",
            "trigger app.parents.noted_when fires on update",
        ],
    ),
    (
        &[Check],
        &["DO $$ BEGIN PERFORM 101::percent; EXCEPTION WHEN check_violation THEN NULL; END $$"],
        &["check app.percent.percent_range rejects"],
    ),
    (&[Policy], &["SELECT * FROM owned"], &[]),
    (
        &[Policy],
        &[
            "INSERT INTO owned VALUES ('app_reader'), ('other')",
            "SET ROLE app_reader",
            "SELECT * FROM owned WHERE owner = 'app_reader'",
            "RESET ROLE",
        ],
        &["policy app.owned.own_rows admits"],
    ),
    (
        &[Policy],
        &[
            "INSERT INTO owned VALUES ('other')",
            "SET ROLE app_reader",
            "SELECT * FROM owned",
            "RESET ROLE",
        ],
        &["policy app.owned.own_rows refuses"],
    ),
    (
        &[Policy],
        &[
            "SET ROLE app_reader",
            "SELECT throws_ok($$INSERT INTO owned VALUES ('other')$$, '42501')",
        ],
        &["policy app.owned.own_rows refuses"],
    ),
    // What a test makes itself is nobody's.
    (
        &[Check, Column, Domain],
        &[
            "CREATE TABLE mine (a int NOT NULL CHECK (a > 0))",
            "INSERT INTO mine VALUES (1)",
        ],
        &[],
    ),
];

/// What foreign keys do besides accepting the family below.
const FAMILY: [&str; 2] = [
    "INSERT INTO parents (id) VALUES (1), (2)",
    "INSERT INTO children (id, parent, guardian) VALUES (1, 1, 2)",
];
const OF_FAMILY: &[(&str, &[&str])] = &[
    (
        "DELETE FROM parents WHERE id = 1",
        &["foreign key app.children.children_parent_fkey acts on delete"],
    ),
    (
        "UPDATE parents SET id = 9 WHERE id = 1",
        &["foreign key app.children.children_parent_fkey acts on update"],
    ),
    (
        "DELETE FROM parents WHERE id = 2",
        &["foreign key app.children.guarded acts on delete"],
    ),
    ("DELETE FROM children", &[]),
    ("SELECT calls_plain() FROM parents WHERE false", &[]),
    (
        "UPDATE parents SET id = 9 WHERE id = 2",
        &["foreign key app.children.guarded rejects"],
    ),
    ("UPDATE children SET parent = NULL", &[]),
];

/// What a statement brings about is seen whatever it is in, and whatever becomes of it.
fn in_every_way(statement: &str) -> Vec<Vec<String>> {
    let quoted = statement.replace('\'', "''");
    [
        statement.to_owned(),
        format!("SELECT throws_ok('{quoted}', NULL, NULL, 'x')"),
        format!("SELECT lives_ok('{quoted}', 'x')"),
        format!("SELECT app.catching('{quoted}')"),
        format!("DO $do$ BEGIN {statement}; END $do$"),
        format!("DO $do$ BEGIN {statement}; PERFORM 1/0; EXCEPTION WHEN division_by_zero THEN NULL; END $do$"),
    ]
    .into_iter()
    .map(|statement| inside(&[&statement]))
    .collect()
}

impl Case {
    pub(crate) fn new(place: &Place) -> Self {
        let (catalog, exercising) = place.telling_database("t", SCHEMA);
        let unseen = exercising.unseen.iter();
        let unseen: Vec<String> = unseen.map(|(name, why)| format!("{name}: {why}")).collect();
        assert_eq!(
            unseen,
            [
                "foreign key app.children.befriended: it is deferred: what it accepts leaves no trace",
                "function app.adding_rows(): its statements cannot hold a probe: calls that are not inlined are counted, and seen at the end of a transaction",
            ]
        );
        Self {
            session: place.watched("t", &catalog),
            catalog,
            wrong: Vec::new(),
        }
    }

    /// Fails with all that was wrong.
    pub(crate) fn is_right(&self) {
        assert!(self.wrong.is_empty(), "{}", self.wrong.join("\n"));
    }
}

pub(crate) fn inside(statements: &[&str]) -> Vec<String> {
    let begin = [
        "BEGIN",
        "SET LOCAL search_path = app, public",
        "SELECT no_plan()",
    ];
    let script = begin.iter().chain(statements).chain(&["ROLLBACK"]);
    script.map(|&statement| statement.to_owned()).collect()
}

#[test]
fn everything_is_seen_to_do_what_it_does_and_nothing_else() {
    let Some(place) = Place::new() else {
        return;
    };
    let mut case = Case::new(&place);
    for (kinds, statement, expected) in IN_EVERY_WAY {
        for script in in_every_way(statement) {
            case.expect(kinds, &script, expected);
        }
    }
    for (kinds, statements, expected) in SCRIPTS {
        case.expect(kinds, &inside(statements), expected);
    }
    case.is_right();
}

/// Of tables they have names from 18 on, of domains from 17 on.
#[test]
fn a_not_null_constraint_does_what_its_column_or_domain_does() {
    let Some(place) = Place::new() else {
        return;
    };
    let mut case = Case::new(&place);
    let all = case.catalog.objects().iter();
    let names = all.filter(|it| it.name.kind == NotNull);
    let names: Vec<String> = names.map(|it| it.name.to_string()).collect();
    for (statement, behaviour, constraints) in [
        (
            "INSERT INTO dogs VALUES (1, 'x')",
            "accepts",
            &["not-null constraint app.dogs.dogs_name_not_null"][..],
        ),
        (
            "INSERT INTO dogs VALUES (1, NULL)",
            "rejects",
            &["not-null constraint app.dogs.dogs_name_not_null"],
        ),
        (
            "INSERT INTO parents (code) VALUES (NULL)",
            "rejects",
            &["not-null constraint app.code.code_not_null"],
        ),
    ] {
        let there = constraints
            .iter()
            .filter(|&&it| names.iter().any(|name| name == it));
        let expected: Vec<String> = there.map(|it| format!("{it} {behaviour}")).collect();
        let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
        case.expect(&[NotNull], &inside(&[statement]), &expected);
    }
    case.is_right();
}

#[test]
fn the_actions_of_foreign_keys_are_seen_and_told_apart() {
    let Some(place) = Place::new() else {
        return;
    };
    let mut case = Case::new(&place);
    for (statement, expected) in OF_FAMILY {
        let script = inside(&[&FAMILY[..], &[statement]].concat());
        let mut all = vec![
            "foreign key app.children.children_parent_fkey accepts",
            "foreign key app.children.guarded accepts",
        ];
        all.extend(*expected);
        case.expect(&[ForeignKey], &script, &all);
    }
    case.is_right();
}
