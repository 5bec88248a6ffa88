use std::collections::{BTreeMap, BTreeSet};

use pgassay::snapshot::Values;
use pgassay::snapshot::mask::{Masking, Rule};

use crate::ground::{Ground, column, copy_in, copy_out, key, masked, name, rule, table};

/// A type, what its values are, an expression that makes one of `n`, and the rules that make values of it. Behind a `!` stand
/// those under which values that differ may come to the same.
struct Sample(&'static str, Values, &'static str, &'static [&'static str]);

const fn text(longest: Option<u32>) -> Values {
    Values::Text {
        longest,
        is_padded: false,
    }
}

const fn number(digits: u32, scale: i32) -> Values {
    Values::Number {
        digits: Some((digits, scale)),
    }
}

const FLOAT: Values = Values::Number { digits: None };
const NAMES: &[&str] = &[
    "hash",
    "keep_length",
    "fake.email",
    "!fake.name",
    "!fake.first_name",
    "!fake.last_name",
    "!fake.username",
    "!fake.phone",
    "!fake.company",
    "!fake.street",
    "!fake.city",
    "!fake.postcode",
    "!fake.country",
    "!fake.ip",
    "!fake.url",
    "!fake.iban",
    "!fake.card_number",
    "!fake.date",
    "!fake.text",
];

const SAMPLES: [Sample; 29] = [
    Sample(
        "text",
        text(None),
        "CASE n % 7 WHEN 0 THEN '' WHEN 1 THEN E'a\\t\\n\\\\b' || n ELSE 'Müller-' || n || ' №' END",
        NAMES,
    ),
    Sample("text", text(None), "chr(1 + n) || n", &["keep_length"]),
    Sample(
        "character varying(40)",
        text(Some(40)),
        "'User ' || n",
        NAMES,
    ),
    Sample(
        "character varying(3)",
        text(Some(3)),
        "n % 1000",
        &["keep_length", "!fake.name", "!fake.city", "!fake.text"],
    ),
    Sample(
        "character(20)",
        Values::Text {
            longest: Some(20),
            is_padded: true,
        },
        "'x' || n",
        &["hash", "keep_length", "!fake.name"],
    ),
    Sample(
        "smallint",
        Values::Integer(2),
        "n * 13 - 32768",
        &["hash", "keep_length"],
    ),
    Sample(
        "integer",
        Values::Integer(4),
        "CASE n % 3 WHEN 0 THEN n WHEN 1 THEN 2147483647 - n ELSE n - 2147483649 END",
        &["hash", "keep_length"],
    ),
    Sample(
        "bigint",
        Values::Integer(8),
        "CASE n % 4 WHEN 0 THEN n WHEN 1 THEN 9223372036854775807 - n WHEN 2 THEN n - 9223372036854775807 - 3 ELSE 10000000000 + n END",
        &["hash", "keep_length"],
    ),
    Sample(
        "numeric(10,2)",
        number(10, 2),
        "n / 100.0 - 25",
        &["hash", "keep_length"],
    ),
    Sample(
        "numeric(10,2)",
        number(10, 2),
        "99999999.99 - n / 100.0",
        &["hash"],
    ),
    Sample("numeric(4,4)", number(4, 4), "n / 10000.0", &["hash"]),
    Sample(
        "numeric(30,0)",
        number(30, 0),
        "(n - 2500)::numeric ^ 7",
        &["hash"],
    ),
    Sample(
        "numeric",
        FLOAT,
        "CASE n WHEN 1 THEN 'NaN' ELSE repeat(n::text, 20) || '.' || n END::numeric",
        &["!hash", "!keep_length"],
    ),
    Sample(
        "real",
        FLOAT,
        "CASE n WHEN 1 THEN 'NaN' WHEN 2 THEN '-Infinity' WHEN 3 THEN '3.4028235e+38' WHEN 4 THEN '1e-45' ELSE ((n - 2500) * 10.0 ^ (n % 60 - 30))::text END::real",
        &["!hash", "!keep_length"],
    ),
    Sample(
        "double precision",
        FLOAT,
        "CASE n WHEN 1 THEN 'Infinity' WHEN 2 THEN '1.7976931348623157e+308' WHEN 3 THEN '5e-324' ELSE ((n - 2500) * 10.0 ^ (n % 500 - 250))::text END::double precision",
        &["!hash"],
    ),
    Sample("uuid", Values::Uuid, "md5(n::text)::uuid", &["hash"]),
    Sample(
        "date",
        Values::Date,
        "CASE n WHEN 1 THEN 'infinity' WHEN 2 THEN '4713-01-01 BC' WHEN 3 THEN '5874897-12-31' ELSE ('0001-01-01'::date + n * 191 - 300000)::text END::date",
        &["!hash", "!fake.date"],
    ),
    Sample(
        "timestamp without time zone",
        Values::Timestamp,
        "CASE n WHEN 1 THEN '-infinity' WHEN 2 THEN '4713-01-01 00:00:00 BC' WHEN 3 THEN '294276-12-31 23:59:59.999999' ELSE ('2000-01-01'::timestamp + n * interval '71 hours 13.000321 s')::text END::timestamp",
        &["!hash", "!fake.date"],
    ),
    Sample(
        "timestamp with time zone",
        Values::Timestamp,
        "'0001-01-01 BC'::timestamptz + n * interval '371 days 1.5 s'",
        &["!hash", "!fake.date"],
    ),
    Sample(
        "timestamp(0) with time zone",
        Values::Timestamp,
        "'1970-01-01'::timestamptz + n * interval '3 days 1 s'",
        &["!hash"],
    ),
    Sample(
        "bytea",
        Values::Bytes,
        "decode(repeat(lpad(to_hex(n), 4, '0'), n % 9), 'hex')",
        &["hash", "!keep_length"],
    ),
    Sample(
        "inet",
        Values::Address,
        "('10.0.0.0'::inet + n * 17)",
        &["!hash", "!fake.ip"],
    ),
    Sample(
        "inet",
        Values::Address,
        "set_masklen('2a00::'::inet + n * 170000, n % 129)",
        &["!hash"],
    ),
    Sample(
        "cidr",
        Values::Address,
        "network(set_masklen('10.0.0.0'::inet + n * 17000, n % 33))",
        &["!hash"],
    ),
    Sample(
        "cidr",
        Values::Address,
        "network(set_masklen('2a00::'::inet + n * 170000, n % 129))",
        &["!fake.ip"],
    ),
    Sample("boolean", Values::Boolean, "n % 2 = 0", &[]),
    Sample("jsonb", Values::Json, "to_jsonb(n)", &[]),
    Sample("int4range", Values::Other, "int4range(n, n + 5)", &[]),
    Sample("text[]", Values::Other, "ARRAY[n::text, NULL, E'\\t']", &[]),
];

/// The values of the only column; none for NULL.
fn values(rows: &[u8]) -> Vec<Option<String>> {
    let text = String::from_utf8(rows.to_vec()).unwrap();
    text.lines()
        .map(|line| (line != "\\N").then(|| line.to_owned()))
        .collect()
}

/// Whether a value stays, or may.
fn has_no_other(data_type: &str, value: &str) -> bool {
    let is_wide = |(_, length): (&str, &str)| length.parse::<u8>().unwrap() < 8;
    match data_type {
        // A network that is wider than the range that others come from.
        "cidr" | "inet" => value.split_once('/').is_some_and(is_wide),
        "bytea" => value == "\\\\x",
        "real" | "double precision" | "numeric" | "date" => {
            value == "NaN" || value.to_lowercase().ends_with("infinity")
        }
        "timestamp without time zone" => value == "-infinity",
        _ => !value.chars().any(char::is_alphanumeric),
    }
}

#[test]
fn masked_values_are_valid_for_their_types_and_differ_where_they_did() {
    let Some(ground) = Ground::new() else { return };
    let mut client = ground.client();
    for Sample(data_type, kind, expression, rules) in SAMPLES {
        let query = format!(
            "SELECT CASE WHEN n % 50 <> 0 THEN CAST({expression} AS {data_type}) END FROM (SELECT n FROM generate_series(1, 4000) AS n UNION ALL SELECT n FROM generate_series(1, 100) AS n) AS numbers"
        );
        let rows = copy_out(&mut client, &query);
        let before = values(&rows);
        client
            .batch_execute(&format!(
                "DROP TABLE IF EXISTS masked; CREATE TABLE masked (n serial, x {data_type})"
            ))
            .unwrap();
        for said in rules.iter().chain(&["keep", "null"]) {
            let word = said.trim_start_matches('!');
            let what = format!("{word} of {data_type}, {expression}");
            let tables = [table(
                name("public", "masked"),
                vec![column("x", data_type, kind)],
            )];
            let masking = Masking::new(
                &[rule("*.*.x", Rule::of_word(word).unwrap())],
                &tables,
                &[],
                &[],
                &key(),
            );
            let masking = masking.unwrap_or_else(|problems| panic!("{what}: {}", problems[0]));
            let other = masked(&masking, &tables[0].name, &rows);
            client.batch_execute("TRUNCATE masked").unwrap();
            copy_in(&mut client, "masked (x)", &other)
                .unwrap_or_else(|error| panic!("{what}: {:?}", error.as_db_error()));
            // What the server makes of them again.
            let after = values(&copy_out(&mut client, "SELECT x FROM masked ORDER BY n"));
            assert_eq!(after.len(), before.len(), "{what}");
            let mut made: BTreeMap<&str, &str> = BTreeMap::new();
            for (before, after) in before.iter().zip(&after) {
                let (Some(before), Some(after)) = (before, after) else {
                    let is_null = after.is_none() && (before.is_none() || word == "null");
                    assert!(is_null, "{what}: {before:?} became {after:?}");
                    continue;
                };
                let first = made.entry(before).or_insert(after);
                assert_eq!(first, after, "{what}: {before}");
                assert!(
                    before != after || word == "keep" || has_no_other(data_type, before),
                    "{what}: {before}"
                );
            }
            let distinct: BTreeSet<&&str> = made.values().collect();
            if !said.starts_with('!') {
                assert_eq!(distinct.len(), made.len(), "{what}");
            } else if word != "null" {
                assert!(
                    distinct.len() > 10.min(made.len() / 2),
                    "{what}: {distinct:?}"
                );
            }
        }
    }
}

#[test]
fn rules_that_make_no_value_of_a_type_are_refused() {
    for Sample(data_type, kind, _, good) in SAMPLES
        .into_iter()
        .filter(|it| !matches!(it.1, Values::Text { .. } | Values::Number { .. }))
    {
        for word in Rule::words().filter(|word| !["keep", "null"].contains(word)) {
            let is_good = SAMPLES.iter().any(|other| {
                other.1 == kind && other.3.iter().any(|it| it.trim_start_matches('!') == word)
            });
            let tables = [table(name("app", "t"), vec![column("x", data_type, kind)])];
            let made = Masking::new(
                &[rule("app.t.x", Rule::of_word(word).unwrap())],
                &tables,
                &[],
                &[],
                &key(),
            );
            assert_eq!(
                made.is_ok(),
                is_good || good.contains(&word),
                "{word} of {data_type}"
            );
            let Err(problems) = made else { continue };
            assert!(
                problems[0].to_string().contains("; use `"),
                "{}",
                problems[0]
            );
        }
    }
}
