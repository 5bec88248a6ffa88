//! The table of what pgTAP's functions state, against the pgTAP that comes with the tool.

use std::collections::BTreeSet;

use pgassay::coverage::{silent_functions, statements};
use pgassay::database::{Telling, let_pgtap_tell};

use crate::place::Place;

const OVERLOADS: &str = "
    SELECT p.proname, p.proname || '(' || array_to_string(ARRAY(
               SELECT format_type(u.type, NULL) FROM unnest(p.proargtypes) WITH ORDINALITY AS u (type, place)
                ORDER BY place), ',') || ')',
           p.prosrc LIKE '%pg_assay.%', p.provolatile
      FROM pg_depend d
      JOIN pg_extension e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND d.deptype = 'e'
      JOIN pg_proc p ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid
     WHERE e.extname = 'pgtap' AND p.prokind = 'f' ORDER BY 2";

#[test]
fn every_function_of_pgtap_is_in_the_table_or_in_a_list_of_those_that_state_nothing() {
    let Some(place) = Place::new() else {
        return;
    };
    let mut connection = place.database_with_pgtap("t", "public");
    let telling = let_pgtap_tell(&mut connection).unwrap();
    assert_eq!(telling.unknown, Vec::<String>::new());
    let again = let_pgtap_tell(&mut connection).unwrap();
    assert_eq!(again, Telling::default(), "all of them tell already");

    let rows = connection.rows(OVERLOADS).unwrap();
    let cell = |row: &[Option<String>], at: usize| row[at].clone().unwrap();
    let structural: BTreeSet<&str> = statements().iter().map(|row| row.function).collect();
    let stated: BTreeSet<String> = statements()
        .iter()
        .flat_map(|row| {
            row.shapes
                .iter()
                .map(|it| format!("{}({})", row.function, it.types()))
        })
        .collect();
    let there: BTreeSet<String> = rows
        .iter()
        .filter(|row| structural.contains(&*cell(row, 0)))
        .map(|row| cell(row, 1))
        .collect();
    let missing: Vec<&String> = there.difference(&stated).collect();
    let absent: Vec<&String> = stated.difference(&there).collect();
    assert_eq!(
        (missing, absent),
        (vec![], vec![]),
        "not in the table, only in the table"
    );

    let names: BTreeSet<String> = rows.iter().map(|row| cell(row, 0)).collect();
    let names: BTreeSet<&str> = names
        .iter()
        .map(String::as_str)
        .filter(|it| !it.starts_with('_'))
        .collect();
    let known: BTreeSet<&str> = structural
        .iter()
        .copied()
        .chain(silent_functions())
        .collect();
    assert_eq!(known, names);

    let tells: BTreeSet<String> = rows
        .iter()
        .filter(|row| cell(row, 2) == "t")
        .map(|row| cell(row, 0))
        .collect();
    let dumb: Vec<&&str> = structural
        .iter()
        .filter(|it| !tells.contains(**it))
        .collect();
    assert_eq!(dumb, Vec::<&&str>::new(), "no overload of it tells");
    for row in rows.iter().filter(|row| cell(row, 2) == "t") {
        assert_eq!(
            cell(row, 3),
            "v",
            "{}: inlining would depend on what is called",
            cell(row, 1)
        );
    }
    eprintln!(
        "{} overloads of {} functions; {} bodies tell",
        stated.len(),
        structural.len(),
        telling.told
    );
}

#[test]
fn pgtap_tells_in_an_open_transaction_too_and_event_triggers_hear_nothing_of_it() {
    let Some(place) = Place::new() else {
        return;
    };
    let mut connection = place.database_with_pgtap("t", "public");
    connection
        .execute(
            "CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''no''; END';
             CREATE EVENT TRIGGER refuse ON ddl_command_start EXECUTE FUNCTION refuse();
             SET search_path = nowhere",
        )
        .unwrap();
    connection.execute("BEGIN").unwrap();
    let settings = "SELECT string_agg(name || '=' || setting, ' ' ORDER BY name) FROM pg_settings
                     WHERE context IN ('user', 'superuser')";
    let before = connection.value(settings).unwrap();
    let telling = let_pgtap_tell(&mut connection).unwrap();
    assert!(
        telling.told > 400 && telling.unknown.is_empty(),
        "{telling:?}"
    );
    let after = connection.value(settings).unwrap();
    assert!(after == before, "{after:?}");
    connection.execute("ROLLBACK").unwrap();
    let again = let_pgtap_tell(&mut connection).unwrap();
    assert_eq!(again, telling, "it was rolled back");
    let after = connection.value(settings).unwrap();
    assert!(after == before, "{after:?}");
}

#[test]
fn pgtap_as_plain_functions_among_others_tells_and_the_others_are_nobodys_business() {
    let Some(place) = Place::new() else {
        return;
    };
    let mut connection = place.database_with_pgtap("t", "public");
    connection
        .execute(
            "SET allow_system_table_mods = on;
             DELETE FROM pg_depend WHERE refclassid = 'pg_extension'::regclass
                AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'pgtap');
             DELETE FROM pg_extension WHERE extname = 'pgtap';
             CREATE FUNCTION mine() RETURNS text LANGUAGE sql AS 'SELECT 1; SELECT 2::text';
             CREATE FUNCTION has_table(integer) RETURNS text LANGUAGE sql AS 'SELECT 1; SELECT 2::text'",
        )
        .unwrap();
    let telling = let_pgtap_tell(&mut connection).unwrap();
    assert!(telling.told > 400, "{telling:?}");
    assert_eq!(telling.unknown, ["has_table(integer)"]);
}
