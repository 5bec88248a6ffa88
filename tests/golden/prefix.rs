use crate::{CACHED, Kept};

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

/// A migration that is worth keeping by itself.
const SLOW: &str = "SELECT pg_sleep(0.4);\n";
/// A migration of which nothing else is known.
const LAST: &str = "CREATE TABLE last ();\n";

#[test]
fn a_template_built_on_a_prefix_is_made_anew_when_a_file_that_the_prefix_included_changes() {
    let Some(kept) = Kept::new() else { return };
    let project = &kept.project;
    project.write("migrations/V2__slow.sql", SLOW);
    kept.expect(false, 0);
    project.write("migrations/V3__last.sql", LAST);
    kept.expect(false, 0)
        .tells(&["3 migrations, the first 2 of them from the cache"]);
    kept.expect(true, 0);
    // Nothing but this; what a test sees of it shows below.
    project.write("migrations/_more.psql", "CREATE TABLE other ();\n");
    let ran = kept.expect(false, 0);
    assert!(!ran.out.contains("from the cache"), "{}", ran.out);
    project.write(
        "sql-tests/c.sql",
        "SELECT plan(1);\nSELECT has_table('other');\nSELECT finish();\n",
    );
    kept.expect(true, 0).tells(&["3 files: 3 passed"]);
}

#[test]
fn a_prefix_built_on_a_shorter_one_remembers_what_that_one_read() {
    let Some(kept) = Kept::new() else { return };
    let project = &kept.project;
    project.write("migrations/V2__slow.sql", SLOW);
    kept.expect(false, 0);
    project.write("migrations/V3__slow.sql", SLOW);
    kept.expect(false, 0)
        .tells(&["3 migrations, the first 2 of them from the cache"]);
    project.write("migrations/V4__last.sql", LAST);
    kept.expect(false, 0)
        .tells(&["4 migrations, the first 3 of them from the cache"]);
    project
        .write("migrations/V4__last.sql", "CREATE TABLE very_last ();\n")
        .write("migrations/_more.psql", "CREATE TABLE other ();\n");
    let ran = kept.expect(false, 0);
    assert!(!ran.out.contains("from the cache"), "{}", ran.out);
}

#[test]
fn a_template_built_on_a_prefix_is_made_anew_when_a_variable_changes_that_the_prefix_asked_for() {
    let Some(kept) = Kept::new() else { return };
    let project = &kept.project;
    let run = |flavour: &str| {
        let ran = kept.start_with(&["test"], &[("FLAVOUR", flavour)]);
        ran.finish().expect(0)
    };
    project
        .write(
            "migrations/V1__t.sql",
            "\\getenv flavour FLAVOUR\nCREATE TABLE t (i integer);\nCREATE TABLE :flavour ();\n",
        )
        .write("migrations/V2__slow.sql", SLOW);
    run("sweet");
    project.write("migrations/V3__last.sql", LAST);
    run("sweet").tells(&["3 migrations, the first 2 of them from the cache"]);
    let ran = run("sour");
    assert!(!ran.out.contains("from the cache"), "{}", ran.out);
    project.write(
        "sql-tests/c.sql",
        "SELECT plan(1);\nSELECT has_table('sour');\nSELECT finish();\n",
    );
    run("sour").tells(&[CACHED, "3 files: 3 passed"]);
}
