use proptest::prelude::*;

use super::reader::mentioned;
use super::suspect::{Suspect, Whose};
use super::{FailingRow, Value};

fn table(statement: &str) -> Option<String> {
    match Suspect::of(statement)?.whose {
        Whose::Table { name, only } => Some(format!(
            "{}{}",
            if only { "only " } else { "" },
            name.join(".")
        )),
        Whose::Named(name) => Some(format!("named {}", name.join("."))),
        Whose::Domain(name) => Some(format!("domain {}", name.join("."))),
    }
}

#[test]
fn the_table_whose_rows_may_be_in_the_way_is_read_off_a_statement() {
    for (statement, expected) in [
        ("ALTER TABLE t ALTER c TYPE int USING c::int", "t"),
        (
            "alter table if exists only \"S\".\"a\"\"b\" alter column c set not null;",
            "only S.a\"b",
        ),
        ("ALTER /* x; */ TABLE S.T -- y\n * ADD CHECK (a > 0)", "s.t"),
        ("ALTER TABLE t DROP x, ADD COLUMN y int NOT NULL", "t"),
        ("ALTER TABLE t VALIDATE CONSTRAINT c", "t"),
        ("ALTER TABLE t ADD CONSTRAINT n UNIQUE (a)", "t"),
        (
            "ALTER TABLE p ATTACH PARTITION s.q FOR VALUES IN (1)",
            "named s.q",
        ),
        ("ALTER DOMAIN d ADD CHECK (VALUE > 0)", "domain d"),
        ("ALTER DOMAIN s.d SET NOT NULL", "domain s.d"),
        (
            "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS i ON ONLY s.t USING btree (a)",
            "only s.t",
        ),
        ("CREATE INDEX ON t (lower(a))", "t"),
        ("UPDATE ONLY t AS x SET a = 1", "only t"),
        ("DELETE FROM t WHERE a = 1", "t"),
        (
            "INSERT INTO a (b) SELECT (SELECT 1 FROM z), x IS DISTINCT FROM y FROM s.u JOIN v USING (i)",
            "s.u",
        ),
        (
            "INSERT INTO a WITH w AS (SELECT 1 FROM z) SELECT extract(year FROM b) FROM ONLY u",
            "only u",
        ),
        ("CREATE TABLE x AS SELECT a::int FROM t", "t"),
        ("CREATE MATERIALIZED VIEW x AS SELECT a::int FROM t", "t"),
    ] {
        assert_eq!(table(statement).as_deref(), Some(expected), "{statement}");
    }
}

#[test]
fn what_no_rows_are_in_the_way_of_is_let_be() {
    for statement in [
        "",
        ";",
        "SELECT 1",
        "ALTER TABLE t DROP COLUMN c",
        "ALTER TABLE t RENAME TO u",
        "ALTER TABLE t ALTER c SET DEFAULT 1, OWNER TO x",
        "ALTER TABLE t ADD CHECK (a > 0); SELECT 1",
        "ALTER DOMAIN d DROP NOT NULL",
        "INSERT INTO t VALUES (1)",
        "INSERT INTO t SELECT * FROM generate_series(1, 2)",
        "CREATE TABLE t (a int)",
        "CREATE VIEW",
        "UPDATE t",
        "DO $$ BEGIN UPDATE t SET a = 1; END $$",
        "ALTER TABLE",
    ] {
        assert_eq!(table(statement), None, "{statement}");
    }
}

#[test]
fn the_actions_of_a_statement_are_its_parts() {
    let suspect = Suspect::of(
        "ALTER TABLE t ALTER a DROP DEFAULT, ALTER a SET DATA TYPE numeric(3, 1) USING f(b, ')'), \
         ADD CONSTRAINT \"N\" CHECK ((x > 0) AND $a$),$a$ <> c), ADD d int GENERATED ALWAYS AS (1 / e) STORED",
    )
    .unwrap();
    assert_eq!(suspect.head, "ALTER TABLE t ");
    let parts: Vec<_> = suspect
        .parts
        .iter()
        .map(|part| (part.can_fail, part.column.as_deref(), part.reads.join("|")))
        .collect();
    assert_eq!(
        parts,
        [
            (false, Some("a"), String::new()),
            (true, Some("a"), "f(b, ')')".into()),
            (true, None, "(x > 0) AND $a$),$a$ <> c".into()),
            (true, None, "int GENERATED ALWAYS AS (1 / e) STORED".into()),
        ]
    );
    let (name, _) = suspect.parts[2].check.clone().unwrap();
    assert_eq!(name.as_deref(), Some("N"));
}

#[test]
fn the_expressions_of_an_index_are_tried_by_themselves() {
    let suspect = Suspect::of(
        "CREATE UNIQUE INDEX CONCURRENTLY i ON s.t (lower(a) COLLATE \"C\" text_ops DESC, (1 / b), c NULLS FIRST) \
         WHERE d > 0",
    )
    .unwrap();
    let instead = suspect.instead.unwrap();
    assert!(
        instead.contains("PERFORM lower(a), (1 / b), c FROM \"s\".\"t\" WHERE d > 0\n;"),
        "{instead}"
    );
    assert!(!suspect.trial.contains("CONCURRENTLY"), "{}", suspect.trial);
    assert_eq!(suspect.predicate, Some("d > 0"));
}

#[test]
fn columns_that_an_expression_mentions_are_told_from_functions_and_texts() {
    let columns = ["a", "B", "lower"].map(str::to_owned);
    let found = mentioned("lower(A) || t.\"B\" || 'a' /* lower */ || a", &columns);
    assert_eq!(found, ["a", "B"]);
}

fn value(text: Option<&str>) -> Value {
    Value {
        text: text.map(str::to_owned),
        characters: text.map_or(0, |text| text.chars().count() as u64),
    }
}

#[test]
fn a_row_is_told_in_lines() {
    let told = |key: Vec<(&str, Option<&str>)>, column: Option<&str>, others| {
        let key = key.into_iter();
        let row = FailingRow {
            schema: "payment".into(),
            table: "payments".into(),
            key: key.map(|(name, text)| (name.into(), value(text))).collect(),
            column: column.map(|text| ("details".into(), value(Some(text)))),
            others,
        };
        row.lines().join("\n")
    };
    let long = format!(
        "{{\"method\": \"transfer\", \"note\": \"{}\"}}",
        "é".repeat(300)
    );
    let shown = [
        told(
            vec![("id", Some("22222222-0000-4000-8000-000000000002"))],
            Some(&long),
            Some(2),
        ),
        told(
            vec![("a", Some("1")), ("b", Some("two words"))],
            Some("short"),
            Some(1),
        ),
        told(vec![], Some("a\tb\u{1b}[31m\u{202e}\n"), Some(0)),
        told(vec![("a", Some(""))], None, None),
        FailingRow {
            schema: "s".into(),
            table: "t".into(),
            key: vec![],
            column: Some(("c".into(), value(None))),
            others: None,
        }
        .lines()
        .join("\n"),
    ];
    insta::assert_snapshot!(shown.join("\n\n"));
}

proptest! {
    #[test]
    fn any_text_is_a_statement_or_none(text in any::<String>()) {
        Suspect::of(&text);
    }

    #[test]
    fn any_words_of_statements_are_read(
        words in proptest::collection::vec(
            prop::sample::select(vec![
                "ALTER", "TABLE", "ADD", "COLUMN", "CHECK", "(", ")", ",", "t", ".", "\"", "'", "$$", "USING", "TYPE", "é",
                "CREATE", "INDEX", "ON", "WHERE", "UPDATE", "SET", "=", "FROM", "INSERT", "INTO", "SELECT", "DOMAIN", "[", ";",
                "ATTACH", "PARTITION", "/*", "--", "\n", "ALTER TABLE t ", "CREATE INDEX ON t (", "NULLS", "AS", "DISTINCT",
            ]),
            0..24,
        ),
    ) {
        let text = words.join(" ");
        if let Some(suspect) = Suspect::of(&text) {
            for part in suspect.parts {
                prop_assert!(text.contains(part.text));
                for read in part.reads {
                    mentioned(read, &["t".to_owned()]);
                }
            }
        }
    }

    #[test]
    fn a_row_is_told_without_control_characters(text in any::<String>()) {
        let row = FailingRow {
            schema: text.clone(),
            table: text.clone(),
            key: vec![(text.clone(), value(Some(&text)))],
            column: Some((text.clone(), value(Some(&text)))),
            others: None,
        };
        for line in row.lines() {
            prop_assert!(!line.contains(char::is_control), "{line:?}");
        }
    }
}
