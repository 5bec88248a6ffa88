//! What a run measures.

use crate::{asserted, file, object, project, report, run};

#[test]
fn an_assertion_that_passes_covers_what_it_states_with_its_line_and_one_that_fails_does_not() {
    let Some(project) = project() else { return };
    project.write(
        "sql-tests/a.sql",
        &file(&[
            "has_table('t')",
            "col_not_null('t', 'name', 'it has one')",
            "col_type_is('t', 'id', 'bigint')",
            "col_default_is('t', 'note', 'none')",
        ]),
    );
    run(&project, &[]).expect(1).tells(&["1 failed"]);
    let report = report(&project, &[]);
    assert_eq!(report["files"], 1);
    assert_eq!(
        asserted(object(&report, "table", None, "t")),
        ["existence: sql-tests/a.sql:3"]
    );
    assert_eq!(
        asserted(object(&report, "column", Some("t"), "name")),
        [
            "existence: sql-tests/a.sql:4",
            "nullability: sql-tests/a.sql:4"
        ]
    );
    let id = object(&report, "column", Some("t"), "id");
    assert!(asserted(id).is_empty(), "{id}");
    let note = object(&report, "column", Some("t"), "note");
    assert_eq!(
        asserted(note),
        ["default: sql-tests/a.sql:6", "existence: sql-tests/a.sql:6"]
    );
}

#[test]
fn an_object_knows_the_migration_line_that_made_it_and_the_last_that_changed_it() {
    let Some(project) = project() else { return };
    // No other project has such roles, and the cache nothing of it yet.
    let roles = format!("CREATE ROLE app LOGIN;\n-- {}\n", project.path().display());
    project
        .write("roles/roles.sql", &roles)
        .write("sql-tests/a.sql", &file(&["pass('it')"]));
    run(&project, &[]).expect(0);
    let first = report(&project, &[]);
    let place = |object: &serde_json::Value, which: &str| {
        let place = &object[which];
        format!("{}:{}", place["file"].as_str().unwrap(), place["line"])
    };
    let table = object(&first, "table", None, "t");
    assert_eq!(place(table, "made_at"), "migrations/V1__tables.sql:1");
    assert_eq!(place(table, "changed_at"), "migrations/V1__tables.sql:6");
    let note = object(&first, "column", Some("t"), "note");
    assert_eq!(place(note, "made_at"), "migrations/V2__more.sql:1");
    let role = object(&first, "role", None, "app");
    assert_eq!(place(role, "made_at"), "roles/roles.sql:1");

    // From the cache it is the same, and so it is behind the migrations that the cache holds.
    run(&project, &[]).expect(0);
    let again = report(&project, &[]);
    assert_eq!(first["objects"], again["objects"]);
    project.write(
        "migrations/V3__column.sql",
        "SELECT pg_sleep(0.4);\nALTER TABLE t ADD COLUMN more text;\n",
    );
    run(&project, &[]).expect(0);
    project.write("fixtures/rows.sql", "INSERT INTO t VALUES (1, 'one');\n");
    run(&project, &[])
        .expect(0)
        .tells(&["3 migrations from the cache"]);
    let prolonged = report(&project, &[]);
    let more = object(&prolonged, "column", Some("t"), "more");
    assert_eq!(place(more, "made_at"), "migrations/V3__column.sql:2");
    assert_eq!(object(&prolonged, "column", Some("t"), "note"), note);
    // A further migration, behind those of the cache, adds a column: that is no change of the table itself.
    project.write(
        "migrations/V4__column.sql",
        "ALTER TABLE t ADD COLUMN last text;\n",
    );
    run(&project, &[])
        .expect(0)
        .tells(&["the first 3 of them from the cache"]);
    let last = report(&project, &[]);
    let table = object(&last, "table", None, "t");
    assert_eq!(place(table, "changed_at"), "migrations/V1__tables.sql:6");
}

#[test]
fn what_several_files_assert_is_put_together_whatever_the_isolation_and_the_workers() {
    let Some(project) = project() else { return };
    project
        .write("sql-tests/a.sql", &file(&["has_column('t', 'id')"]))
        .write("sql-tests/b.sql", &file(&["has_column('t', 'id')"]))
        .write(
            "sql-tests/c.sql",
            "-- pgassay: role app\nBEGIN;\nSELECT plan(1);\nSELECT has_pk('t', 'it has one');\nSELECT finish();\nROLLBACK;\n",
        );
    for arguments in [
        ["-j", "1", "--isolation", "pristine"],
        ["-j", "2", "--isolation", "copy"],
        ["-j", "1", "--isolation", "shared"],
    ] {
        run(&project, &arguments)
            .expect(0)
            .tells(&["3 files: 3 passed"]);
        let report = report(&project, &[]);
        let id = object(&report, "column", Some("t"), "id");
        assert_eq!(
            asserted(id),
            ["existence: sql-tests/a.sql:3 sql-tests/b.sql:3"]
        );
        let key = object(&report, "primary key", Some("t"), "t_pkey");
        assert_eq!(asserted(key), ["existence: sql-tests/c.sql:4"]);
    }
}

#[test]
fn what_cannot_be_measured_is_an_error_that_says_what_to_do() {
    let Some(project) = project() else { return };
    let complaint = |arguments: &[&str]| project.run(arguments).expect(2).err;
    let text = complaint(&["coverage"]);
    assert!(text.contains("no run of the project in"), "{text}");
    assert!(
        text.contains("run `pgassay test --coverage` first"),
        "{text}"
    );
    project.write("broken.json", "{\"format\": 0}");
    let text = complaint(&["coverage", "broken.json"]);
    assert!(text.contains("broken.json: it has format 0"), "{text}");
    project.write("broken.json", "[]");
    let text = complaint(&["coverage", "broken.json"]);
    assert!(
        text.contains("broken.json: it is no coverage report"),
        "{text}"
    );
    let text = complaint(&["coverage", "missing.json"]);
    assert!(text.contains("cannot read the coverage report"), "{text}");
}

#[test]
fn what_is_still_to_be_done_is_not_asserted_and_an_invented_violation_refuses_nothing() {
    let Some(project) = project() else { return };
    let invented = "throws_ok($$DO 'BEGIN RAISE ''no'' USING SCHEMA = ''public'', TABLE = ''t'', CONSTRAINT = ''t_name_check''; END'$$)";
    let test = format!(
        "BEGIN;
SELECT plan(4);
SELECT * FROM todo('later', 2);
SELECT has_table('t');
SELECT col_not_null('t', 'name');
SELECT col_is_pk('t', 'id');
SELECT {invented};
SELECT finish();
ROLLBACK;
"
    );
    project.write("sql-tests/a.sql", &test);
    run(&project, &[]).expect(0);
    let report = report(&project, &[]);
    let told = |kind, parent, name| asserted(object(&report, kind, parent, name));
    assert!(told("table", None, "t").is_empty());
    assert!(told("column", Some("t"), "name").is_empty());
    assert_eq!(
        told("primary key", Some("t"), "t_pkey"),
        ["columns: sql-tests/a.sql:6", "existence: sql-tests/a.sql:6"]
    );
    let check = object(&report, "check", Some("t"), "t_name_check");
    assert_eq!(check["exercised"], serde_json::json!({}), "{check}");
}

#[test]
fn what_every_database_has_counts_once_the_project_has_to_do_with_it() {
    let Some(project) = project() else { return };
    let counting = |test: &str| {
        project.write("sql-tests/a.sql", &file(&[test]));
        run(&project, &[]).expect(0);
        let ran = project.run(&["coverage", "--format", "json"]).expect(0);
        let report: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
        let objects = report["objects"].as_array().unwrap().clone();
        let given = objects
            .into_iter()
            .filter(|it| it["kind"] == "database" || it["kind"] == "schema");
        given
            .map(|it| it["excluded"].as_str().unwrap_or("counts").to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(counting("pass('it')"), ["every database has it"; 2]);
    assert_eq!(
        counting("db_owner_is(current_database(), 'postgres')"),
        ["counts", "every database has it"]
    );
    assert_eq!(
        counting("has_schema('public')"),
        ["every database has it", "counts"]
    );
    project.write(
        "migrations/V3__public.sql",
        "REVOKE CREATE ON SCHEMA public FROM app;\nGRANT USAGE ON SCHEMA public TO app;\n",
    );
    assert_eq!(counting("pass('it')"), ["every database has it", "counts"]);
}

#[test]
fn what_cannot_be_looked_up_outside_of_transactions_is_told_as_unseen() {
    let Some(project) = project() else { return };
    let unseen = |test: &str| {
        project.write("sql-tests/a.sql", test);
        run(&project, &[]).expect(0);
        report(&project, &[])["unseen"].clone()
    };
    let inside = file(&["has_table('t')"]);
    assert_eq!(unseen(&inside), serde_json::json!([]));
    // The server knows whether a transaction is open, however it was begun.
    let chained = inside.replace("SELECT plan", "COMMIT AND CHAIN;\nSELECT plan");
    assert_eq!(unseen(&chained), serde_json::json!([]));
    let begun_by_psql = inside.replace("BEGIN;\n", "\\set AUTOCOMMIT off\n");
    assert_eq!(unseen(&begun_by_psql), serde_json::json!([]));
    let outside = inside.replace("BEGIN;\n", "").replace("ROLLBACK;\n", "");
    let told = unseen(&outside).to_string();
    assert!(
        told.contains("outside of transactions, in 3 statements, the first at sql-tests/a.sql:1:"),
        "{told}"
    );
    let behind = format!("{inside}SELECT count(*) FROM t;\n");
    let told = unseen(&behind).to_string();
    assert!(
        told.contains("outside of transactions, in a statement at sql-tests/a.sql:6:"),
        "{told}"
    );
}
