//! Each behaviour, brought about in every way that there is, and what must not be told.

use pgassay::catalog::{Catalog, Kind};

use crate::place::{Place, Talk};

pub(crate) const SCHEMA: &str = include_str!("../data/exercised/schema.sql");

struct Case {
    talk: Talk,
    catalog: Catalog,
    /// What was seen otherwise than it should.
    wrong: Vec<String>,
}

impl Case {
    fn expect(&mut self, kinds: &[Kind], script: &[&str], expected: &[&str]) {
        let seen = self.talk.seen(&self.catalog, kinds, script);
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

/// What a statement brings about is seen whatever it is in, and whatever becomes of it.
fn in_every_way(statement: &str) -> Vec<Vec<String>> {
    let quoted = statement.replace('\'', "''");
    [
        vec![statement.to_owned()],
        vec![format!("SELECT throws_ok('{quoted}', NULL, NULL, 'x')")],
        vec![format!("SELECT lives_ok('{quoted}', 'x')")],
        vec![format!("SELECT app.catching('{quoted}')")],
        vec![format!("DO $do$ BEGIN {statement}; END $do$")],
        vec![format!("DO $do$ BEGIN {statement}; PERFORM 1/0; EXCEPTION WHEN division_by_zero THEN NULL; END $do$")],
    ]
    .into_iter()
    .map(|middle| {
        let mut script = vec!["BEGIN".to_owned(), "SET LOCAL search_path = app, public".to_owned(), "SELECT no_plan()".to_owned()];
        script.extend(middle);
        script.push("ROLLBACK".to_owned());
        script
    })
    .collect()
}

#[test]
fn everything_is_seen_to_do_what_it_does_and_nothing_else() {
    let Some(place) = Place::new() else {
        return;
    };
    let (catalog, exercising) = place.telling_database("t", SCHEMA);
    let unseen: Vec<String> = exercising
        .unseen
        .iter()
        .map(|(name, why)| format!("{name}: {why}"))
        .collect();
    assert_eq!(
        unseen,
        [
            "function app.two_statements(): its body is not one SELECT: it is seen where it is not inlined"
        ]
    );
    let mut case = Case {
        talk: place.client("t"),
        catalog,
        wrong: Vec::new(),
    };
    let mut everywhere = |kinds: &[Kind], statement: &str, expected: &[&str]| {
        for script in in_every_way(statement) {
            let script: Vec<&str> = script.iter().map(String::as_str).collect();
            case.expect(kinds, &script, expected);
        }
    };
    use Kind::{
        Aggregate, Check, Column, Domain, EventTrigger, Exclusion, ForeignKey, Function, Index,
        Policy, PrimaryKey, Procedure, Trigger, UniqueKey,
    };

    everywhere(
        &[Check],
        "INSERT INTO parents (share, amount) VALUES (NULL, 1)",
        &["check app.parents.positive accepts"],
    );
    everywhere(
        &[Check],
        "INSERT INTO parents (share, amount) VALUES (NULL, 0)",
        &["check app.parents.positive rejects"],
    );
    everywhere(
        &[Check],
        "INSERT INTO parents (share, amount) VALUES (NULL, NULL)",
        &[],
    );
    everywhere(
        &[Check],
        "INSERT INTO parents (share) VALUES (5)",
        &["check app.percent.percent_range accepts"],
    );
    everywhere(
        &[Check],
        "INSERT INTO parents (share) VALUES (101)",
        &["check app.percent.percent_range rejects"],
    );
    everywhere(
        &[Check],
        "INSERT INTO events VALUES (1, 'x')",
        &[
            "check app.events.what_said accepts",
            "check app.events_1.what_said accepts",
        ],
    );
    everywhere(
        &[Check],
        "INSERT INTO events VALUES (101, '')",
        &[
            "check app.events.what_said rejects",
            "check app.events_2.what_said rejects",
        ],
    );
    everywhere(
        &[Check],
        "INSERT INTO dogs VALUES (-1, 'x')",
        &[
            "check app.animals.legged rejects",
            "check app.dogs.legged rejects",
        ],
    );
    everywhere(
        &[Column],
        "INSERT INTO dogs VALUES (1, NULL)",
        &["column app.dogs.name rejects"],
    );
    everywhere(
        &[Column],
        "INSERT INTO parents (id, code) VALUES (1000, 'x')",
        &[
            "column app.parents.id accepts",
            "column app.parents.name accepts",
            "column app.parents.name produces",
            "column app.parents.twice produces",
        ],
    );
    everywhere(
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
    );
    everywhere(
        &[Domain],
        "INSERT INTO parents (code, share) VALUES (NULL, 1)",
        &["domain app.code rejects"],
    );
    everywhere(
        &[PrimaryKey],
        "INSERT INTO events VALUES (1)",
        &[
            "primary key app.events.events_pkey accepts",
            "primary key app.events_1.events_1_pkey accepts",
        ],
    );
    everywhere(
        &[PrimaryKey],
        "INSERT INTO events VALUES (1), (1)",
        &[
            "primary key app.events.events_pkey rejects",
            "primary key app.events_1.events_1_pkey rejects",
        ],
    );
    everywhere(
        &[UniqueKey],
        "INSERT INTO parents (email) VALUES ('a')",
        &["unique key app.parents.parents_email_key accepts"],
    );
    everywhere(
        &[UniqueKey],
        "INSERT INTO parents (email) VALUES (NULL)",
        &[],
    );
    everywhere(
        &[UniqueKey, Index],
        "INSERT INTO parents (email) VALUES ('a'), ('a')",
        &["unique key app.parents.parents_email_key rejects"],
    );
    everywhere(
        &[Index],
        "INSERT INTO parents (email, amount) VALUES ('a', 1)",
        &["index app.parents_lower accepts"],
    );
    everywhere(
        &[Index],
        "INSERT INTO parents (email, amount) VALUES ('a', 1), ('A', 1)",
        &["index app.parents_lower rejects"],
    );
    everywhere(
        &[Exclusion],
        "INSERT INTO parents (span) VALUES ('[1,5)')",
        &["exclusion app.parents.no_overlap accepts"],
    );
    everywhere(
        &[Exclusion],
        "INSERT INTO parents (span) VALUES ('[1,5)'), ('[4,5)')",
        &["exclusion app.parents.no_overlap rejects"],
    );
    everywhere(
        &[ForeignKey],
        "INSERT INTO children (parent) VALUES (4711)",
        &["foreign key app.children.children_parent_fkey rejects"],
    );
    everywhere(&[ForeignKey], "INSERT INTO children DEFAULT VALUES", &[]);
    everywhere(
        &[Trigger],
        "INSERT INTO parents (id, amount) VALUES (1, 7)",
        &["trigger app.parents.noted fires on insert"],
    );
    everywhere(
        &[Trigger],
        "TRUNCATE children",
        &["trigger app.children.noted_all fires on truncate"],
    );
    everywhere(
        &[Trigger],
        "INSERT INTO events VALUES (150)",
        &[
            "trigger app.events.noted_events fires on insert",
            "trigger app.events_2.noted_events fires on insert",
        ],
    );
    everywhere(
        &[EventTrigger],
        "CREATE TYPE new_one AS ENUM ()",
        &["event trigger watch_types fires on ddl_command_end"],
    );
    let mut inside = |kinds: &[Kind], statements: &[&str], expected: &[&str]| {
        let mut script = vec![
            "BEGIN",
            "SET LOCAL search_path = app, public",
            "SELECT no_plan()",
        ];
        script.extend(statements);
        script.push("ROLLBACK");
        case.expect(kinds, &script, expected);
    };
    let runs = [Function, Procedure, Aggregate];
    inside(
        &runs,
        &["SELECT calls_plain()"],
        &[
            "function app.calls_plain() runs",
            "function app.plain(integer) runs",
        ],
    );
    inside(
        &runs,
        &["SELECT inlined(id) FROM generate_series(1, 2) id"],
        &["function app.inlined(integer) runs"],
    );
    inside(
        &runs,
        &["SELECT count(*) FROM inlined_rows()"],
        &["function app.inlined_rows() runs"],
    );
    inside(
        &runs,
        &["SELECT two_statements()"],
        &["function app.two_statements() runs"],
    );
    inside(
        &runs,
        &["SELECT nothing()"],
        &["function app.nothing() runs"],
    );
    inside(&runs, &["CALL doing()"], &["procedure app.doing() runs"]);
    inside(
        &runs,
        &["SELECT total(n) FROM generate_series(1, 3) n"],
        &[
            "function app.add(integer, integer) runs",
            "aggregate app.total(integer) runs",
        ],
    );
    inside(
        &runs,
        &["SELECT 1 / plain(0)"],
        &["function app.plain(integer) runs"],
    );
    inside(
        &[ForeignKey],
        &[
            "INSERT INTO parents (id) VALUES (1), (2)",
            "INSERT INTO children (parent, guardian) VALUES (1, 2)",
        ],
        &[
            "foreign key app.children.children_parent_fkey accepts",
            "foreign key app.children.guarded accepts",
        ],
    );
    let family = [
        "INSERT INTO parents (id) VALUES (1), (2)",
        "INSERT INTO children (id, parent, guardian) VALUES (1, 1, 2)",
        "DISCARD PLANS",
        "RESET ALL",
    ];
    let mut with_family = |statement: &'static str, expected: &[&str]| {
        let mut all = vec![
            "foreign key app.children.children_parent_fkey accepts",
            "foreign key app.children.guarded accepts",
        ];
        all.extend(expected);
        all.sort_unstable();
        let script = [&family[..2], &[statement]].concat();
        let mut whole = vec!["BEGIN", "SET LOCAL search_path = app, public"];
        whole.extend(script);
        whole.push("ROLLBACK");
        let mut seen = case.talk.seen(&case.catalog, &[ForeignKey], &whole);
        seen.sort_unstable();
        if seen != all {
            case.wrong
                .push(format!("{statement}: saw {seen:#?} instead of {all:#?}"));
        }
    };
    with_family(
        "DELETE FROM parents WHERE id = 1",
        &["foreign key app.children.children_parent_fkey acts on delete"],
    );
    with_family(
        "UPDATE parents SET id = 9 WHERE id = 1",
        &["foreign key app.children.children_parent_fkey acts on update"],
    );
    with_family(
        "DELETE FROM parents WHERE id = 2",
        &["foreign key app.children.guarded acts on delete"],
    );
    with_family("DELETE FROM children", &[]);
    with_family("SELECT calls_plain() FROM parents WHERE false", &[]);
    with_family(
        "UPDATE parents SET id = 9 WHERE id = 2",
        &["foreign key app.children.guarded rejects"],
    );
    with_family("UPDATE children SET parent = NULL", &[]);

    let mut inside = |kinds: &[Kind], statements: &[&str], expected: &[&str]| {
        let mut script = vec![
            "BEGIN",
            "SET LOCAL search_path = app, public",
            "SELECT no_plan()",
        ];
        script.extend(statements);
        script.push("ROLLBACK");
        case.expect(kinds, &script, expected);
    };
    inside(
        &[ForeignKey],
        &["INSERT INTO children (id, friend) VALUES (1, 1)"],
        &[],
    );
    inside(
        &[ForeignKey],
        &[
            "INSERT INTO children (id, friend) VALUES (1, 1)",
            "SET CONSTRAINTS ALL IMMEDIATE",
        ],
        &["foreign key app.children.befriended accepts"],
    );
    inside(
        &[ForeignKey],
        &[
            "INSERT INTO children (id, friend) VALUES (1, 2)",
            "SET CONSTRAINTS befriended IMMEDIATE",
        ],
        &["foreign key app.children.befriended rejects"],
    );
    inside(
        &[UniqueKey],
        &["INSERT INTO children (rank) VALUES (1)"],
        &["unique key app.children.ranked accepts"],
    );
    inside(
        &[UniqueKey],
        &[
            "SET CONSTRAINTS ALL DEFERRED",
            "INSERT INTO children (rank) VALUES (1)",
        ],
        &[],
    );
    inside(
        &[UniqueKey],
        &["INSERT INTO children (rank) VALUES (1), (1)"],
        // The first one was let through: such a key is judged row by row at the statement's end.
        &[
            "unique key app.children.ranked accepts",
            "unique key app.children.ranked rejects",
        ],
    );
    inside(
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
    );
    inside(
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
    );
    inside(
        &[Check],
        &["DO $$ BEGIN PERFORM 101::percent; EXCEPTION WHEN check_violation THEN NULL; END $$"],
        &["check app.percent.percent_range rejects"],
    );
    inside(&[Policy], &["SELECT * FROM owned"], &[]);
    inside(
        &[Policy],
        &[
            "INSERT INTO owned VALUES ('app_reader'), ('other')",
            "SET ROLE app_reader",
            "SELECT * FROM owned WHERE owner = 'app_reader'",
            "RESET ROLE",
        ],
        &["policy app.owned.own_rows admits"],
    );
    inside(
        &[Policy],
        &[
            "INSERT INTO owned VALUES ('other')",
            "SET ROLE app_reader",
            "SELECT * FROM owned",
            "RESET ROLE",
        ],
        &["policy app.owned.own_rows refuses"],
    );
    inside(
        &[Policy],
        &[
            "SET ROLE app_reader",
            "SELECT throws_ok($$INSERT INTO owned VALUES ('other')$$, '42501')",
        ],
        &["policy app.owned.own_rows refuses"],
    );
    // What a test makes itself is nobody's.
    inside(
        &[Check, Column, Domain],
        &[
            "CREATE TABLE mine (a int NOT NULL CHECK (a > 0))",
            "INSERT INTO mine VALUES (1)",
        ],
        &[],
    );
    assert!(case.wrong.is_empty(), "{}", case.wrong.join("\n"));
}
