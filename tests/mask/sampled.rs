use std::collections::BTreeSet;

use fastrand::Rng;
use pgassay::session::Connection;
use pgassay::snapshot::sample::{Filter, Sample};
use pgassay::snapshot::{Reference, Table, TableName};

use crate::ground::{Ground, name, table};
use crate::model::Model;

/// The numbers of the rows of each table that meet a sample's condition.
fn kept(connection: &mut Connection, sample: &Sample, tables: &[Table]) -> Vec<BTreeSet<usize>> {
    sample.prepare(connection).unwrap();
    connection
        .execute("BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        .unwrap();
    sample.fill(connection).unwrap();
    let of_table = |table: &Table| {
        let condition = sample.condition(&table.name);
        let only = if table.is_partitioned { "" } else { "ONLY" };
        let sql = format!(
            "SELECT id FROM {only} {} WHERE {}",
            table.name.to_sql(),
            condition.as_deref().unwrap_or("true")
        );
        let rows = connection.rows(&sql).unwrap();
        let ids = rows
            .iter()
            .map(|row| row[0].as_ref().unwrap().parse().unwrap());
        ids.collect()
    };
    tables.iter().map(of_table).collect()
}

#[test]
fn a_sample_is_what_trying_every_row_finds() {
    let Some(ground) = Ground::new() else { return };
    let mut told = 0;
    for seed in 0..150 {
        let mut rng = Rng::with_seed(seed);
        let model = Model::random(&mut rng, format!("s{seed}"));
        let mut connection = ground.connection();
        connection
            .execute(&model.sql())
            .unwrap_or_else(|error| panic!("seed {seed}: {error}\n{}", model.sql()));
        let tables = model.tables();
        let sample = Sample::new(&tables, &model.references(), &model.filters()).unwrap();
        let found = kept(&mut connection, &sample, &tables);
        assert_eq!(
            found,
            model.kept(),
            "seed {seed}:\n{}\n{:?}",
            model.sql(),
            model.filters()
        );
        told += usize::from(found.iter().any(|it| !it.is_empty()));
    }
    assert!(told > 100, "{told} samples have rows");
}

fn refers(from: &str, column: &str, to: &str) -> Reference {
    Reference {
        name: format!("{from}_{column}_fkey"),
        from: name("app", from),
        columns: vec![column.into()],
        to: name("app", to),
        to_columns: vec!["id".into()],
        operators: vec!["=".into()],
        is_valid: true,
        is_full: false,
    }
}

fn filter(table: &str, condition: &str) -> Filter {
    Filter {
        table: name("app", table),
        condition: condition.into(),
        said_at: "pgassay.toml:7:1".into(),
        handed_down: None,
    }
}

#[test]
fn a_long_chain_is_kept_to_its_end() {
    let Some(ground) = Ground::new() else { return };
    let mut connection = ground.connection();
    connection
        .execute(
            "CREATE SCHEMA app;
             CREATE TABLE app.nodes (id integer PRIMARY KEY, parent integer REFERENCES app.nodes);
             INSERT INTO app.nodes SELECT n, nullif(n - 1, 0) FROM generate_series(1, 400) AS n;
             CREATE TABLE app.notes (id integer PRIMARY KEY, node integer REFERENCES app.nodes, reply_to integer REFERENCES app.notes);
             INSERT INTO app.notes SELECT n, n, nullif(n - 1, 0) FROM generate_series(1, 400) AS n",
        )
        .unwrap();
    let tables = [
        table(name("app", "nodes"), Vec::new()),
        table(name("app", "notes"), Vec::new()),
    ];
    let references = [
        refers("nodes", "parent", "nodes"),
        refers("notes", "node", "nodes"),
        refers("notes", "reply_to", "notes"),
    ];
    let sample = Sample::new(&tables, &references, &[filter("nodes", "id = 300")]).unwrap();
    let found = kept(&mut connection, &sample, &tables);
    assert_eq!(found[0], (1..=300).collect());
    assert_eq!(found[1], (1..=300).collect());
}

#[test]
fn rows_of_tables_that_inherit_are_none_of_the_parents() {
    let Some(ground) = Ground::new() else { return };
    let mut connection = ground.connection();
    connection
        .execute(
            "CREATE SCHEMA app;
             CREATE TABLE app.parents (id integer);
             CREATE TABLE app.children () INHERITS (app.parents);
             INSERT INTO app.parents SELECT generate_series(1, 10);
             INSERT INTO app.children SELECT generate_series(1, 10)",
        )
        .unwrap();
    let tables = [
        table(name("app", "parents"), Vec::new()),
        table(name("app", "children"), Vec::new()),
    ];
    let sample = Sample::new(&tables, &[], &[filter("parents", "parents.id > 7")]).unwrap();
    let found = kept(&mut connection, &sample, &tables);
    assert_eq!(found[0], (8..=10).collect());
    assert_eq!(found[1].len(), 10);
    assert_eq!(sample.condition(&name("app", "children")), None);
}

/// What is said of filters, one after the other, of a table `app.users` with a column `id`.
fn said(ground: &Ground, condition: &str) -> String {
    let mut connection = ground.connection();
    let tables = [table(name("app", "users"), Vec::new())];
    let sample = match Sample::new(&tables, &[], &[filter("users", condition)]) {
        Ok(sample) => sample,
        Err(problems) => return problems[0].to_string(),
    };
    sample.prepare(&mut connection).unwrap();
    connection.execute("BEGIN READ ONLY").unwrap();
    let told = sample.fill(&mut connection).unwrap_err().to_string();
    let users = ground
        .connection()
        .value("SELECT count(*) FROM app.users")
        .unwrap();
    assert_eq!(users.as_deref(), Some("3"), "{condition}");
    told
}

#[test]
fn a_filter_that_fails_is_told_with_its_setting_and_can_be_nothing_but_a_condition() {
    let Some(ground) = Ground::new() else { return };
    ground
        .connection()
        .execute(
            "CREATE SCHEMA app;
             CREATE TABLE app.users (id integer);
             INSERT INTO app.users SELECT generate_series(1, 3);
             CREATE FUNCTION app.clear() RETURNS boolean LANGUAGE sql AS 'DELETE FROM app.users; SELECT true'",
        )
        .unwrap();
    let mut all = String::new();
    for condition in [
        "nam = 'ada'",
        "id",
        "id = 1; DELETE FROM app.users",
        "true) OR (true",
        "id < $1",
        "'open",
        "id = 1 /* open",
        "app.clear()",
        "1 / (id - 2) > 0",
    ] {
        all.push_str(&format!("{condition}\n=> {}\n\n", said(&ground, condition)));
    }
    insta::assert_snapshot!("filters_that_fail", all);
}

#[test]
fn a_filter_for_a_table_that_is_not_saved_is_refused_with_the_one_that_was_meant() {
    let tables = [table(name("app", "users"), Vec::new())];
    let refused = |table: TableName| {
        let filter = Filter {
            table,
            condition: "true".into(),
            said_at: "pgassay.toml:7:1".into(),
            handed_down: None,
        };
        Sample::new(&tables, &[], &[filter]).unwrap_err()[0].to_string()
    };
    assert_eq!(
        refused(name("app", "user")),
        "pgassay.toml:7:1: \"app.user\" is no table that is saved; did you mean \"app.users\"?"
    );
    assert_eq!(
        refused(name("shop", "orders")),
        "pgassay.toml:7:1: \"shop.orders\" is no table that is saved"
    );
}
