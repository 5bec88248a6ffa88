use super::told;

#[test]
fn changesets_of_liquibase_are_refused_with_their_line() {
    let formatted = |text: &str| format!("--liquibase formatted sql\n\n{text}\n");
    let texts = [
        ("SQL before the first changeset", "SELECT 1;"),
        ("no author", "--changeset users\nSELECT 1;"),
        ("one dash", "-changeset ada:1\nSELECT 1;"),
        ("a blank before the id", "--changeset ada: 1\nSELECT 1;"),
        (
            "no SQL",
            "--changeset ada:1\n--comment nothing\n\n--changeset ada:2\nSELECT 1;",
        ),
        (
            "a changeset twice",
            "--changeset ada:1\nSELECT 1;\n--changeset ada:1\nSELECT 2;",
        ),
        (
            "errors that are let pass",
            "--changeset ada:1 failOnError:false\nSELECT 1;",
        ),
        (
            "another program",
            "--changeset ada:1 runWith:sqlplus\nSELECT 1;",
        ),
        (
            "an unknown action",
            "--changeset ada:1\n--preconditions onFail:PANIC\nSELECT 1;",
        ),
        (
            "an action on errors",
            "--changeset ada:1\n--preconditions onError:MARK_RAN\nSELECT 1;",
        ),
        (
            "an unknown precondition",
            "--changeset ada:1\n--precondition-index-exists x\nSELECT 1;",
        ),
        (
            "nothing expected",
            "--changeset ada:1\n--precondition-sql-check SELECT\nSELECT 1;",
        ),
        (
            "no table",
            "--changeset ada:1\n--precondition-table-exists users\nSELECT 1;",
        ),
        (
            "one dash too few",
            "--changeset ada:1\nSELECT 1;\n-rollback SELECT 2;",
        ),
        (
            "lines that cannot be ignored",
            "--ignoreLines:some\n--changeset ada:1\nSELECT 1;",
        ),
        (
            "a comment without an end",
            "--changeset ada:1\nSELECT 1;\n/* liquibase rollback\nSELECT 2;",
        ),
    ];
    let mut text = String::new();
    for (why, body) in texts {
        text += &told(&[(why, &[("a.sql", &formatted(body))])]);
    }
    let one = formatted("--changeset ada:1\nSELECT 1;");
    let xml = |content: &str| format!("<databaseChangeLog>\n{content}\n</databaseChangeLog>");
    let includes_b = "databaseChangeLog:\n- include: {file: b.yaml}\n";
    let includes_a = "databaseChangeLog:\n- include: {file: a.yaml}\n";
    text += &told(&[
        (
            "a file that is not formatted",
            &[("a.sql", &one), ("b.sql", "SELECT 1;")],
        ),
        (
            "a changeset in XML",
            &[
                ("a.sql", &one),
                (
                    "x.xml",
                    &xml("<include file=\"a.sql\"/>\n<changeSet id=\"1\" author=\"ada\"/>"),
                ),
            ],
        ),
        (
            "no file said",
            &[("a.sql", &one), ("x.xml", &xml("<include/>"))],
        ),
        (
            "a file that is not there",
            &[
                ("a.sql", &one),
                ("x.xml", &xml("<include file=\"b.sql\"/>")),
            ],
        ),
        (
            "a filter",
            &[
                ("a.sql", &one),
                ("x.xml", &xml("<includeAll path=\".\" filter=\"x\"/>")),
            ],
        ),
        (
            "no XML",
            &[("a.sql", &one), ("x.xml", "<databaseChangeLog></x>")],
        ),
        (
            "no YAML",
            &[("a.sql", &one), ("x.yaml", "databaseChangeLog:\n- {")],
        ),
        (
            "a changeset in YAML",
            &[
                ("a.sql", &one),
                (
                    "x.yaml",
                    "databaseChangeLog:\n- include: {file: a.sql}\n- changeSet: {id: 1}\n",
                ),
            ],
        ),
        (
            "a changeset in JSON",
            &[
                ("a.sql", &one),
                (
                    "x.json",
                    "{\"databaseChangeLog\": [\n{\"changeSet\": {\"id\": 1}}]}",
                ),
            ],
        ),
        (
            "no list",
            &[("a.sql", &one), ("x.yaml", "databaseChangeLog: x")],
        ),
        (
            "two roots",
            &[("x.yaml", "databaseChangeLog: []"), ("y.xml", &xml(""))],
        ),
        (
            "a circle",
            &[
                ("x.yaml", includes_a),
                ("a.yaml", includes_b),
                ("b.yaml", includes_a),
            ],
        ),
    ]);
    insta::assert_snapshot!(text);
}
