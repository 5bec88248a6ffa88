//! Rows that are there are not replaced unasked, but by a reset.

use std::fs;

use super::{ROLES, drop_shop, postgres, says, shop_with_snapshot, shown, snapshot, users};
use crate::tool::Project;
use crate::{ask, ask_at, done, running_shop};

#[test]
fn a_refused_load_is_not_noted_and_the_next_one_asks_before_it_replaces_rows() {
    let Some(project) = running_shop() else {
        return;
    };
    project.write("roles/1_roles.sql", ROLES);
    project.run(&["db", "up"]).expect(0);
    ask(
        &project,
        "ALTER TABLE users ALTER name DROP NOT NULL; INSERT INTO users VALUES (4, NULL)",
    );
    project.run(&["snapshot", "save"]).expect(0);
    let bad = snapshot(&project);
    ask(
        &project,
        "UPDATE users SET name = 'Barbara' WHERE id = 4; ALTER TABLE users ALTER name SET NOT NULL",
    );
    project
        .run(&["snapshot", "save", "--output", "good.snapshot"])
        .expect(0);
    drop_shop(&project);
    let refused = project.run(&["db", "up"]).expect(2);
    says(&refused, "null value in column \"name\"");
    let kinds = "SELECT DISTINCT kind FROM pgassay_scripts WHERE kind <> 'roles'";
    assert_eq!(ask(&project, kinds), "seed due");
    assert_eq!(users_of(&project), "");

    fs::remove_file(bad).unwrap();
    let path = project.path().join("good.snapshot");
    let kept = fs::read(&path).unwrap();
    ask(&project, "INSERT INTO users VALUES (77, 'of a developer')");
    for seed in [&["--seed", "good.snapshot"][..], &[]] {
        if seed.is_empty() {
            let name = project.path().join("snapshots/2_20260101T000000Z.snapshot");
            fs::write(name, &kept).unwrap();
        }
        let asked = project.run(&[&["db", "up"], seed].concat()).expect(2);
        says(
            &asked,
            "there is no terminal to ask on whether the rows that are in the database \"shop\" may be replaced by those of",
        );
        says(
            &asked,
            "--yes says so; `--seed none` keeps the rows that are there",
        );
        assert_eq!(users_of(&project), "of a developer");
        assert_eq!(ask(&project, kinds), "seed due");
    }
    let up = project.run(&["db", "up", "--yes"]).expect(0);
    assert!(
        up.out.contains("loaded  3 rows of snapshots/2_2026"),
        "{}",
        up.out
    );
    assert_eq!(users_of(&project), "Ada Grace Barbara");
    // From here on, it keeps its rows, whatever is said.
    ask(&project, "INSERT INTO users VALUES (77, 'of a developer')");
    project.run(&["db", "up", "--yes"]).expect(0);
    assert_eq!(users_of(&project), "Ada Grace Barbara of a developer");
    project.run(&["db", "stop"]).expect(0);
}

/// The users' names, before they have initials.
fn users_of(project: &Project) -> String {
    ask(
        project,
        "SELECT string_agg(name, ' ' ORDER BY id) FROM users",
    )
}

#[test]
fn a_reset_begins_with_the_snapshot_that_is_named_whichever_is_the_newest() {
    let Some(project) = shop_with_snapshot() else {
        return;
    };
    let named = shown(&project);
    project.run(&["db", "up"]).expect(0);
    ask(&project, "DELETE FROM orders; DELETE FROM users");
    project.run(&["snapshot", "save"]).expect(0);
    let newest = project.run(&["db", "reset", "--yes"]).expect(0);
    assert!(
        newest.out.contains("behind migration 3: the newest of 2"),
        "{}",
        newest.out
    );
    assert_eq!(users(&project), "");
    let ran = project
        .run(&["db", "reset", "--yes", "--seed", &named])
        .expect(0);
    assert_eq!(
        done(&ran)[4],
        format!("loaded  3 rows of {named} behind migration 2: which the settings name"),
        "{}",
        ran.out
    );
    assert_eq!(users(&project), "Ada:A Grace:G Mary:M");
    // One that cannot be read is known before anything is dropped.
    let refused = project
        .run(&["db", "reset", "--yes", "--seed", "none.snapshot"])
        .expect(2);
    says(&refused, "none.snapshot");
    assert_eq!(users(&project), "Ada:A Grace:G Mary:M");
    project.run(&["db", "stop"]).expect(0);
}

#[test]
fn rows_of_a_table_that_a_migration_to_come_renames_are_asked_for_too() {
    let Some(project) = running_shop() else {
        return;
    };
    let rename = "ALTER TABLE users RENAME TO people;\nSELECT 1 / coalesce(nullif(current_setting('nap.works', true), ''), '1')::int;\n";
    project
        .write("roles/1_roles.sql", ROLES)
        .write(
            "fixtures/1_users.sql",
            "INSERT INTO people VALUES (1, 'Ada');\n",
        )
        .write("migrations/V3__people.sql", rename);
    project.run(&["db", "up"]).expect(0);
    project.run(&["snapshot", "save"]).expect(0);
    drop_shop(&project);
    let server = postgres(&project);
    ask_at(&server, "ALTER ROLE postgres SET nap.works = '0'");
    says(&project.run(&["db", "up"]).expect(2), "division by zero");
    ask_at(&server, "ALTER ROLE postgres RESET nap.works");
    ask(&project, "INSERT INTO users VALUES (77, 'of a developer')");
    says(&project.run(&["db", "up"]).expect(2), "--yes says so");
    assert_eq!(users_of(&project), "of a developer");
    project.run(&["db", "up", "--yes"]).expect(0);
    assert_eq!(ask(&project, "SELECT name FROM people"), "Ada");
    project.run(&["db", "stop"]).expect(0);
}
