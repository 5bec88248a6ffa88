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

#[test]
fn a_round_trip_leaves_neither_numbers_nor_rows_behind() {
    let Some(project) = Project::new() else {
        return;
    };
    project
        .write(
            "migrations/V1__make.sql",
            "CREATE TABLE words (id int GENERATED ALWAYS AS IDENTITY, word text);\n",
        )
        .write(
            "migrations/V2__fill.sql",
            "INSERT INTO words (word) SELECT 'w' FROM generate_series(1, 100);\n",
        )
        .write("migrations/U2__fill.sql", "DELETE FROM words;\n")
        .write(
            "migrations/V3__one.sql",
            "INSERT INTO words (word) VALUES ('x');\n\
             DO $$ BEGIN IF (SELECT max(id) FROM words) <> 101 THEN RAISE 'a number is missing'; END IF; END $$;\n",
        );
    let trials = trials(&project, &["--round-trip"], 0);
    let changes = |at: usize| &trials[at]["migration"]["changes"];
    assert_eq!(changes(1)[0]["inserted"], 100);
    assert_eq!(changes(2)[0]["inserted"], 1, "{}", changes(2));
    assert_eq!(changes(2)[0]["deleted"], 0, "{}", changes(2));
}

#[test]
fn a_down_script_is_tried_as_it_would_run_by_itself() {
    let Some(project) = Project::new() else {
        return;
    };
    project
        .write(
            "migrations/V1__make.sql",
            "CREATE TABLE words (word text);\n",
        )
        .write(
            "migrations/V2__index.sql",
            "CREATE INDEX CONCURRENTLY words_index ON words (word);\n",
        )
        .write(
            "migrations/U2__index.sql",
            "DROP INDEX CONCURRENTLY words_index;\n",
        )
        // What one script sets is not for the next one.
        .write(
            "migrations/V3__count.sql",
            "ALTER TABLE words ADD COLUMN letters int;\n",
        )
        .write(
            "migrations/U3__count.sql",
            "SET search_path = '';\nALTER TABLE public.words DROP COLUMN letters;\n",
        )
        .write(
            "migrations/V4__mood.sql",
            "CREATE TYPE mood AS ENUM ('sad');\nALTER TABLE words ADD COLUMN mood mood;\n",
        )
        .write(
            "migrations/U4__mood.sql",
            "ALTER TABLE words DROP COLUMN mood;\nDROP TYPE mood;\n",
        )
        // A new value cannot be used in the transaction that adds it; there are two here.
        .write(
            "migrations/V5__value.sql",
            "BEGIN;\nALTER TYPE mood ADD VALUE IF NOT EXISTS 'glad';\nCOMMIT;\nINSERT INTO words (mood) VALUES ('glad');\n",
        )
        .write("migrations/U5__value.sql", "DELETE FROM words WHERE mood = 'glad';\n")
        .write("migrations/V6__other.sql", "CREATE TABLE other ();\n")
        .write("migrations/U6__other.sql", "\\c\nDROP TABLE other;\n")
        .write("migrations/V7__more.sql", "CREATE TABLE more ();\n");
    project.run(&["test", "--round-trip"]).expect(1).tells(&[
        "enum public.mood: labels was 'sad', and is 'sad', 'glad'",
        "not ok 2 - migrations/U6__other.sql takes it back",
        "7 migrations: 5 passed, 2 failed",
    ]);
    project.assert_nothing_is_left();
}

#[test]
fn a_down_script_that_forgets_its_commit_takes_nothing_back() {
    let Some(project) = Project::new() else {
        return;
    };
    project
        .write("migrations/1_make.up.sql", "CREATE TABLE words ();\n")
        .write(
            "migrations/1_make.down.sql",
            "BEGIN;\nDROP TABLE words;\nCOMMIT;\n",
        )
        .write(
            "migrations/2_more.up.sql",
            "BEGIN;\nCREATE TABLE more ();\nCOMMIT;\n",
        )
        .write("migrations/2_more.down.sql", "BEGIN;\nDROP TABLE more;\n");
    project.run(&["test", "--round-trip"]).expect(1).tells(&[
        "not ok 2 - migrations/2_more.down.sql takes it back",
        "it ends inside a transaction that it began",
        "2 migrations: 1 passed, 1 failed",
    ]);
}

#[test]
fn a_role_with_settings_of_its_own_takes_back_what_it_made() {
    let Some(project) = Project::new() else {
        return;
    };
    project
        .write("pgassay.toml", "owner = \"app\"\n")
        .write(
            "roles/app.sql",
            "CREATE ROLE app LOGIN;\nALTER ROLE app SET search_path = app, public;\n",
        )
        .write("migrations/V1__app.sql", "CREATE SCHEMA app;\n")
        .write("migrations/V2__words.sql", "CREATE TABLE words ();\n")
        .write("migrations/U2__words.sql", "DROP TABLE app.words;\n");
    project
        .run(&["test", "--round-trip"])
        .expect(0)
        .tells(&["2 migrations: 2 passed"]);
}

#[test]
fn what_is_more_or_another_behind_a_round_trip_is_told_as_that() {
    let Some(project) = Project::new() else {
        return;
    };
    project
        .write(
            "migrations/V1__make.sql",
            "CREATE TABLE words (id int, letters int);\nINSERT INTO words VALUES (1, 3), (2, NULL);\n\
             CREATE TABLE more (id int);\nINSERT INTO more VALUES (1);\nCREATE TABLE old (id int);\n",
        )
        .write("migrations/V2__drop.sql", "DROP TABLE old;\n")
        .write(
            "migrations/U2__drop.sql",
            "CREATE TABLE old (id int);\nINSERT INTO more VALUES (2);\nUPDATE words SET letters = 5;\n",
        )
        .write("migrations/V3__none.sql", "SELECT 1;\n")
        .write("migrations/U3__none.sql", "UPDATE words SET letters = 4 WHERE id = 1;\n");
    project.run(&["test", "--round-trip"]).expect(0).tells(&[
        "passed  migrations/V2__drop.sql  (public.old dropped, ",
        "changed by its down script: public.more: 1 row more than the 1 before",
        "changed by its down script: public.words.letters: 1 value more than the 1 before",
        "changed by its down script: public.words.letters: its value is another than before",
    ]);
    let trials = trials(&project, &["--round-trip"], 0);
    let change = &trials[1]["migration"]["changes"][0];
    assert_eq!(
        (&change["table"], &change["dropped"]),
        (&"public.old".into(), &true.into())
    );
}
