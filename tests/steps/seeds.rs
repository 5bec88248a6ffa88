//! The rows that test databases begin with.

use crate::ground::{project, save, snapshots};
use crate::tool::{Host, Project};

fn counting(header: &str, rows: u32) -> String {
    format!(
        "{header}\nBEGIN;\nSELECT plan(1);\nSELECT is((SELECT count(*)::int FROM words), {rows});\nSELECT * FROM finish();\nROLLBACK;\n"
    )
}

fn write_tests(project: &Project, newest: u32, second: u32) {
    project
        .write("sql-tests/newest.sql", &counting("", newest))
        .write(
            "sql-tests/second.sql",
            &counting("-- pgassay: at 2", second),
        )
        .write("sql-tests/first.sql", &counting("-- pgassay: at 1", 1));
}

#[test]
fn tests_begin_with_the_rows_of_the_newest_snapshot_migrated() {
    let Some(project) = project() else { return };
    let host = Host::start(&project);
    let old = save(
        &project,
        &host,
        "2",
        "INSERT INTO words VALUES (2, 'two'), (3, 'three')",
    );
    let new = save(
        &project,
        &host,
        "3",
        "INSERT INTO words VALUES (2, 'two'), (3, 'three'), (4, 'four')",
    );
    write_tests(&project, 4, 3);
    let choice =
        format!("4 rows of snapshots/{new} behind migration 3: the newest of 2 snapshots that fit");
    project.run(&["test"]).expect(0).tells(&[
        &choice,
        &format!("pinned to earlier versions begin with the rows of the newest snapshot up to there, of these too: snapshots/{old} behind migration 2"),
    ]);
    // Out of the cache too, with one worker and with two.
    project
        .run(&["test", "-j", "2"])
        .expect(0)
        .tells(&[&choice, "from the cache"]);
    project
        .run(&["test", "--isolation", "copy", "-j", "1"])
        .expect(0);
    project.run(&["test", "--coverage"]).expect(0);

    write_tests(&project, 3, 3);
    let file = format!("snapshots/{old}");
    project
        .run(&["test", "--seed", &file])
        .expect(0)
        .tells(&[&format!(
            "3 rows of snapshots/{old} behind migration 2: which the settings name"
        )]);
    write_tests(&project, 1, 1);
    project.run(&["test", "--seed", "none"]).expect(0);
    project.write("pgassay.toml", "seed = false\n");
    project.run(&["test"]).expect(0);
    drop(host);
    project.assert_nothing_is_left();
}

#[test]
fn a_snapshot_that_is_named_is_never_left_out_in_silence() {
    let Some(project) = project() else { return };
    write_tests(&project, 1, 1);
    project.write("seed.snapshot", "none");
    for (arguments, told) in [
        (&["test", "--seed", "seed.snapshot"][..], "seed.snapshot"),
        (
            &[
                "test",
                "--seed",
                "seed.snapshot",
                "--migrate-command",
                "true",
            ],
            "tests cannot begin with the rows of seed.snapshot: the project is migrated by its `migrate_command`",
        ),
        (&["test", "--seed", "nowhere"], "nowhere"),
        (&["test", "--seed", "false"], "did you mean `--seed none`"),
    ] {
        let ran = project.run(arguments).expect(2);
        assert!(ran.err.contains(told), "{}", ran.err);
    }
}

#[test]
fn a_server_that_exists_already_begins_with_the_same_rows() {
    let Some(project) = project() else { return };
    let host = Host::start(&project);
    save(&project, &host, "2", "INSERT INTO words VALUES (2, 'two')");
    write_tests(&project, 2, 2);
    for user in ["postgres", "ada"] {
        project
            .run(&["test", "--url", &host.by_socket(user)])
            .expect(0);
    }
}

#[test]
fn a_later_migration_that_fails_on_the_rows_ends_the_run_and_names_the_row() {
    let Some(project) = project() else { return };
    let host = Host::start(&project);
    save(
        &project,
        &host,
        "3",
        "INSERT INTO words VALUES (7, 'eleven')",
    );
    write_tests(&project, 2, 1);
    let ran = project.run(&["test"]).expect(2);
    for text in ["migrations/V4__shorten.sql:2", "value too long", "id = 7"] {
        assert!(ran.err.contains(text), "{}", ran.err);
    }
}

#[test]
fn a_snapshot_whose_history_was_rewritten_is_told_with_the_first_migration_that_differs() {
    let Some(project) = project() else { return };
    let host = Host::start(&project);
    let name = save(&project, &host, "3", "INSERT INTO words VALUES (2, 'two')");
    project.write(
        "migrations/V2__count.sql",
        "ALTER TABLE words ADD COLUMN letters bigint;\n",
    );
    write_tests(&project, 1, 1);
    let ran = project.run(&["test"]).expect(0);
    let told = format!("snapshots/{name} is no choice: the history was rewritten since: ");
    assert!(ran.out.contains(&told), "{}", ran.out);
    assert!(ran.out.contains("V2__count"), "{}", ran.out);
    let file = format!("snapshots/{name}");
    let ran = project.run(&["test", "--seed", &file]).expect(2);
    assert!(
        ran.err
            .contains("(--seed, or the setting `seed`) is no choice"),
        "{}",
        ran.err
    );
}

#[test]
fn a_snapshot_that_is_broken_is_no_choice_and_is_told() {
    let Some(project) = project() else { return };
    let host = Host::start(&project);
    let good = save(&project, &host, "2", "INSERT INTO words VALUES (2, 'two')");
    let bad = save(
        &project,
        &host,
        "3",
        "INSERT INTO words VALUES (2, 'two'), (3, 'three')",
    );
    let path = project.path().join("snapshots").join(&bad);
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() - 5]).unwrap();
    write_tests(&project, 2, 2);
    project.run(&["test"]).expect(0).tells(&[
        &format!("snapshots/{bad} is no choice: "),
        &format!("2 rows of snapshots/{good} behind migration 2: the only snapshot that fits"),
    ]);
    assert_eq!(snapshots(&project).len(), 2);
}

#[test]
fn fixtures_whose_rows_a_snapshot_holds_do_not_run_again() {
    let Some(project) = project() else { return };
    let host = Host::start(&project);
    project.write("fixtures/1_two.sql", "INSERT INTO words VALUES (2, 'two');");
    let mut client = host.client("postgres");
    client.batch_execute("CREATE DATABASE dev").unwrap();
    let url = host
        .by_socket("postgres")
        .replace("dbname=postgres", "dbname=dev");
    project.run(&["db", "up", "--url", &url]).expect(0);
    project.run(&["snapshot", "save", "--url", &url]).expect(0);
    project.write(
        "fixtures/2_three.sql",
        "INSERT INTO words VALUES (3, 'three');",
    );
    project.write("sql-tests/newest.sql", &counting("", 3));
    project
        .run(&["test"])
        .expect(0)
        .tells(&["1 fixtures script"]);
    project.write("fixtures/1_two.sql", "INSERT INTO words VALUES (2, 'too');");
    project
        .run(&["test"])
        .expect(0)
        .tells(&["fixtures/1_two.sql has changed since snapshots/"]);
}

#[test]
fn a_migration_test_begins_with_the_rows_that_it_makes_and_no_others() {
    let Some(project) = project() else { return };
    let host = Host::start(&project);
    save(
        &project,
        &host,
        "2",
        "INSERT INTO words VALUES (2, 'two'), (3, 'three')",
    );
    write_tests(&project, 3, 3);
    project
        .write(
            "sql-tests/migrations/3/before.sql",
            "INSERT INTO words VALUES (7, 'seven');\n",
        )
        // One row is of the first migration.
        .write("sql-tests/migrations/3/after.sql", &counting("", 2))
        .write(
            "sql-tests/migrations/4/after.sql",
            &counting("-- pgassay: serial", 1),
        );
    let url = host.by_socket("postgres");
    for arguments in [
        &["test"][..],
        &["test", "-j", "1", "--isolation", "copy"],
        &["test", "-j", "2"],
        &["test", "--url", &url],
    ] {
        project
            .run(arguments)
            .expect(0)
            .tells(&["6 files: 6 passed"]);
    }
    drop(host);
    project.assert_nothing_is_left();
}
