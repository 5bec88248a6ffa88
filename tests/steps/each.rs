//! `--each-step`.

use crate::ground::{project, save, trials};
use crate::tool::{Host, Project};

#[test]
fn without_a_snapshot_each_migration_meets_what_those_before_it_have_made() {
    let Some(project) = project() else { return };
    project.run(&["test", "--each-step"]).expect(0).tells(&[
        "no snapshot fits, so each migration meets only the rows that those before it have made",
        "running  5 migrations",
        "passed  migrations/V1__make.sql  (public.words 1 inserted, ",
        "passed  migrations/V3__fill.sql  (public.words 1 updated, ",
        "passed  migrations/V4__shorten.sql  (public.words rewritten with 1 row, ",
        "5 migrations: 5 passed",
    ]);
    let ran = project.run(&["test", "--each-step", "--seed", "none", "--coverage"]);
    let ran = ran.expect(0).tells(&["coverage is not measured"]);
    assert!(!ran.out.contains("pgassay snapshot save"), "{}", ran.out);
    project.assert_nothing_is_left();
}

#[test]
fn each_migration_meets_the_rows_of_the_newest_snapshot_before_it() {
    let Some(project) = project() else { return };
    let host = Host::start(&project);
    let old = save(
        &project,
        &host,
        "1",
        "INSERT INTO words SELECT i, 'w' FROM generate_series(2, 10) i",
    );
    let new = save(
        &project,
        &host,
        "3",
        "INSERT INTO words SELECT i, 'w' FROM generate_series(2, 100) i",
    );
    let trials = trials(&project, &["--each-step"], 0);
    let told: Vec<(Option<&str>, u64)> = trials
        .iter()
        .map(|trial| {
            let migration = &trial["migration"];
            let changed = migration["changes"].as_array().unwrap().iter();
            let rows = changed.map(|it| {
                it["inserted"].as_u64().unwrap()
                    + it["updated"].as_u64().unwrap()
                    + it["rows"].as_u64().unwrap_or(0)
            });
            (migration["snapshot"].as_str(), rows.sum())
        })
        .collect();
    let (old, new) = (format!("snapshots/{old}"), format!("snapshots/{new}"));
    assert_eq!(
        told,
        [
            (None, 1),
            (Some(old.as_str()), 0),
            (Some(old.as_str()), 10),
            (Some(new.as_str()), 100),
            (Some(new.as_str()), 0),
        ]
    );
    drop(host);
    project.assert_nothing_is_left();
}

#[test]
fn a_migration_that_fails_is_told_with_its_row_and_those_behind_it_are_not_tried() {
    let Some(project) = project() else { return };
    let host = Host::start(&project);
    save(
        &project,
        &host,
        "2",
        "INSERT INTO words VALUES (7, 'eleven')",
    );
    let ran = project.run(&["test", "--each-step", "--junit", "report.xml"]);
    ran.expect(1).tells(&[
        "5 migrations: 3 passed, 1 failed, 1 broken",
        "not ok 1 - it applies to the rows that there are",
        "--> migrations/V4__shorten.sql:2",
        "value too long for type character varying(5)",
        "public.words, id = 7",
        "value: word = 'eleven'",
        "migration: it was not tried: migrations/V4__shorten.sql before it was not applied, and no snapshot was saved between them",
    ]);
    let junit = project.read("report.xml");
    assert_eq!(junit.matches("<testsuite ").count(), 5, "{junit}");
    assert!(junit.contains("value too long"), "{junit}");
}

#[test]
fn behind_a_migration_that_fails_a_later_snapshot_is_a_new_beginning() {
    let Some(project) = project() else { return };
    let host = Host::start(&project);
    save(
        &project,
        &host,
        "2",
        "INSERT INTO words VALUES (7, 'eleven')",
    );
    save(
        &project,
        &host,
        "4",
        "INSERT INTO words VALUES (7, 'seven')",
    );
    project.run(&["test", "--each-step"]).expect(1).tells(&[
        "5 migrations: 4 passed, 1 failed",
        "passed  migrations/V5__index.sql",
    ]);
}

#[test]
fn a_project_without_tests_can_try_its_migrations() {
    let Some(project) = project() else { return };
    for arguments in [
        &["test", "--each-step", "sql-tests"][..],
        &["test", "--each-step", "--jobs", "2"],
        &["test", "--round-trip", "--tag", "a"],
    ] {
        project.run(arguments).expect(2);
    }
    let ran = project
        .run(&["test", "--each-step", "--migrate-command", "true"])
        .expect(2);
    assert!(
        ran.err.contains("cannot be tried one by one"),
        "{}",
        ran.err
    );
    let Some(empty) = Project::new() else { return };
    empty.run(&["test", "--each-step"]).expect(4);
}

#[test]
fn a_server_that_exists_already_is_left_as_it_was() {
    let Some(project) = project() else { return };
    let host = Host::start(&project);
    let before = host.state();
    for arguments in [&["test", "--each-step"][..], &["test", "--round-trip"]] {
        let url = host.by_socket("ada");
        let arguments = [arguments, &["--url", &url]].concat();
        project
            .run(&arguments)
            .expect(0)
            .tells(&["5 migrations: 5 passed"]);
        host.assert_is_as(&before);
    }
    project.write("migrations/V6__fail.sql", "SELECT 1 / 0;\n");
    project
        .run(&["test", "--each-step", "--url", &host.by_socket("postgres")])
        .expect(1);
    host.assert_is_as(&before);
}

#[test]
fn roles_scripts_run_on_a_server_that_exists_already_only_where_the_settings_say_so() {
    let Some(project) = project() else { return };
    let host = Host::start(&project);
    project
        .write("roles/reader.sql", "CREATE ROLE reader;\n")
        .write(
            "migrations/V6__let.sql",
            "GRANT SELECT ON words TO reader;\n",
        );
    let url = host.by_socket("postgres");
    let arguments = ["test", "--each-step", "--url", &url];
    project.run(&arguments).expect(1).tells(&[
        "roles scripts are not run on a server that pgassay did not start",
        "role \"reader\" does not exist",
    ]);
    project.write("pgassay.toml", "roles_on_server = true\n");
    project
        .run(&arguments)
        .expect(0)
        .tells(&["1 roles script", "6 migrations: 6 passed"]);
    let ran = project
        .run(&[
            "test",
            "--each-step",
            "--url",
            "host=/nowhere user=postgres",
        ])
        .expect(2);
    assert!(
        ran.err
            .contains("cannot use the server that `url` names, as role \"postgres\""),
        "{}",
        ran.err
    );
}

#[test]
fn a_developer_whose_rows_are_in_the_way_is_told_where_to_try() {
    let Some(project) = project() else { return };
    let host = Host::start(&project);
    let url = host
        .by_socket("postgres")
        .replace("dbname=postgres", "dbname=dev");
    host.client("postgres")
        .batch_execute("CREATE DATABASE dev")
        .unwrap();
    project.run(&["db", "up", "--url", &url]).expect(0);
    project.write(
        "migrations/V6__shorter.sql",
        "ALTER TABLE words ALTER COLUMN word TYPE varchar(3);\n",
    );
    let told = "`pgassay test --each-step` tries each migration on the rows of snapshots";
    let ran = project.run(&["db", "up", "--url", &url]).expect(2);
    assert!(ran.err.contains(told), "{}", ran.err);
    project.write("migrations/V6__shorter.sql", "SELECT nothing;\n");
    let ran = project.run(&["db", "up", "--url", &url]).expect(2);
    assert!(!ran.err.contains(told), "{}", ran.err);
}

#[test]
fn what_needs_no_transaction_is_counted_too() {
    let Some(project) = Project::new() else {
        return;
    };
    project
        .write(
            "migrations/00001_make.sql",
            "-- +goose NO TRANSACTION\n-- +goose Up\nCREATE TABLE t (n int);\nINSERT INTO t SELECT generate_series(1, 50);\n\
             DELETE FROM t WHERE n > 40;\nCREATE INDEX CONCURRENTLY ON t (n);\n-- +goose StatementBegin\n\
             DO $$ BEGIN UPDATE t SET n = n + 1; END $$;\n-- +goose StatementEnd\n-- +goose Down\nDROP TABLE t;\n",
        );
    let trials = trials(&project, &["--each-step"], 0);
    let change = &trials[0]["migration"]["changes"][0];
    assert_eq!(change["table"], "public.t");
    assert_eq!(
        (&change["inserted"], &change["updated"], &change["deleted"]),
        (&50.into(), &40.into(), &10.into())
    );
}

#[test]
fn what_fails_without_rows_too_is_in_the_way_of_later_snapshots() {
    let Some(project) = project() else { return };
    let host = Host::start(&project);
    // Where the snapshot was saved, it did not fail.
    project.write(
        "migrations/V2__count.sql",
        "ALTER TABLE words ADD COLUMN letters int;\nDO $$ BEGIN ASSERT current_database() LIKE 'v3%'; END $$;\n",
    );
    save(&project, &host, "3", "SELECT 1");
    project.run(&["test", "--each-step"]).expect(1).tells(&[
        "5 migrations: 1 passed, 1 failed, 3 broken",
        "it was not tried: migrations/V2__count.sql before it was not applied",
    ]);
}
