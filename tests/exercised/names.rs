//! What objects do is seen whatever they are called.

use pgassay::catalog::Kind::{
    Check, Column, ForeignKey, Function, Index, Policy, Role, Table, Trigger, UniqueKey,
};
use pgassay::catalog::ObjectName;
use pgassay::script::quote_identifier;

use crate::behaviours::inside;
use crate::place::Place;

const ODD: [&str; 15] = [
    "with \"quotes\"",
    "it's",
    "two words",
    "a;b",
    ";",
    "100%s %L",
    "back\\slash",
    "Upper",
    "é☃",
    "a_name_of_sixty_three_bytes_is_as_long_as_the_server_lets_it_be",
    "$1",
    "{a,b}",
    "select",
    "f(x)",
    "a!.;b",
];

/// A schema of its own for a name, whose objects are called so, and one that refers to it.
fn schema(at: usize, name: &str) -> String {
    let name = quote_identifier(name);
    format!(
        "CREATE ROLE {name};
         CREATE SCHEMA {name};
         CREATE SCHEMA other_{at};
         GRANT USAGE ON SCHEMA {name}, other_{at} TO {name};
         CREATE TABLE {name}.{name} ({name} int PRIMARY KEY DEFAULT 7 CONSTRAINT {name} CHECK ({name} > 0));
         GRANT ALL ON {name}.{name} TO {name};
         ALTER TABLE {name}.{name} ENABLE ROW LEVEL SECURITY;
         CREATE POLICY {name} ON {name}.{name} USING ({name} < 100);
         CREATE FUNCTION {name}.{name}() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
         CREATE TRIGGER {name} BEFORE INSERT ON {name}.{name} FOR EACH ROW EXECUTE FUNCTION {name}.{name}();
         CREATE TABLE other_{at}.f ({name} int CONSTRAINT {name} REFERENCES {name}.{name} ON DELETE CASCADE);
         CREATE TABLE other_{at}.u ({name} int CONSTRAINT {name} UNIQUE);
         CREATE SCHEMA third_{at};
         CREATE TABLE third_{at}.{quoted} ({name} int);
         CREATE UNIQUE INDEX {name} ON third_{at}.{quoted} (({name} + 1));",
        quoted = quote_identifier(&format!("of {at};\"")),
    )
}

#[test]
fn what_objects_with_odd_names_do_is_seen() {
    let Some(place) = Place::new() else {
        return;
    };
    let schemas: Vec<String> = ODD
        .iter()
        .enumerate()
        .map(|(at, name)| schema(at, name))
        .collect();
    let (catalog, exercising) = place.telling_database("odd", &schemas.join("\n"));
    assert_eq!(exercising.unseen, []);
    let mut session = place.watched("odd", &catalog);
    let kinds = [
        Check, Column, ForeignKey, Function, Index, Policy, Table, Trigger, UniqueKey,
    ];
    for (at, name) in ODD.iter().enumerate() {
        let quoted = quote_identifier(name);
        let script = [
            format!("SET LOCAL ROLE {quoted}"),
            format!("INSERT INTO {quoted}.{quoted} DEFAULT VALUES"),
            "RESET ROLE".to_owned(),
            format!("INSERT INTO other_{at}.f VALUES (7)"),
            format!("DELETE FROM {quoted}.{quoted}"),
            format!("INSERT INTO other_{at}.u VALUES (1)"),
            format!(
                "INSERT INTO third_{at}.{} VALUES (1)",
                quote_identifier(&format!("of {at};\""))
            ),
            format!("SELECT throws_ok($pg$INSERT INTO {quoted}.{quoted} VALUES (0)$pg$, '23514')"),
        ];
        let script: Vec<&str> = script.iter().map(String::as_str).collect();
        let mut seen = session.seen(&catalog, &kinds, &inside(&script));
        seen.retain(|it| !it.ends_with(" is scanned"));
        let shown = ObjectName::new(Role, *name).to_string();
        let shown = shown.strip_prefix("role ").unwrap();
        let path = format!("{shown}.{shown}");
        let mut expected = vec![
            format!("check {path}.{shown} accepts"),
            format!("check {path}.{shown} rejects"),
            format!("column {path}.{shown} accepts"),
            format!("column {path}.{shown} produces"),
            format!("foreign key other_{at}.f.{shown} accepts"),
            format!("foreign key other_{at}.f.{shown} acts on delete"),
            format!("function {path}() runs"),
            format!("index third_{at}.{shown} accepts"),
            format!("policy {path}.{shown} admits"),
            format!("table {path} allows INSERT to {name}"),
            format!("trigger {path}.{shown} fires on insert"),
            format!("unique key other_{at}.u.{shown} accepts"),
        ];
        expected.sort_unstable();
        assert_eq!(seen, expected, "{name}");
    }
}

/// Lists of what is told have semicolons between their items.
#[test]
fn a_name_that_holds_another_with_semicolons_around_it_does_not_stand_for_it() {
    let Some(place) = Place::new() else {
        return;
    };
    let (catalog, _) = place.telling_database(
        "lists",
        "CREATE TABLE t (a int);
         CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
         DO $$
         BEGIN
             EXECUTE format('CREATE TRIGGER %I BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()',
                            'a;' || 't'::regclass::oid || 'INSERTb');
         END $$;
         CREATE TRIGGER b BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();
         CREATE ROLE lists; CREATE ROLE \"x;lists;y\"; CREATE ROLE \"x;INSERT lists;y\";
         GRANT INSERT, TRUNCATE ON t TO lists, \"x;lists;y\", \"x;INSERT lists;y\"",
    );
    let mut session = place.watched("lists", &catalog);
    let seen = session.seen(
        &catalog,
        &[Trigger],
        &inside(&["INSERT INTO public.t VALUES (1)"]),
    );
    assert_eq!(seen.len(), 2, "{seen:?}");
    assert!(
        seen.contains(&"trigger public.t.b fires on insert".to_owned()),
        "{seen:?}"
    );
    let script = [
        "SET ROLE \"x;INSERT lists;y\"",
        "INSERT INTO public.t VALUES (1)",
        "SET ROLE lists",
        "INSERT INTO public.t VALUES (1)",
        "SET ROLE \"x;lists;y\"",
        "TRUNCATE public.t",
        "SET ROLE lists",
        "TRUNCATE public.t",
    ];
    let seen = session.seen(&catalog, &[Table], &inside(&script));
    assert_eq!(
        seen,
        [
            "table public.t allows INSERT to lists",
            "table public.t allows INSERT to x;INSERT lists;y",
            "table public.t allows TRUNCATE to lists",
            "table public.t allows TRUNCATE to x;lists;y",
        ]
    );
}
