//! Every type that the server has by itself, and arrays of each.

use postgres::Client;

use crate::examples::{EXAMPLES, TAKEN_BY_NONE};
use crate::site::{As, Site};

/// The base types, ranges and multiranges of a server, but for arrays.
fn types(client: &mut Client) -> Vec<(String, bool)> {
    let query = "SELECT typname::text, typarray <> 0 FROM pg_type t
                  WHERE typnamespace = 'pg_catalog'::regnamespace AND typtype IN ('b', 'r', 'm')
                    AND NOT EXISTS (SELECT FROM pg_type e WHERE e.typarray = t.oid)
                  ORDER BY 1";
    let rows = client.query(query, &[]).unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1))).collect()
}

#[test]
fn every_type_of_the_server_comes_back_as_it_was() {
    let Some(site) = Site::new(&[]) else {
        return;
    };
    let mut tables = "CREATE SCHEMA corners;
        CREATE TYPE corners.mood AS ENUM ('sad', 'glad');
        CREATE TABLE corners.\"Odd \"\"name\"\"\" ();\n"
        .to_owned();
    let mut rows = String::new();
    let known = types(&mut site.client("postgres"));
    assert!(known.len() > 70, "{known:?}");
    for (name, has_array) in &known {
        if TAKEN_BY_NONE.contains(&name.as_str()) {
            continue;
        }
        let example = EXAMPLES.iter().find(|(known, _)| known == name);
        let Some((_, values)) = example else {
            panic!("there is no example of a value of type {name}");
        };
        let arrays = if *has_array {
            format!(", several pg_catalog.\"{name}\"[]")
        } else {
            String::new()
        };
        tables.push_str(&format!(
            "CREATE TABLE corners.\"{name}\" (id int PRIMARY KEY, value pg_catalog.\"{name}\"{arrays});
             CREATE TABLE corners.\"{name} without a key\" (value pg_catalog.\"{name}\");\n"
        ));
        let cast = |value: &str| format!("CAST({value} AS pg_catalog.\"{name}\")");
        for (id, value) in values.iter().enumerate() {
            let value = cast(value);
            let several = if *has_array {
                format!(", ARRAY[{value}, NULL, {value}]")
            } else {
                String::new()
            };
            rows.push_str(&format!(
                "INSERT INTO corners.\"{name}\" VALUES ({id}, {value}{several});
                 INSERT INTO corners.\"{name} without a key\" VALUES ({value});\n"
            ));
        }
        rows.push_str(&format!(
            "INSERT INTO corners.\"{name}\" (id) VALUES (-1);
             INSERT INTO corners.\"{name} without a key\" VALUES (NULL), (NULL);\n"
        ));
        if *has_array {
            rows.push_str(&format!(
                "INSERT INTO corners.\"{name}\" (id, several) VALUES (-2, '{{}}'), (-3, ARRAY[NULL, NULL]::pg_catalog.\"{name}\"[]);\n"
            ));
        }
    }
    site.project.write("migrations/V1__types.sql", &tables);
    for (whose, from, to) in [(As::Superuser, "one", "two"), (As::Owner, "three", "four")] {
        site.migrated(from, whose);
        site.migrated(to, whose);
        site.execute(from, &rows);
        // What the session and the database are set to does not matter.
        site.execute(
            "postgres",
            &format!(
                "ALTER DATABASE {from} SET datestyle = 'German, DMY'; ALTER DATABASE {from} SET extra_float_digits = -5;
                 ALTER DATABASE {from} SET bytea_output = 'escape'; ALTER DATABASE {from} SET intervalstyle = 'sql_standard';
                 ALTER DATABASE {from} SET timezone = 'Asia/Kolkata'; ALTER DATABASE {from} SET search_path = corners, pg_catalog;
                 ALTER DATABASE {to} SET datestyle = 'SQL, MDY'; ALTER DATABASE {to} SET intervalstyle = 'iso_8601';
                 ALTER DATABASE {to} SET timezone = 'America/New_York'; ALTER DATABASE {to} SET xmloption = 'document';
                 ALTER DATABASE {to} SET client_encoding = 'LATIN1'; ALTER DATABASE {from} SET quote_all_identifiers = on"
            ),
        );
        let file = format!("{from}.snapshot");
        let saved = site.save(from, whose, &file);
        site.load(to, whose, &file);
        let (was, is) = (site.state(from), site.state(to));
        for (was, is) in was.iter().zip(&is) {
            assert_eq!(was, is);
        }
        assert_eq!(was.len(), is.len());
        let again = site.save(to, whose, "again.snapshot");
        assert!(saved == again, "the same rows are other bytes");
    }
}

#[test]
fn types_that_are_left_out_take_no_value_as_text() {
    let Some(site) = Site::new(&[]) else {
        return;
    };
    let mut client = site.client("postgres");
    for (name, _) in types(&mut client) {
        if TAKEN_BY_NONE.contains(&name.as_str()) {
            let refused = client.batch_execute(&format!("SELECT ''::pg_catalog.\"{name}\""));
            let error = refused.unwrap_err();
            let message = error.as_db_error().unwrap().message().to_owned();
            let is_none = ["cannot accept a value", "not implemented"];
            let is_none = is_none.iter().any(|words| message.contains(words));
            assert!(is_none, "{name}: {message}");
        }
    }
}
