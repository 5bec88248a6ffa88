use pgassay::snapshot::mask::{Masking, Rule, personal_columns, questions};
use pgassay::snapshot::{Reference, Table, Values};

use crate::ground::{Ground, column, copy_in, copy_out, key, masked, name, rule, table};

/// Customers, their orders, and who was told of them; in a schema of this name.
fn schema(schema: &str) -> String {
    format!(
        "CREATE SCHEMA {schema};
         CREATE TABLE {schema}.customers (
             id bigint PRIMARY KEY,
             email text NOT NULL UNIQUE,
             name varchar(40) NOT NULL,
             tax_id varchar(11) UNIQUE,
             born date CHECK (born > '1900-01-01'),
             token uuid UNIQUE,
             referred_by bigint REFERENCES {schema}.customers,
             notes text,
             upper_email text GENERATED ALWAYS AS (upper(email)) STORED
         );
         CREATE TABLE {schema}.orders (
             id integer PRIMARY KEY,
             customer integer NOT NULL,
             contact text REFERENCES {schema}.customers (email),
             total numeric(10,2) NOT NULL,
             ip inet
         );"
    )
}

const ROWS: &str = "INSERT INTO app.customers
         SELECT n, 'Person.' || n || '@corp.test', 'Person ' || n, 'DE' || lpad(n::text, 9, '0'), '1950-01-01'::date + n, md5(n::text)::uuid,
                nullif(n / 2, 0), CASE n % 3 WHEN 0 THEN NULL WHEN 1 THEN '' ELSE E'knows\\tPerson ' || n || E'\\nand \\\\ others' END
           FROM generate_series(1, 2000) AS n;
         INSERT INTO app.orders
         SELECT n, 1 + n % 2000, 'Person.' || 1 + n % 2000 || '@corp.test', n / 100.0, '10.0.0.0'::inet + n FROM generate_series(1, 5000) AS n;";

fn tables() -> Vec<Table> {
    let text = Values::Text {
        longest: None,
        is_padded: false,
    };
    let limited = |longest| Values::Text {
        longest: Some(longest),
        is_padded: false,
    };
    let mut customers = table(
        name("app", "customers"),
        vec![
            column("id", "bigint", Values::Integer(8)),
            column("email", "text", text),
            column("name", "character varying(40)", limited(40)),
            column("tax_id", "character varying(11)", limited(11)),
            column("born", "date", Values::Date),
            column("token", "uuid", Values::Uuid),
            column("referred_by", "bigint", Values::Integer(8)),
            column("notes", "text", text),
        ],
    );
    for at in 0..3 {
        customers.columns[at].not_null = true;
    }
    customers.key = vec!["id".into()];
    customers.unique = ["id", "email", "tax_id", "token"]
        .map(|it| vec![it.to_owned()])
        .into();
    customers.checks = vec![pgassay::snapshot::Check {
        name: "customers_born_check".into(),
        columns: vec!["born".into()],
    }];
    let mut orders = table(
        name("app", "orders"),
        vec![
            column("id", "integer", Values::Integer(4)),
            column("customer", "integer", Values::Integer(4)),
            column("contact", "text", text),
            column(
                "total",
                "numeric(10,2)",
                Values::Number {
                    digits: Some((10, 2)),
                },
            ),
            column("ip", "inet", Values::Address),
        ],
    );
    orders.key = vec!["id".into()];
    orders.unique = vec![vec!["id".into()]];
    vec![customers, orders]
}

fn reference(from: &str, column: &str, to: &str, to_column: &str) -> Reference {
    Reference {
        name: format!("{from}_{column}_fkey"),
        from: name("app", from),
        columns: vec![column.into()],
        to: name("app", to),
        to_columns: vec![to_column.into()],
        operators: vec!["=".into()],
        is_valid: true,
        is_full: false,
    }
}

fn references() -> Vec<Reference> {
    vec![
        reference("customers", "referred_by", "customers", "id"),
        reference("orders", "customer", "customers", "id"),
        reference("orders", "contact", "customers", "email"),
    ]
}

fn of_word(columns: &str, word: &str) -> pgassay::snapshot::mask::MaskRule {
    rule(columns, Rule::of_word(word).unwrap())
}

#[test]
fn masked_rows_load_into_the_tables_and_hold_nothing_of_what_was_there() {
    let Some(ground) = Ground::new() else { return };
    let mut client = ground.client();
    client.batch_execute(&schema("app")).unwrap();
    client.batch_execute(ROWS).unwrap();
    client.batch_execute(&schema("copy")).unwrap();
    let rules = [
        of_word("app.customers.id", "hash"),
        of_word("*.*.referred_by", "hash"),
        of_word("app.orders.customer", "hash"),
        of_word("*.*.email", "fake.email"),
        of_word("app.orders.contact", "fake.email"),
        of_word("app.customers.name", "fake.name"),
        of_word("app.customers.tax_id", "keep_length"),
        of_word("app.customers.born", "fake.date"),
        of_word("app.customers.token", "hash"),
        of_word("app.customers.notes", "keep_length"),
        of_word("app.orders.total", "hash"),
        of_word("app.orders.ip", "fake.ip"),
    ];
    let tables = tables();
    let masking = Masking::new(&rules, &tables, &[], &references(), &key()).unwrap();
    assert_eq!(personal_columns(&rules, &tables), []);
    assert_eq!(masking.remarks().len(), 1, "{:?}", masking.remarks());
    let mut all = String::new();
    for table in &tables {
        let columns: Vec<&str> = table.columns.iter().map(|it| it.name.as_str()).collect();
        let columns = columns.join(", ");
        let rows = copy_out(
            &mut client,
            &format!("SELECT {columns} FROM {}", table.name),
        );
        let other = masked(&masking, &table.name, &rows);
        assert_eq!(
            other,
            masked(&masking, &table.name, &rows),
            "the same again"
        );
        let into = format!("copy.{} ({columns})", table.name.name);
        copy_in(&mut client, &into, &other)
            .unwrap_or_else(|error| panic!("{into}: {:?}", error.as_db_error()));
        all.push_str(&String::from_utf8(other).unwrap());
    }
    for was in ["@corp.test", "Person", "DE0", "10.0.", "knows"] {
        assert!(!all.contains(was), "{was}");
    }
    // Joins hold: by numbers of two types, by e-mail addresses, and of a table with itself.
    let told = |client: &mut postgres::Client, schema: &str| {
        let question = format!(
            "SELECT count(*), count(DISTINCT c.id), count(p.id), sum(length(c.notes)), count(c.notes)
               FROM {schema}.orders AS o
               JOIN {schema}.customers AS c ON c.id = o.customer AND c.email = o.contact
               LEFT JOIN {schema}.customers AS p ON p.id = c.referred_by"
        );
        let row = client.query_one(&question, &[]).unwrap();
        (0..5).map(|at| row.get(at)).collect::<Vec<i64>>()
    };
    assert_eq!(told(&mut client, "app"), told(&mut client, "copy"));
    client
        .batch_execute(
            "ALTER TABLE copy.orders ADD FOREIGN KEY (customer) REFERENCES copy.customers",
        )
        .unwrap();
}

#[test]
fn all_that_is_wrong_is_told_at_once() {
    let rules = [
        of_word("app.customers.emial", "hash"),
        of_word("app.customers.email", "null"),
        of_word("app.*.name", "fake.name"),
        of_word("*.customers.name", "hash"),
        rule("app.customers.tax_id", Rule::Fixed("DE".into())),
        rule("app.orders.total", Rule::Fixed("none".into())),
        rule("app.customers.name", Rule::Keep),
        of_word("app.customers.token", "keep_length"),
        of_word("*.orders.ip", "hash"),
        of_word("app.*.ip", "null"),
        of_word("app.customers.id", "hash"),
        of_word("app.orders.customer", "keep_length"),
        of_word("shop.orders.ip", "hash"),
    ];
    let others = [table(
        name("shop", "orders"),
        vec![column("ip", "inet", Values::Address)],
    )];
    let problems = Masking::new(&rules, &tables(), &others, &references(), &key()).unwrap_err();
    let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!("all_that_is_wrong", told.join("\n"));
}

#[test]
fn what_may_go_wrong_and_what_looks_personal_is_told() {
    let mut tables = tables();
    tables[1].is_partitioned = true;
    tables[1].partition_key = vec!["id".into(), "ip".into()];
    tables[1].unique.push(vec!["id".into(), "ip".into()]);
    let rules = [
        of_word("app.orders.ip", "hash"),
        of_word("app.customers.born", "hash"),
        of_word("*.*.notes", "keep"),
    ];
    let masking = Masking::new(&rules, &tables, &[], &references(), &key()).unwrap();
    let personal = personal_columns(&rules, &tables);
    let personal = personal.iter().map(ToString::to_string);
    let told: Vec<String> = masking.remarks().iter().cloned().chain(personal).collect();
    insta::assert_snapshot!("what_may_go_wrong", told.join("\n"));
}

#[test]
fn a_reference_that_is_masked_by_null_refers_to_nothing() {
    let rules = [
        of_word("app.customers.email", "hash"),
        of_word("app.orders.contact", "null"),
    ];
    assert!(Masking::new(&rules, &tables(), &[], &references(), &key()).is_ok());
    let mut full = references();
    full[2] = Reference {
        columns: vec!["contact".into(), "customer".into()],
        to_columns: vec!["email".into(), "id".into()],
        operators: vec!["=".into(), "=".into()],
        is_full: true,
        ..full[2].clone()
    };
    assert!(Masking::new(&rules, &tables(), &[], &full, &key()).is_err());
}

#[test]
fn the_server_says_whether_a_fixed_text_is_a_value() {
    let Some(ground) = Ground::new() else { return };
    let mut connection = ground.connection();
    let ask = |connection: &mut pgassay::session::Connection, text: &str| {
        let rules = [rule("app.orders.total", Rule::Fixed(text.into()))];
        let question = questions(&rules, &tables())[0].clone();
        let failed = connection.execute(&question.sql).err();
        failed.map(|error| question.problem(&error.to_string()).to_string())
    };
    assert_eq!(ask(&mut connection, "12.50"), None);
    for (text, told) in [
        ("it's none", "invalid input syntax"),
        ("123456789.00", "overflow"),
    ] {
        let problem = ask(&mut connection, text).unwrap();
        assert!(
            problem.starts_with("pgassay.toml:1:1: { fixed = ") && problem.contains(told),
            "{problem}"
        );
    }
}
