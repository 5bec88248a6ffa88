use std::cell::RefCell;
use std::fs;
use std::path::{Path, PathBuf};

use pgassay::catalog::{Catalog, History, Kind, Object, read};
use pgassay::database::{Migrating, Preparation, bundled_pgtap};
use pgassay::migration::MigrationSet;
use pgassay::project::ScriptFile;
use pgassay::run::admin_of;
use pgassay::session::{Connection, Surroundings, Watch};
use pgassay::settings::{PgtapSettings, PgtapSource};

use crate::ground::Ground;

/// The migrations in a directory, applied while it is followed what they make.
fn followed(ground: &Ground, project: &Path, owner: Option<&str>) -> (Catalog, History) {
    let admin = admin_of(&ground.server);
    let surroundings = Surroundings {
        working_dir: project.to_owned(),
        writable: Vec::new(),
        project_dir: project.to_owned(),
        pgtap: Some(bundled_pgtap().into()),
        inputs: None,
        shell: None,
    };
    let roles: PathBuf = project.join("roles.sql");
    let roles = [ScriptFile {
        path: roles,
        shown: "roles.sql".into(),
    }];
    let migrations = MigrationSet::load(&[project.join("migrations")], None, project).unwrap();
    let history = RefCell::new(History::default());
    let preparation = Preparation {
        admin: &admin,
        watch: Watch::default(),
        roles: &roles,
        migrating: Migrating::Files(&migrations),
        seeds: &[],
        fixtures: &[],
        variables: &[],
        owner,
        owner_login: true,
        database_name: "followed",
        template_name: "followed",
        pgtap: &PgtapSettings {
            source: PgtapSource::Bundled,
            schema: "tap".into(),
        },
        history: Some(&history),
        coverage: false,
        surroundings: &surroundings,
    };
    preparation.migrate(None, usize::MAX, &mut |_| ()).unwrap();
    let mut connection =
        Connection::open(&admin.with_database("followed"), Watch::default()).unwrap();
    let mut catalog = read(&mut connection, &bundled_pgtap()).unwrap();
    let history = history.into_inner();
    catalog.place(&history);
    (catalog, history)
}

/// Each object with the places where it was made and changed.
fn places(catalog: &Catalog) -> String {
    let line = |object: &Object| {
        let place = |place: &Option<_>| place.as_ref().map_or("-".into(), ToString::to_string);
        format!(
            "{}: {} {}\n",
            object.name,
            place(&object.made_at),
            place(&object.changed_at)
        )
    };
    let objects = catalog.objects().iter();
    // Only some versions have these.
    let objects = objects.filter(|it| it.name.kind != Kind::NotNull);
    objects.map(line).collect()
}

fn project(scripts: &[(&str, &str)]) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    fs::create_dir(directory.path().join("migrations")).unwrap();
    for (name, text) in scripts {
        fs::write(directory.path().join(name), text).unwrap();
    }
    directory
}

const ROLES: &str = "CREATE ROLE readers;
CREATE ROLE ann LOGIN;
CREATE ROLE boss LOGIN;
GRANT readers TO ann;
ALTER ROLE readers CREATEDB;
";

/// Flyway puts it into one transaction.
const FIRST: &str = r"-- One transaction, in which statements are told apart all the same.
CREATE SCHEMA app;
CREATE TYPE app.kind AS ENUM ('a', 'b');
CREATE TABLE app.t (
    id integer,
    kind app.kind DEFAULT 'a',
    note text
);
CREATE TABLE app.u (id integer PRIMARY KEY, t integer);
INSERT INTO app.t VALUES (1, 'b', 'x');
ALTER TABLE app.t ADD CONSTRAINT t_pkey PRIMARY KEY (id);
ALTER TABLE app.u ADD CONSTRAINT to_t FOREIGN KEY (t) REFERENCES app.t;
CREATE FUNCTION app.f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER f BEFORE INSERT ON app.t FOR EACH ROW EXECUTE FUNCTION app.f();
DO $$ BEGIN
    BEGIN
        CREATE TABLE app.lost (a integer); PERFORM 1 / 0;
    EXCEPTION WHEN division_by_zero THEN
        CREATE TABLE app.kept (a integer);
    END;
END $$;
SAVEPOINT here;
CREATE VIEW app.never AS SELECT 1 AS a;
ROLLBACK TO here;
CREATE VIEW app.v AS SELECT id, note FROM app.t;
ALTER TABLE app.t ALTER COLUMN note SET NOT NULL;
COMMENT ON TABLE app.t IS 'no change of it';
CREATE INDEX t_note ON app.t (note); CREATE INDEX t_kind ON app.t (kind);
";

const SECOND: &str = "ALTER TABLE app.t ADD COLUMN more integer;
GRANT SELECT ON app.t TO readers;
ALTER TABLE app.t ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON app.t USING (id > 0);
ALTER TABLE app.u ALTER COLUMN t SET DEFAULT 5;
CREATE OR REPLACE FUNCTION app.f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN OLD; END $$;
CREATE OR REPLACE VIEW app.v AS SELECT id, note, 1 AS one FROM app.t;
ALTER INDEX app.t_note RENAME TO t_by_note;
ALTER POLICY own ON app.t USING (id > 1);
\\ir ../more.sql
UPDATE app.t SET note = 'y';
";

const THIRD: &str = "CREATE INDEX CONCURRENTLY t_more ON app.t (more);
ALTER TYPE app.kind ADD VALUE 'c';
BEGIN;
SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;
CREATE TABLE app.w (a integer);
ALTER TABLE app.w ADD CHECK (a > 0);
CREATE TABLE app.x (a integer);
COMMIT;
ALTER TABLE app.t DROP COLUMN more;
CREATE ROLE late;
";

#[test]
fn objects_know_the_line_that_made_them_and_the_last_that_changed_them() {
    let Some(ground) = Ground::new() else { return };
    let project = project(&[
        ("roles.sql", ROLES),
        ("migrations/V1__first.sql", FIRST),
        ("migrations/V2__second.sql", SECOND),
        ("migrations/V3__third.sql", THIRD),
        ("more.sql", "\nCREATE SEQUENCE app.s;\n"),
    ]);
    let (catalog, history) = followed(&ground, project.path(), None);
    insta::assert_snapshot!(places(&catalog));
    let text = serde_json::to_string(&history).unwrap();
    let again: History = serde_json::from_str(&text).unwrap();
    let mut kept = catalog.clone();
    kept.place(&again);
    assert_eq!(kept.objects(), catalog.objects());
}

#[test]
fn whatever_a_transaction_begins_with_what_comes_behind_it_has_its_place() {
    let Some(ground) = Ground::new() else { return };
    let beginnings = [
        ("1", "INSERT INTO app.first VALUES (1);"),
        ("2", "COMMENT ON TABLE app.first IS 'it';"),
        ("3", "CREATE ROLE early;"),
        ("4", "UPDATE app.first SET id = 2;"),
        ("5", "SELECT 1;"),
    ];
    let mut scripts = vec![
        ("roles.sql".to_owned(), ROLES.to_owned()),
        (
            "migrations/V0__first.sql".to_owned(),
            "CREATE SCHEMA app;\nCREATE TABLE app.first (id integer);\n".to_owned(),
        ),
    ];
    scripts.extend(beginnings.map(|(number, beginning)| {
        let text = format!(
            "{beginning}\nCREATE TABLE app.t{number} (id integer);\nALTER TABLE app.t{number} ADD more text;\n"
        );
        (format!("migrations/V{number}__more.sql"), text)
    }));
    let scripts: Vec<(&str, &str)> = scripts
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect();
    let project = project(&scripts);
    let (catalog, _) = followed(&ground, project.path(), None);
    let text = places(&catalog);
    for (number, _) in beginnings {
        let file = format!("migrations/V{number}__more.sql");
        for line in [
            format!("table app.t{number}: {file}:2 "),
            format!("column app.t{number}.id: {file}:2 -\n"),
            format!("column app.t{number}.more: {file}:3 -\n"),
        ] {
            assert!(text.contains(&line), "{line}\n{text}");
        }
    }
    assert!(
        text.contains("role early: migrations/V3__more.sql:1 -\n"),
        "{text}"
    );
}

/// A role that owns the database may not read all catalogs.
#[test]
fn a_plain_owner_is_followed_too() {
    let Some(ground) = Ground::new() else { return };
    let project = project(&[
        ("roles.sql", ROLES),
        ("migrations/V1__first.sql", FIRST),
        ("migrations/V2__second.sql", SECOND),
        ("more.sql", "\nCREATE SEQUENCE app.s;\n"),
    ]);
    let (catalog, _) = followed(&ground, project.path(), Some("boss"));
    let text = places(&catalog);
    for line in [
        "table app.t: migrations/V1__first.sql:4 migrations/V2__second.sql:3\n",
        "column app.t.note: migrations/V1__first.sql:4 migrations/V1__first.sql:26\n",
        "sequence app.s: more.sql:2 -\n",
        "role readers: roles.sql:1 roles.sql:5\n",
    ] {
        assert!(text.contains(line), "{line}{text}");
    }
}
