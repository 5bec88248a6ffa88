use crate::Kept;

#[test]
fn a_migration_that_is_appended_starts_from_those_before_it() {
    let Some(kept) = Kept::new() else { return };
    let project = &kept.project;
    // Long enough to be worth keeping.
    project.write(
        "migrations/V2__slow.sql",
        "SELECT pg_sleep(0.4);\nCREATE TABLE slow ();\n",
    );
    kept.expect(false, 0);
    project
        .write("migrations/V3__last.sql", "CREATE TABLE last ();\n")
        .write(
            "sql-tests/c.sql",
            "SELECT plan(3);\nSELECT has_table('slow');\nSELECT has_table('last');\nSELECT has_role('app');\n\
             SELECT finish();\n",
        );
    kept.expect(false, 0).tells(&[
        "3 migrations, the first 2 of them from the cache",
        "3 files: 3 passed",
    ]);
    // While it is written, it changes again and again.
    project.write(
        "migrations/V3__last.sql",
        "CREATE TABLE last (i integer);\n",
    );
    kept.expect(false, 0)
        .tells(&["3 migrations, the first 2 of them from the cache"]);
    // Other fixtures need no migration at all.
    project.write("fixtures/rows.sql", "INSERT INTO t VALUES (3);\n");
    kept.expect(false, 0)
        .tells(&["3 migrations, the first 2 of them from the cache"]);
    // One that is changed takes those behind it along.
    project.write(
        "migrations/V1__t.sql",
        "CREATE TABLE t (i bigint);\n\\ir _more.psql\n",
    );
    let ran = kept.expect(false, 0);
    assert!(!ran.out.contains("from the cache"), "{}", ran.out);
}

#[test]
fn a_prefix_whose_included_file_changed_is_not_used() {
    let Some(kept) = Kept::new() else { return };
    let project = &kept.project;
    project.write("migrations/V2__slow.sql", "SELECT pg_sleep(0.4);\n");
    kept.expect(false, 0);
    project
        .write("migrations/V3__last.sql", "CREATE TABLE last ();\n")
        .write("migrations/_more.psql", "CREATE TABLE other ();\n")
        .write(
            "sql-tests/c.sql",
            "SELECT plan(1);\nSELECT has_table('other');\nSELECT finish();\n",
        );
    let ran = kept.expect(false, 0);
    assert!(!ran.out.contains("from the cache"), "{}", ran.out);
}
