use pgassay::catalog::{Address, Catalog, Class, Kind, Object, ObjectName, Property, read};
use pgassay::database::bundled_pgtap;
use pgassay::session::Connection;

use crate::ground::Ground;
use crate::listing::listing;

fn oid(connection: &mut Connection, sql: &str) -> u32 {
    let value = connection.value(&format!("SELECT ({sql})::oid")).unwrap();
    value.unwrap().parse().unwrap()
}

fn shown(object: Option<&Object>) -> String {
    object.map_or_else(|| "nothing".into(), |object| object.name.to_string())
}

#[test]
fn objects_are_found_by_name_by_address_and_by_what_an_error_tells() {
    let Some(ground) = Ground::new() else { return };
    let mut connection = ground.everything();
    let catalog = read(&mut connection, &bundled_pgtap()).unwrap();
    let relation = oid(&mut connection, "'app.policies'::regclass");
    let column = catalog.at(Address::of_column(relation, 3));
    assert_eq!(shown(column), "column app.policies.kind");
    let by_name = ObjectName::part(Kind::Column, "app", "policies", "kind");
    assert_eq!(catalog.get(&by_name), column);
    let function = oid(&mut connection, "'app.f(integer)'::regprocedure");
    let function = catalog.at(Address::new(Class::Routine, function));
    assert_eq!(shown(function), "function app.f(integer)");
    let overloads = catalog.named(Kind::Function, Some("app"), "f");
    let signatures: Vec<_> = overloads.map(|it| it.name.signature.as_deref()).collect();
    let expected = [Some(""), Some("integer"), Some("integer, text, app.kind[]")];
    assert_eq!(signatures, expected);
    let index = catalog
        .named(Kind::Index, Some("app"), "policies_few")
        .next();
    assert_eq!(index.unwrap().relation(), Some(("app", "policies")));
    for (relation, constraint, expected) in [
        ("policies", "alone", "exclusion app.policies.alone"),
        (
            "policies",
            "policies_pkey",
            "primary key app.policies.policies_pkey",
        ),
        ("policies", "policies_few", "index app.policies_few"),
        (
            "amount",
            "amount_positive",
            "check app.amount.amount_positive",
        ),
        ("clients", "alone", "nothing"),
    ] {
        let found = catalog.constraint("app", relation, constraint);
        assert_eq!(shown(found), expected);
    }
    let parts = catalog.parts_of("app", "clients");
    let parts: Vec<String> = parts
        .filter(|it| it.name.kind != Kind::NotNull)
        .map(|it| it.name.to_string())
        .collect();
    let expected = [
        "column app.clients.home",
        "column app.clients.id",
        "column app.clients.name",
        "column app.clients.nick",
        "primary key app.clients.clients_pkey",
        "unique key app.clients.clients_name_nick_key",
        "index app.clients_name_nick_key",
        "index app.clients_pkey",
        "rule app.clients.no_deletes",
    ];
    assert_eq!(parts, expected);
}

/// The server makes a copy of the foreign key for each partition that is referred to, and errors tell of the copy.
#[test]
fn an_error_about_a_partition_that_is_referred_to_leads_to_the_foreign_key() {
    let Some(ground) = Ground::new() else { return };
    let mut connection = ground.everything();
    connection
        .execute(
            "INSERT INTO app.events VALUES ('2020-05-01', 'x'), ('2022-01-01', 'y');
             INSERT INTO app.day_notes VALUES ('2020-05-01'), ('2022-01-01');
             CREATE FUNCTION told(day date) RETURNS text LANGUAGE plpgsql AS $$
             DECLARE name text;
             BEGIN
                 DELETE FROM app.events e WHERE e.day = told.day;
             EXCEPTION WHEN foreign_key_violation THEN
                 GET STACKED DIAGNOSTICS name = CONSTRAINT_NAME;
                 RETURN name;
             END $$",
        )
        .unwrap();
    let catalog = read(&mut connection, &bundled_pgtap()).unwrap();
    for day in ["2020-05-01", "2022-01-01"] {
        let told = connection.value(&format!("SELECT told('{day}')")).unwrap();
        let told = told.unwrap();
        assert_ne!(told, "day_notes_day_fkey");
        let found = catalog.constraint("app", "day_notes", &told);
        let expected = "foreign key app.day_notes.day_notes_day_fkey";
        assert_eq!(shown(found), expected, "{told}");
    }
}

#[test]
fn names_properties_and_whole_catalogs_survive_json() {
    let Some(ground) = Ground::new() else { return };
    let mut connection = ground.everything();
    let catalog = read(&mut connection, &bundled_pgtap()).unwrap();
    let text = serde_json::to_string(&catalog).unwrap();
    let again: Catalog = serde_json::from_str(&text).unwrap();
    assert_eq!(catalog.objects(), again.objects());
    let object = &catalog.objects()[catalog.objects().len() / 2];
    assert_eq!(again.at(object.address), Some(object));
    let found =
        |catalog: &Catalog| shown(catalog.constraint("app", "day_notes", "day_notes_day_fkey"));
    assert_eq!(found(&catalog), found(&again));
    for object in catalog.objects() {
        for property in object.statable() {
            assert_eq!(property.to_string().parse::<Property>().unwrap(), *property);
        }
    }
}

#[test]
fn every_kind_stands_in_the_sample() {
    let Some(ground) = Ground::new() else { return };
    let mut connection = ground.everything();
    let catalog = read(&mut connection, &bundled_pgtap()).unwrap();
    let has = |kind: Kind| catalog.objects().iter().any(|it| it.name.kind == kind);
    let missing: Vec<&Kind> = Kind::ALL.iter().filter(|kind| !has(**kind)).collect();
    let expected: &[&Kind] = match ground.major {
        17.. => &[],
        15.. => &[&Kind::NotNull],
        _ => &[&Kind::NotNull, &Kind::Tablespace],
    };
    assert_eq!(missing, expected);
    let mut names: Vec<_> = catalog
        .objects()
        .iter()
        .map(|it| it.name.to_string())
        .collect();
    names.sort();
    let all = names.len();
    names.dedup();
    assert_eq!(names.len(), all, "two objects have one name");
}

#[test]
fn what_is_read_depends_neither_on_the_session_nor_on_its_transaction() {
    let Some(ground) = Ground::new() else { return };
    let mut connection = ground.everything();
    let plain = listing(&read(&mut connection, &bundled_pgtap()).unwrap());
    connection
        .execute(
            "SET search_path = app, public; SET quote_all_identifiers = on; SET datestyle = 'German';
             SET timezone = 'Asia/Tokyo'; SET intervalstyle = 'iso_8601'; BEGIN; CREATE TABLE app.open ()",
        )
        .unwrap();
    let within = read(&mut connection, &bundled_pgtap()).unwrap();
    let open = ObjectName::in_schema(Kind::Table, "app", "open");
    assert!(within.get(&open).is_some());
    let still = connection
        .value("SELECT current_setting('search_path') || current_setting('timezone') || count(*) FROM app.open")
        .unwrap();
    assert_eq!(still.as_deref(), Some("app, publicAsia/Tokyo0"));
    connection.execute("ROLLBACK").unwrap();
    let again = listing(&read(&mut connection, &bundled_pgtap()).unwrap());
    assert_eq!(plain, again);
}

#[test]
fn pgtap_is_left_out_however_it_came() {
    let Some(ground) = Ground::new() else { return };
    let pgtap = bundled_pgtap();
    let mut connection = ground.database("without");
    connection
        .execute(
            "CREATE SCHEMA app; CREATE FUNCTION app.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        )
        .unwrap();
    let without = listing(&read(&mut connection, &pgtap).unwrap());
    assert!(without.contains("function app.mine()"));
    for (database, schema, plain) in [
        ("a", "tap", false),
        ("b", "tap", true),
        ("c", "public", false),
        ("d", "public", true),
        ("e", "app", false),
        ("f", "app", true),
    ] {
        let mut connection = ground.database(database);
        connection
            .execute("CREATE SCHEMA app; CREATE FUNCTION app.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'")
            .unwrap();
        if plain {
            // As with a role that may not enter it as an extension, or by a script of the project's.
            let make = format!("CREATE SCHEMA IF NOT EXISTS {schema}; SET search_path = {schema}");
            connection.execute(&make).unwrap();
            connection.execute(&pgtap.sql).unwrap();
        } else {
            pgtap.install(&mut connection, schema).unwrap();
        }
        let with = listing(&read(&mut connection, &pgtap).unwrap());
        assert_eq!(with, without, "in {schema}, plain: {plain}");
    }
}
