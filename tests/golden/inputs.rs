use crate::{CACHED, Kept};

#[test]
fn a_second_run_begins_with_the_template_of_the_first() {
    let Some(kept) = Kept::new() else { return };
    kept.expect(false, 0).tells(&["2 files: 2 passed"]);
    kept.expect(true, 0).tells(&[
        "1 roles script, 1 migration, 1 fixtures script, pgTAP 1.3.5, from the cache",
        "2 files: 2 passed",
    ]);
    let listed = kept.start(&["cache", "list"]).finish().expect(0);
    let first: Vec<&str> = listed.out.lines().take(1).collect();
    assert!(
        first[0].starts_with("golden ") && first[0].contains("1 migration, 1 fixtures script"),
        "{}",
        listed.out
    );
    kept.start(&["cache", "clean"]).finish().expect(0);
    kept.expect(false, 0);
}

#[test]
fn whatever_a_template_was_made_of_it_is_made_anew_when_that_changes() {
    let Some(kept) = Kept::new() else { return };
    let project = &kept.project;
    kept.expect(false, 0);
    for (file, text) in [
        (
            "roles/app.sql",
            "CREATE ROLE app LOGIN; CREATE ROLE other;\n",
        ),
        (
            "migrations/V1__t.sql",
            "CREATE TABLE t (i bigint);\n\\ir _more.psql\n",
        ),
        ("migrations/_more.psql", "CREATE TABLE more (i bigint);\n"),
        ("migrations/V2__u.sql", "CREATE TABLE u (i integer);\n"),
        (
            "fixtures/rows.sql",
            "INSERT INTO t VALUES (1);\n\n\\copy t from rows.txt\n",
        ),
        ("pgassay.toml", "[migration_set]\na = \"1\"\n"),
        ("pgassay.toml", "[migration_set]\na = \"2\"\n"),
        ("pgassay.toml", "database_name = \"policy\"\n"),
        ("pgassay.toml", "pgtap.schema = \"tap\"\n"),
    ] {
        project.write(file, text);
        kept.expect(false, 0);
        kept.expect(true, 0);
    }
    // What scripts only read, and what a test would see of it.
    project.write("rows.txt", "3\n");
    kept.expect(false, 1);
    project.write("rows.txt", "2\n");
    kept.expect(false, 0);
    kept.expect(true, 0);
}

#[test]
fn what_a_command_made_is_kept_where_its_inputs_are_said() {
    let (Some(kept), Some(psql)) = (Kept::new(), crate::tool::psql()) else {
        return;
    };
    let project = &kept.project;
    let migrate = format!(
        "migrate_command = \"{} -Xq -v ON_ERROR_STOP=1 -f migrations/V1__t.sql\"\n",
        psql.display()
    );
    project.write("pgassay.toml", &migrate);
    kept.expect(false, 0);
    kept.expect(false, 0);
    let known = format!("{migrate}migrate_inputs = [\"migrations\"]\n");
    project.write("pgassay.toml", &known);
    kept.expect(false, 0);
    kept.expect(true, 0).tells(&["migrated by `"]);
    // A file of the directory changes, comes and goes.
    project.write("migrations/_more.psql", "CREATE TABLE more (i bigint);\n");
    kept.expect(false, 0);
    project.write("migrations/V2__new.sql", "");
    kept.expect(false, 0);
    kept.expect(true, 0);
    project.write("migrations/.hidden", "");
    kept.expect(true, 0);
    std::fs::remove_file(project.path().join("migrations/V2__new.sql")).unwrap();
    kept.expect(true, 0);
    project.write("pgassay.toml", &known.replace("-Xq", "-X -q"));
    kept.expect(false, 0);
    // What the command itself changes could not be known the next time.
    let changing = known.replace("V1__t.sql", "V1__t.sql && date +%N >> migrations/log");
    project.write("pgassay.toml", &changing);
    for _ in 0..2 {
        let ran = kept.expect(false, 0);
        let told = format!("{}{}", ran.out, ran.err);
        assert!(
            told.contains("not kept in the cache: migrations/log has changed"),
            "{told}"
        );
    }
}

#[test]
fn what_holds_for_sessions_only_needs_no_other_template() {
    let Some(kept) = Kept::new() else { return };
    kept.expect(false, 0);
    kept.project
        .write("pgassay.toml", "timeout = \"1m\"\n[set]\nx = \"1\"\n")
        .write("sql-tests/c.sql", crate::tool::PASSING);
    kept.expect(true, 0);
}

#[test]
fn a_template_is_not_kept_where_its_scripts_have_the_server_read_files() {
    let Some(kept) = Kept::new() else { return };
    let table = "CREATE TABLE hosts (line text);\nCOPY hosts FROM '/etc/hosts';\n";
    kept.project.write("migrations/V2__hosts.sql", table);
    for _ in 0..2 {
        let ran = kept.expect(false, 0);
        let told = format!("{}{}", ran.out, ran.err);
        assert!(
            told.contains("the template is built anew in each run: migrations/V2__hosts.sql:2"),
            "{told}"
        );
    }
}

#[test]
fn a_file_that_only_a_variable_names_keeps_the_template_out_of_the_cache_too() {
    let Some(kept) = Kept::new() else { return };
    let script =
        "CREATE TABLE hosts (line text);\n\\set file /etc/hosts\nCOPY hosts FROM :'file';\n";
    kept.project.write("migrations/V2__hosts.sql", script);
    for _ in 0..2 {
        let ran = kept.expect(false, 0);
        let told = format!("{}{}", ran.out, ran.err);
        assert!(
            told.contains("the template is built anew in each run: migrations/V2__hosts.sql:3"),
            "{told}"
        );
    }
}

#[test]
fn what_was_a_fixture_is_not_taken_for_a_roles_script() {
    let Some(kept) = Kept::new() else { return };
    let project = &kept.project;
    project
        .write("seed.sql", "CREATE TABLE seeded ();\n")
        .write(
            "sql-tests/a.sql",
            "SELECT plan(1);\nSELECT has_table('seeded');\nSELECT finish();\n",
        )
        .write(
            "pgassay.toml",
            "roles = false\nmigrations = false\nfixtures = \"seed.sql\"\n",
        );
    kept.expect(false, 0);
    // Now the table is made in another database.
    project.write(
        "pgassay.toml",
        "roles = \"seed.sql\"\nmigrations = false\nfixtures = false\n",
    );
    kept.expect(false, 1);
}

#[test]
fn without_the_cache_nothing_is_taken_from_it_or_kept() {
    let Some(kept) = Kept::new() else { return };
    for _ in 0..2 {
        let ran = kept.start(&["test", "--no-cache"]).finish().expect(0);
        assert!(!ran.out.contains(CACHED), "{}", ran.out);
    }
    assert!(!kept.cache().exists());
}

#[test]
fn what_was_not_used_for_longest_goes_when_the_cache_is_too_large() {
    let Some(kept) = Kept::new() else { return };
    kept.project
        .write("pgassay.toml", "cache.max_size = \"100MB\"\n");
    for number in 0..4 {
        let script = format!("INSERT INTO t VALUES (1);\n\\copy t from rows.txt\n-- {number}\n");
        kept.project.write("fixtures/rows.sql", &script);
        kept.expect(false, 0);
    }
    kept.expect(true, 0);
    let listed = kept.start(&["cache", "list"]).finish().expect(0);
    let entries = listed.out.lines().count() - 1;
    assert!((1..=3).contains(&entries), "{}", listed.out);
}
