//! The account of a migration that is no one transaction: that nothing in a script can make it wrong.

use crate::site::Site;

const APART: &str = "executeInTransaction=false\n";

/// A site whose first migration makes the table `a`, and whose second is this one, by itself.
fn site(text: &str) -> Option<Site> {
    let site = Site::new()?;
    site.migrations(&[
        ("V1__a.sql", "CREATE TABLE a (i integer);\n"),
        ("V2__b.sql.conf", APART),
        ("V2__b.sql", text),
    ]);
    Some(site)
}

fn rows(site: &Site) -> String {
    site.value("SELECT string_agg(i::text, ' ' ORDER BY i) FROM a")
}

#[test]
fn a_failure_behind_a_statement_that_is_done_does_not_forget_it() {
    let Some(site) = site("INSERT INTO a VALUES (1);\n\\i missing.sql\n") else {
        return;
    };
    let ran = site.migrate(&["up"]).expect(2);
    assert!(ran.err.contains("missing.sql"), "{}", ran.err);
    assert!(
        ran.err.contains("1 of its statements is done and stays"),
        "{}",
        ran.err
    );
    // It goes on behind that.
    let ran = site.migrate(&["up"]).expect(2);
    assert!(ran.err.contains("missing.sql"), "{}", ran.err);
    assert_eq!(rows(&site), "1");
    assert_eq!(site.history(), "1 applied, 2 failed");
}

#[test]
fn a_statement_on_an_index_that_failed_is_not_taken_for_done() {
    for (text, mended, made) in [
        (
            "CREATE INDEX CONCURRENTLY i ON a (nothing);\n",
            "CREATE INDEX CONCURRENTLY i ON a (i);\n",
            "1",
        ),
        (
            "CREATE INDEX CONCURRENTLY taken ON a (i);\n",
            "CREATE INDEX CONCURRENTLY i ON a (i);\n",
            "1",
        ),
        (
            "DROP INDEX CONCURRENTLY takne;\n",
            "DROP INDEX CONCURRENTLY taken;\n",
            "0",
        ),
    ] {
        let Some(site) = Site::new() else { return };
        site.migrations(&[
            ("V1__a.sql", "CREATE TABLE a (i integer);\nCREATE INDEX taken ON a (i);\nCREATE SCHEMA other;\nCREATE TABLE other.a (i integer);\nCREATE INDEX i ON other.a (i);\n"),
            ("V2__b.sql.conf", APART),
            ("V2__b.sql", text),
        ]);
        site.migrate(&["up"]).expect(2);
        site.migrate(&["up"]).expect(2);
        assert_eq!(site.history(), "1 applied, 2 failed", "{text}");
        site.migrations(&[("V2__b.sql", mended)]);
        site.migrate(&["up"]).expect(0);
        let query = if made == "1" {
            "public.i"
        } else {
            "public.taken"
        };
        let there = site.value(&format!("SELECT count(to_regclass('{query}'))"));
        assert_eq!(there, made, "{mended}");
    }
}

#[test]
fn a_role_that_a_script_or_the_settings_take_stays_taken() {
    let Some(site) = site(
        "SET ROLE carol;\nCREATE TABLE app.b ();\nCREATE TABLE app.c ();\nRESET ROLE;\nCREATE TABLE d ();\nBEGIN;\nSET ROLE carol;\nCREATE TABLE app.e ();\nCOMMIT;\nCREATE TABLE app.f ();\n",
    ) else {
        return;
    };
    site.client()
        .batch_execute("CREATE SCHEMA app AUTHORIZATION carol")
        .unwrap();
    site.migrate(&["up"]).expect(0);
    let owners = "SELECT string_agg(relname || ' ' || relowner::regrole, ', ' ORDER BY relname) FROM pg_class WHERE relname ~ '^[b-f]$'";
    assert_eq!(
        site.value(owners),
        "b carol, c carol, d postgres, e carol, f carol"
    );
    assert_eq!(
        site.value("SELECT string_agg(DISTINCT applied_by, ' ') FROM pgassay_migrations"),
        "postgres"
    );

    site.project.write("pgassay.toml", "owner = \"carol\"\n");
    site.migrations(&[
        ("V3__g.sql.conf", APART),
        (
            "V3__g.sql",
            "CREATE TABLE app.g ();\nVACUUM app.g;\nCREATE TABLE app.h ();\nSELECT 1 / 0;\n",
        ),
    ]);
    let ran = site.migrate(&["up"]).expect(2);
    assert!(ran.err.contains("division by zero"), "{}", ran.err);
    site.migrations(&[(
        "V3__g.sql",
        "CREATE TABLE app.g ();\nVACUUM app.g;\nCREATE TABLE app.h ();\nCREATE TABLE app.i ();\n",
    )]);
    site.migrate(&["up"]).expect(0);
    let owners = "SELECT string_agg(relname || ' ' || relowner::regrole, ', ' ORDER BY relname) FROM pg_class WHERE relname ~ '^[ghi]$'";
    assert_eq!(site.value(owners), "g carol, h carol, i carol");
    // The first statement fails: nothing is left of it, and its own error is told.
    site.migrations(&[("V4__x.sql.conf", APART), ("V4__x.sql", "SELECT 1 / 0;\n")]);
    let ran = site.migrate(&["up"]).expect(2);
    assert!(ran.err.contains("division by zero"), "{}", ran.err);
    assert_eq!(site.history(), "1 applied, 2 applied, 3 applied");
}

#[test]
fn what_a_session_was_set_to_is_restored_when_it_is_gone_on_with() {
    let Some(site) = site(
        "SELECT set_config('search_path', 'app', false);\nCREATE SCHEMA app;\nCREATE TABLE b ();\nBEGIN;\nSET search_path = public;\nROLLBACK;\nSET work_mem = '5MB';\nCREATE TABLE c ();\nSELECT 1 / 0;\nCREATE TABLE d AS SELECT current_setting('work_mem') AS m;\n",
    ) else {
        return;
    };
    site.migrate(&["up"]).expect(2);
    let text = site
        .project
        .read("migrations/V2__b.sql")
        .replace("SELECT 1 / 0;", "SELECT 1;");
    site.migrations(&[("V2__b.sql", &text)]);
    site.migrate(&["up"]).expect(0);
    assert_eq!(
        site.value("SELECT string_agg(relnamespace::regnamespace || '.' || relname, ' ' ORDER BY relname) FROM pg_class WHERE relname ~ '^[bcd]$'"),
        "app.b app.c app.d"
    );
    assert_eq!(site.value("SELECT m FROM app.d"), "5MB");
}

#[test]
fn what_ends_a_transaction_unseen_is_refused_before_it_runs() {
    // A whole migration, in a file that it includes, by \gexec and joined by \;.
    for text in [
        "INSERT INTO a VALUES (1);\n\\ir closing.txt\nSELECT 1 / 0;\n",
        "INSERT INTO a VALUES (1);\nSELECT 'COMMIT' \\gexec\nSELECT 1 / 0;\n",
    ] {
        let Some(site) = Site::new() else { return };
        site.project.write("migrations/closing.txt", "COMMIT;\n");
        site.migrations(&[
            ("V1__a.sql", "CREATE TABLE a (i integer);\n"),
            ("V2__b.sql", text),
        ]);
        for _ in 0..2 {
            let ran = site.migrate(&["up"]).expect(2);
            assert!(ran.err.contains("ends the transaction"), "{}", ran.err);
        }
        assert_eq!(rows(&site), "", "{text}");
        assert_eq!(site.history(), "1 applied");
    }
    for text in [
        "INSERT INTO a VALUES (1)\\; COMMIT\\; SELECT 1 / 0;\n",
        "BEGIN\\; INSERT INTO a VALUES (1)\\; COMMIT;\n",
        "BEGIN;\nINSERT INTO a VALUES (1);\nPREPARE TRANSACTION 'x';\n",
        "INSERT INTO a VALUES (1) \\watch 0.1\n",
    ] {
        let Some(site) = site(text) else { return };
        for _ in 0..2 {
            site.migrate(&["up"]).expect(2);
        }
        assert_eq!(rows(&site), "", "{text}");
    }
}

#[test]
fn whoever_lost_the_lock_cannot_go_on_beside_another() {
    let Some(site) = site(
        "INSERT INTO a VALUES (1);\nSELECT pg_advisory_unlock_all();\nINSERT INTO a SELECT 2 FROM pg_sleep(3);\nINSERT INTO a VALUES (3);\n",
    ) else {
        return;
    };
    let first = site.start("live", &["up"]);
    std::thread::sleep(std::time::Duration::from_millis(1500));
    let second = site.migrate(&["up"]);
    let first = first.finish();
    assert_eq!(
        rows(&site),
        "1 2 3",
        "{}{}\n{}{}",
        first.out,
        first.err,
        second.out,
        second.err
    );
    assert!(first.code == Some(2) || second.code == Some(2));
    let told = format!("{}{}", first.err, second.err);
    assert!(told.contains("gave up the lock"), "{told}");
}

#[test]
fn what_a_deferred_trigger_says_is_told_as_it_says_it() {
    let Some(site) = site(
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM 1 / 0; RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER late AFTER INSERT ON a DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION f();
INSERT INTO a VALUES (1);
",
    ) else {
        return;
    };
    let ran = site.migrate(&["up"]).expect(2);
    assert!(
        ran.err.contains("ERROR 22012: division by zero"),
        "{}",
        ran.err
    );
    assert_eq!(rows(&site), "");
}

#[test]
fn two_files_of_one_version_are_two_migrations() {
    let Some(site) = Site::new() else { return };
    site.migrations(&[
        ("0001_a.sql", "CREATE TABLE a ();\n"),
        ("0001_b.sql", "CREATE TABLE b ();\n"),
    ]);
    site.migrate(&["up"])
        .expect(0)
        .tells(&["2 migrations applied"]);
    site.migrate(&["up"])
        .expect(0)
        .tells(&["0 migrations applied, 2 were there already"]);
    site.migrations(&[
        ("0001_c.sql", "CREATE TABLE c ();\n"),
        ("0002_d.sql", "CREATE TABLE d ();\n"),
    ]);
    site.migrate(&["status"])
        .expect(0)
        .tells(&["2 applied, 2 pending"]);
    site.migrate(&["up", "--to", "0001"])
        .expect(0)
        .tells(&["applied 0001 c", "1 migration applied"]);
    site.migrate(&["up"]).expect(0).tells(&["applied 0002 d"]);
    site.migrate(&["validate"]).expect(0);
}

#[test]
fn pairs_of_blocks_in_one_file_are_migrations_of_their_own() {
    let Some(site) = Site::new() else { return };
    site.migrations(&[(
        "20240101_a.sql",
        "-- migrate:up\nCREATE TABLE a ();\n-- migrate:down\nDROP TABLE a;\n-- migrate:up\nCREATE TABLE b ();\n-- migrate:down\nDROP TABLE b;\n",
    )]);
    site.migrate(&["up"])
        .expect(0)
        .tells(&["2 migrations applied"]);
    site.migrate(&["up"])
        .expect(0)
        .tells(&["0 migrations applied, 2 were there already"]);
}

#[test]
fn a_migration_whose_verify_script_failed_is_verified_again() {
    let Some(site) = Site::new() else { return };
    for (name, text) in [
        (
            "sqitch.plan",
            "%syntax-version=1.0.0\n%project=p\n\nx 2024-01-01T00:00:00Z Ada <ada@example.com> # x\ny 2024-01-02T00:00:00Z Ada <ada@example.com> # y\n",
        ),
        ("deploy/x.sql", "BEGIN;\nCREATE TABLE x ();\nCOMMIT;\n"),
        ("verify/x.sql", "BEGIN;\nSELECT seen FROM x;\nROLLBACK;\n"),
        ("deploy/y.sql", "CREATE TABLE y ();\n"),
    ] {
        site.project.write(&format!("migrations/{name}"), text);
    }
    for _ in 0..2 {
        let ran = site.migrate(&["up"]).expect(2);
        assert!(ran.err.contains("migrations/verify/x.sql:2"), "{}", ran.err);
        assert_eq!(site.value("SELECT to_regclass('y')"), "");
    }
    site.migrate(&["status"])
        .expect(0)
        .tells(&["its verify script has not passed"]);
    site.migrate(&["validate"]).expect(1);
    site.client()
        .batch_execute("ALTER TABLE x ADD seen integer")
        .unwrap();
    site.migrate(&["up"]).expect(0).tells(&["applied y"]);
    site.migrate(&["validate"]).expect(0);
}

#[test]
fn a_statement_gives_way_wherever_it_stands() {
    let Some(site) = site(
        "ALTER TABLE a ADD j integer;\nCREATE INDEX CONCURRENTLY i ON a (j);\nALTER TABLE a ADD k integer;\n",
    ) else {
        return;
    };
    site.migrate(&["up", "--to", "1"]).expect(0);
    // Somebody reads the table for a while.
    let up_beside_a_reader = || {
        let mut reader = site.client();
        let mut transaction = reader.transaction().unwrap();
        transaction.batch_execute("SELECT FROM a").unwrap();
        let run = site.start("live", &["up", "--lock-timeout", "200ms"]);
        std::thread::sleep(std::time::Duration::from_millis(1200));
        transaction.commit().unwrap();
        run.finish().expect(0)
    };
    let ran = up_beside_a_reader();
    assert!(ran.err.contains("2 b gave way"), "{}", ran.err);
    // What stands behind others that are done gives way too.
    site.migrations(&[
        ("V3__c.sql.conf", APART),
        (
            "V3__c.sql",
            "CREATE TABLE early ();\nALTER TABLE a ADD l integer;\n",
        ),
    ]);
    let ran = up_beside_a_reader();
    assert!(ran.err.contains("3 c gave way"), "{}", ran.err);
    assert_eq!(site.history(), "1 applied, 2 applied, 3 applied");
}

#[test]
fn letters_of_another_encoding_do_not_damage_the_history() {
    let Some(site) = Site::new() else { return };
    site.migrations(&[
        (
            "V1__größe.sql",
            "SET client_encoding = 'LATIN1';\n-- Größe\nCREATE TABLE a ();\n",
        ),
        ("V2__maß.sql.conf", APART),
        (
            "V2__maß.sql",
            "SET client_encoding = 'LATIN1';\nCREATE TABLE b ();\nSELECT 1 / 0; -- Maß\n",
        ),
    ]);
    site.migrate(&["up"]).expect(2);
    assert_eq!(
        site.value("SELECT string_agg(description, ' ' ORDER BY rank) FROM pgassay_migrations"),
        "größe maß"
    );
    assert_eq!(site.value("SELECT count(*) FROM pgassay_migration_texts WHERE body LIKE '%Größe%' OR body LIKE '%Maß%'"), "2");
}
