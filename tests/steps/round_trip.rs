//! `--round-trip`.

use crate::ground::{project, save, trials};
use crate::tool::{Host, Project};

fn with_undo(undo: &[(&str, &str)]) -> Option<Project> {
    let project = project()?;
    for (name, text) in undo {
        project.write(&format!("migrations/{name}.sql"), text);
    }
    Some(project)
}

#[test]
fn a_migration_is_taken_back_and_applied_again() {
    let Some(project) = with_undo(&[
        ("U2__count", "ALTER TABLE words DROP COLUMN letters;\n"),
        ("U5__index", "DROP INDEX words_word_idx;\n"),
    ]) else {
        return;
    };
    project
        .run(&["test", "--round-trip", "--verbose"])
        .expect(0)
        .tells(&[
            "5 migrations: 5 passed",
            "ok  2  migrations/U2__count.sql takes it back",
            "ok  3  the schema is then as it was before",
            "ok  4  it applies again",
            "ok  5  the schema is then as it was the first time",
            "skip  2  it can be taken back  (it has no down script)",
        ]);
    project.assert_nothing_is_left();
}

#[test]
fn what_a_down_script_leaves_or_forgets_is_a_failure() {
    let Some(project) = with_undo(&[
        ("U2__count", "SELECT 1;\n"),
        (
            "U4__shorten",
            "ALTER TABLE words ALTER COLUMN word TYPE varchar;\n",
        ),
        ("U5__index", "DROP INDEX nowhere;\n"),
    ]) else {
        return;
    };
    project.run(&["test", "--round-trip"]).expect(1).tells(&[
        "5 migrations: 2 passed, 3 failed",
        "there is column public.words.letters, which was not there",
        "column \"letters\" of relation \"words\" already exists",
        "column public.words.word: type was text, and is character varying",
        "not ok 2 - migrations/U5__index.sql takes it back",
        "--> migrations/U5__index.sql:1",
        "index \"nowhere\" does not exist",
    ]);
}

#[test]
fn what_a_down_script_loses_is_listed() {
    let Some(project) = with_undo(&[
        ("U1__make", "DROP TABLE words;\n"),
        ("U2__count", "ALTER TABLE words DROP COLUMN letters;\n"),
        ("U3__fill", "UPDATE words SET letters = NULL;\n"),
        (
            "U4__shorten",
            "ALTER TABLE words ALTER COLUMN word TYPE text;\n",
        ),
    ]) else {
        return;
    };
    let host = Host::start(&project);
    // What was written at a version, its down script loses; what the migration makes, it makes again.
    save(
        &project,
        &host,
        "2",
        "UPDATE words SET letters = 3; INSERT INTO words VALUES (2, 'two', 3), (3, 'three', NULL)",
    );
    project.run(&["test", "--round-trip"]).expect(0).tells(&[
        "5 migrations: 5 passed",
        "lost by its down script: public.words.letters: 0 of 2 values are left",
    ]);
    let trials = trials(&project, &["--round-trip"], 0);
    let losses: Vec<usize> = trials
        .iter()
        .map(|trial| trial["migration"]["losses"].as_array().unwrap().len())
        .collect();
    // The third one takes back what it filled, and what stood there before is lost.
    assert_eq!(losses, [0, 1, 1, 0, 0]);
    let loss = &trials[1]["migration"]["losses"][0];
    assert_eq!(loss["table"], "public.words");
    assert_eq!(loss["column"], "letters");
    assert_eq!((&loss["before"], &loss["after"]), (&2.into(), &0.into()));
}

#[test]
fn rows_are_compared_whatever_their_tables_are_called_and_however_wide_they_are() {
    let Some(project) = Project::new() else {
        return;
    };
    let columns: Vec<String> = (0..900).map(|number| format!("c{number} int")).collect();
    project
        .write(
            "migrations/V1__make.sql",
            &format!(
                "CREATE SCHEMA a;\nCREATE SCHEMA \"a.b\";\nCREATE TABLE a.\"b.c\" (n int);\nCREATE TABLE \"a.b\".c (n int);\n\
                 CREATE TABLE wide ({});\nINSERT INTO a.\"b.c\" VALUES (1);\nINSERT INTO \"a.b\".c VALUES (1);\n\
                 INSERT INTO wide (c0, c899) VALUES (1, 2);\n",
                columns.join(", ")
            ),
        )
        .write("migrations/V2__none.sql", "SELECT 1;\n")
        .write(
            "migrations/U2__none.sql",
            "DELETE FROM a.\"b.c\";\nUPDATE wide SET c899 = NULL;\n",
        );
    let trials = trials(&project, &["--round-trip"], 0);
    let losses = trials[1]["migration"]["losses"].as_array().unwrap();
    let told: Vec<(&str, Option<&str>)> = losses
        .iter()
        .map(|loss| (loss["table"].as_str().unwrap(), loss["column"].as_str()))
        .collect();
    assert_eq!(told, [("a.b.c", None), ("public.wide", Some("c899"))]);
}
