//! Migrations that are no one transaction and did not come to their end.

use crate::site::Site;

const APART: (&str, &str) = ("V1__a.sql.conf", "executeInTransaction=false\n");

#[test]
fn one_that_fails_halfway_goes_on_behind_what_is_done() {
    let Some(site) = Site::new() else { return };
    site.migrations(&[
        APART,
        ("V1__a.sql", "SET search_path = public;\nCREATE TABLE a (id integer);\nINSERT INTO a VALUES (1), (1);\nALTER TABLE a ADD UNIQUE (id);\nCREATE TABLE b ();\n"),
    ]);
    let ran = site.migrate(&["up"]).expect(2);
    insta::assert_snapshot!("halfway", ran.err);
    assert_eq!(site.history(), "1 failed");
    site.migrate(&["status"])
        .expect(0)
        .tells(&["failed", "3 of its statements are done"]);
    site.client()
        .batch_execute("DELETE FROM a; INSERT INTO a VALUES (7)")
        .unwrap();
    site.migrate(&["up"]).expect(0).tells(&[
        "1 a goes on behind its first 3 statements, which were done before",
        "applied 1 a",
    ]);
    assert_eq!(
        site.value("SELECT sum(id) FROM a"),
        "7",
        "the rows were not inserted again"
    );
    assert_eq!(site.history(), "1 applied");
}

#[test]
fn what_is_not_done_yet_may_be_mended_in_the_file_and_what_is_done_may_not() {
    let Some(site) = Site::new() else { return };
    site.migrations(&[
        APART,
        (
            "V1__a.sql",
            "CREATE TABLE a (id integer);\nCREATE TABEL b ();\n",
        ),
    ]);
    site.migrate(&["up"]).expect(2);
    site.migrations(&[(
        "V1__a.sql",
        "CREATE TABLE a (id bigint);\nCREATE TABLE b ();\n",
    )]);
    let ran = site.migrate(&["up"]).expect(2);
    assert!(
        ran.err
            .contains("its file has changed in what is done already"),
        "{}",
        ran.err
    );
    site.migrations(&[(
        "V1__a.sql",
        "CREATE TABLE a (id integer);\nCREATE TABLE b ();\n",
    )]);
    site.migrate(&["up"]).expect(0);
    site.migrate(&["validate"]).expect(0);
}

#[test]
fn an_index_that_was_half_built_is_built_again() {
    let Some(site) = Site::new() else { return };
    site.migrations(&[
        APART,
        ("V1__a.sql", "CREATE TABLE a (id integer);\nINSERT INTO a VALUES (1), (1);\nCREATE UNIQUE INDEX CONCURRENTLY once ON a (id);\nINSERT INTO a VALUES (2);\n"),
    ]);
    let ran = site.migrate(&["up"]).expect(2);
    assert!(
        ran.err.contains("2 of its statements are done"),
        "{}",
        ran.err
    );
    assert_eq!(
        site.value("SELECT indisvalid FROM pg_index WHERE indexrelid = 'once'::regclass"),
        "false"
    );
    site.client()
        .batch_execute("DELETE FROM a; INSERT INTO a VALUES (1)")
        .unwrap();
    site.migrate(&["up"]).expect(0);
    assert_eq!(
        site.value("SELECT indisvalid FROM pg_index WHERE indexrelid = 'once'::regclass"),
        "true"
    );
    assert_eq!(
        site.value("SELECT string_agg(id::text, ' ' ORDER BY id) FROM a"),
        "1 2"
    );
}

#[test]
fn of_what_cannot_be_told_a_person_says_what_is_so() {
    let Some(site) = Site::new() else { return };
    let text = "CREATE TABLE a (id integer);
CREATE PROCEDURE p() LANGUAGE plpgsql AS $$ BEGIN INSERT INTO a VALUES (1); COMMIT; PERFORM 1 / (count(*) - 1) FROM a; END $$;
CALL p();
INSERT INTO a VALUES (2);
";
    for (option, rows) in [
        ("--skip", "1 2"),
        ("--applied", "1"),
        ("--pending", ""),
        ("--redo", "1 1 2"),
    ] {
        let mut admin = site.host.client("postgres");
        admin.batch_execute("DROP DATABASE live").unwrap();
        admin.batch_execute("CREATE DATABASE live").unwrap();
        site.migrations(&[APART, ("V1__a.sql", text)]);
        let ran = site.migrate(&["up"]).expect(2);
        assert!(ran.err.contains("division by zero"), "{}", ran.err);
        let ran = site.migrate(&["up"]).expect(2);
        assert!(
            ran.err
                .contains("the statement at migrations/V1__a.sql:3 was under way"),
            "{}",
            ran.err
        );
        site.migrate(&["repair"])
            .expect(1)
            .tells(&["--skip 1", "--redo 1"]);
        let ran = site.migrate(&["repair", "--skip", "2"]).expect(2);
        assert!(
            ran.err
                .contains("2 is not a migration that was begun and is not done; unfinished: 1 a"),
            "{}",
            ran.err
        );
        site.migrate(&["repair", option, "1"]).expect(0);
        if option == "--pending" {
            site.client()
                .batch_execute("DROP TABLE a; DROP PROCEDURE p")
                .unwrap();
            assert_eq!(site.history(), "");
            continue;
        }
        site.migrate(&["up"]).expect(0);
        assert_eq!(
            site.value("SELECT string_agg(id::text, ' ' ORDER BY id) FROM a"),
            rows,
            "{option}"
        );
    }
}

#[test]
fn what_needs_its_session_is_not_gone_on_with() {
    let Some(site) = Site::new() else { return };
    site.migrations(&[
        APART,
        (
            "V1__a.sql",
            "CREATE TEMP TABLE old AS SELECT 1 AS id;\nINSERT INTO nowhere SELECT id FROM old;\n",
        ),
    ]);
    site.migrate(&["up"]).expect(2);
    let ran = site.migrate(&["up"]).expect(2);
    assert!(
        ran.err
            .contains("its temporary tables are gone with its session"),
        "{}",
        ran.err
    );
}
