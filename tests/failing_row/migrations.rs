//! Migrations that fail on rows while the template is built, as people see it.

use std::fs;

use crate::tool::{PASSING, Project};

/// Runs a project of these migrations, which cannot proceed.
fn shown(migrations: &[(&str, &str)]) -> Option<String> {
    let project = Project::new()?;
    project.write("sql-tests/a.sql", PASSING);
    for (name, text) in migrations {
        project.write(&format!("migrations/{name}"), text);
    }
    let ran = project.run(&["test"]).expect(2);
    project.assert_nothing_is_left();
    Some(ran.err)
}

const TABLE: (&str, &str) = (
    "V1__table.sql",
    "CREATE TABLE t (id int PRIMARY KEY, a text);\nINSERT INTO t VALUES (1, '1'), (2, 'two');\n",
);

#[test]
fn a_migration_in_one_transaction_tells_the_row() {
    let Some(shown) = shown(&[
        TABLE,
        (
            "V2__convert.sql",
            "\\set kind int\n\
             UPDATE t SET id = id + 10;\n\
             SELECT 'INSERT INTO t VALUES (5, ''five'')' \\gexec\n\
             ALTER TABLE t\n    ALTER a TYPE :kind USING a:::kind;\n",
        ),
    ]) else {
        return;
    };
    insta::assert_snapshot!(shown);
}

#[test]
fn a_migration_that_begins_its_transactions_itself_tells_the_row() {
    let Some(shown) = shown(&[
        TABLE,
        (
            "V2__convert.sql",
            "UPDATE t SET id = id + 10;\n\
             BEGIN;\n\
             UPDATE t SET a = 'still ' || a WHERE a = 'two';\n\
             ALTER TABLE t ALTER a TYPE int USING a::int;\n\
             COMMIT;\n",
        ),
        ("V2__convert.sql.conf", "executeInTransaction=false\n"),
    ]) else {
        return;
    };
    assert!(
        shown.ends_with("\n row:   public.t, id = 12\n value: a = 'still two'\n"),
        "{shown}"
    );
}

#[test]
fn a_migration_without_a_transaction_tells_the_row() {
    let Some(shown) = shown(&[
        TABLE,
        (
            "V2__convert.sql",
            "UPDATE t SET id = id + 10;\nALTER TABLE t ALTER a TYPE int USING a::int;\n",
        ),
        ("V2__convert.sql.conf", "executeInTransaction=false\n"),
    ]) else {
        return;
    };
    assert!(
        shown.ends_with("\n row:   public.t, id = 12\n value: a = 'two'\n"),
        "{shown}"
    );
}

#[test]
fn an_index_that_is_built_beside_others_tells_the_row() {
    let Some(shown) = shown(&[
        (
            "V1__table.sql",
            "CREATE TABLE t (id int PRIMARY KEY, a text);\nINSERT INTO t VALUES (1, 'x'), (2, 'y'), (3, 'X');\n",
        ),
        (
            "V2__index.sql",
            "CREATE UNIQUE INDEX CONCURRENTLY i ON t (lower(a));\n",
        ),
        ("V2__index.sql.conf", "executeInTransaction=false\n"),
    ]) else {
        return;
    };
    assert!(
        shown.ends_with("\n row:   public.t, id = 1\n value: a = 'x'\n and 1 more row\n"),
        "{shown}"
    );
}

#[test]
fn a_migration_that_is_tested_on_rows_tells_the_row() {
    let Some(project) = Project::new() else {
        return;
    };
    project
        .write(
            "migrations/V1__table.sql",
            "CREATE TABLE t (id int PRIMARY KEY, a text);\n",
        )
        .write(
            "migrations/V2__convert.sql",
            "ALTER TABLE t ALTER a TYPE varchar(5);\n",
        )
        .write(
            "sql-tests/migrations/V2/before.sql",
            "INSERT INTO t VALUES (1, 'short'), (2, 'too long');\n",
        );
    let ran = project.run(&["test"]).expect(1);
    let told: Vec<&str> = ran.out.lines().map(str::trim).collect();
    for line in ["row:   public.t, id = 2", "value: a = 'too long'"] {
        assert!(told.iter().any(|it| it.ends_with(line)), "{}", ran.out);
    }
}

#[test]
fn a_fixtures_script_tells_the_row() {
    let Some(project) = Project::new() else {
        return;
    };
    project
        .write("sql-tests/a.sql", PASSING)
        .write("migrations/V1__table.sql", TABLE.1)
        .write(
            "fixtures/a.sql",
            "CREATE TABLE n AS SELECT a::int FROM t;\n",
        );
    let ran = project.run(&["test"]).expect(2);
    assert!(
        ran.err
            .ends_with("\n row:   public.t, id = 2\n value: a = 'two'\n"),
        "{}",
        ran.err
    );
}

#[test]
fn what_cannot_be_done_again_is_not_and_the_failure_is_told_without_a_row() {
    let copied = "COPY t FROM stdin;\n3\tthree\n\\.\n";
    for before in [
        copied,
        "SELECT pg_read_file('/etc/hostname');\n",
        "\\copy t from 'rows.tsv'\n",
    ] {
        let Some(project) = Project::new() else {
            return;
        };
        project
            .write("rows.tsv", "3\tthree\n")
            .write("sql-tests/a.sql", PASSING)
            .write("migrations/V1__table.sql", TABLE.1)
            .write(
                "migrations/V2__convert.sql",
                &format!("{before}ALTER TABLE t ALTER a TYPE int USING a::int;\n"),
            );
        let ran = project.run(&["test"]).expect(2);
        assert!(
            ran.err.contains("invalid input syntax for type integer"),
            "{}",
            ran.err
        );
        assert!(!ran.err.contains("row:"), "{}", ran.err);
    }
}

#[test]
fn the_sample_projects_conversion_tells_the_payment_with_overlong_details() {
    let Some(project) = Project::new() else {
        return;
    };
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    project
        .write("pgassay.toml", "database_name = \"insurance\"\n")
        .write("sql-tests/a.sql", PASSING);
    for directory in ["migrations", "roles"] {
        for entry in root.join(directory).read_dir().unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            let text = fs::read_to_string(&path).unwrap();
            project.write(&format!("{directory}/{name}"), &text);
        }
    }
    project.write(
        "migrations/V009.5__rows.sql",
        include_str!("sample_rows.sql"),
    );
    let ran = project.run(&["test"]).expect(2);
    insta::assert_snapshot!(ran.err);
}
