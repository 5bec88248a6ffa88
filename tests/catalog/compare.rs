use pgassay::catalog::{Difference, differences, read};
use pgassay::database::bundled_pgtap;

use crate::ground::{Ground, run};

fn shown(difference: &Difference) -> String {
    match difference {
        Difference::Added(name) => format!("+ {name}"),
        Difference::Removed(name) => format!("- {name}"),
        Difference::Changed {
            name,
            property,
            before,
            after,
        } => format!("~ {name}: {property}: {before:?} -> {after:?}"),
    }
}

#[test]
fn each_change_of_a_schema_is_one_difference() {
    let Some(ground) = Ground::new() else { return };
    let mut connection = ground.everything();
    let before = read(&mut connection, &bundled_pgtap()).unwrap();
    connection
        .execute(
            "ALTER TABLE app.policies ALTER note SET DEFAULT 'new';
             ALTER TABLE app.policies ALTER kind DROP DEFAULT;
             ALTER TABLE app.policies DROP CONSTRAINT policies_kind_check;
             REVOKE UPDATE ON app.policies FROM writers;
             GRANT SELECT ON app.policies TO PUBLIC;
             ALTER FUNCTION app.f() STABLE;
             ALTER TYPE app.kind ADD VALUE 'plane';
             CREATE SEQUENCE app.fresh;
             GRANT keeper TO writers",
        )
        .unwrap();
    let after = read(&mut connection, &bundled_pgtap()).unwrap();
    let found: Vec<String> = differences(&before, &after).iter().map(shown).collect();
    let expected = [
        r#"~ table app.policies: privileges of PUBLIC: None -> Some("SELECT")"#.to_owned(),
        "~ table app.policies: privileges of writers: Some(\"SELECT WITH GRANT OPTION, INSERT WITH GRANT OPTION, UPDATE \
         WITH GRANT OPTION\") -> Some(\"SELECT WITH GRANT OPTION, INSERT WITH GRANT OPTION\")"
            .to_owned(),
        r#"~ column app.policies.kind: default: Some("'car'::app.kind") -> None"#.to_owned(),
        r#"~ column app.policies.note: default: None -> Some("'new'::text")"#.to_owned(),
        "- check app.policies.policies_kind_check".to_owned(),
        "+ sequence app.fresh".to_owned(),
        r#"~ function app.f(): volatility: Some("volatile") -> Some("stable")"#.to_owned(),
        r#"~ enum app.kind: labels: Some("'car', 'it''s', 'boat', 'home'") -> Some("'car', 'it''s', 'boat', 'home', 'plane'")"#.to_owned(),
        r#"~ role writers: membership in keeper: None -> Some("set")"#.to_owned(),
    ];
    assert_eq!(found, expected);
    let back: Vec<String> = differences(&after, &before).iter().map(shown).collect();
    assert_eq!(back.len(), found.len());
    assert!(differences(&after, &after).is_empty());
}

/// Databases whose schemas were made alike have no differences, though all of their numbers are different.
#[test]
fn the_same_script_makes_the_same_catalog_in_another_database() {
    let Some(ground) = Ground::new() else { return };
    let mut first = ground.database("first");
    let mut second = ground.database("second");
    second
        .execute("CREATE TABLE passing (a integer); DROP TABLE passing")
        .unwrap();
    for connection in [&mut first, &mut second] {
        run(connection, "catalog/tables.sql");
    }
    let read = |connection| read(connection, &bundled_pgtap()).unwrap();
    let (first, second) = (read(&mut first), read(&mut second));
    assert!(first.objects().len() > 10);
    assert_eq!(differences(&first, &second), []);
    assert_ne!(first.objects(), second.objects());
}
