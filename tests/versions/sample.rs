//! The sample project's conversion of a text to jsonb.

use crate::tool::Project;

/// A copy of the sample project.
fn sample() -> Option<Project> {
    let project = Project::new()?;
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    for part in ["migrations", "roles", "fixtures", "sql-tests"] {
        for entry in walkdir::WalkDir::new(root.join(part)) {
            let entry = entry.unwrap();
            if entry.file_type().is_file() {
                let name = entry.path().strip_prefix(root).unwrap();
                let text = std::fs::read_to_string(entry.path()).unwrap();
                project.write(&name.display().to_string(), &text);
            }
        }
    }
    let settings = std::fs::read_to_string(root.join("pgassay.toml")).unwrap();
    project.write("pgassay.toml", &settings);
    Some(project)
}

#[test]
fn the_conversion_is_green_without_rows_and_red_with_one_that_is_too_long() {
    let Some(project) = sample() else { return };
    std::fs::remove_file(project.path().join("sql-tests/migrations/V010/before.sql")).unwrap();
    project.write(
        "sql-tests/migrations/V010/after.sql",
        "SELECT plan(1);\nSELECT col_type_is('payment', 'payments', 'details', 'jsonb', 'it is JSON');\nSELECT * FROM finish();\n",
    );
    project
        .run(&["test", "sql-tests/migrations"])
        .expect(0)
        .tells(&["1 file: 1 passed · 2 assertions"]);

    let refused = project.read("sql-tests/refused/migrations/V010/before.sql");
    let overlong = refused
        .replace("-- pgassay: refused 22001\n", "")
        .replace("256 -", "260 -");
    project.write("sql-tests/migrations/V010/before.sql", &overlong);
    project.run(&["test", "sql-tests/migrations"]).expect(1).tells(&[
        "not ok 1 - migrations/V010__convert_payment_details_to_jsonb.sql applies to these rows",
        "--> migrations/V010__convert_payment_details_to_jsonb.sql:25",
        "ERROR 22001: payment details of 260 characters: the gateway sent no more than 255",
        "row:   payment.payments, id = 22222222-0000-4000-8000-000000000001",
        "value: details = '{\"note\": \"xxxx",
        "(260 characters)",
    ]);
}
