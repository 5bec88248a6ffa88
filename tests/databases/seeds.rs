//! A developer's database begins with the rows of the newest snapshot that fits, and later migrations change them.

mod asked;

use std::fs;
use std::path::PathBuf;

use crate::tool::{Project, Ran, Running, wait_until};
use crate::{ask, ask_at, done, running_shop, url};

/// What the third migration says: rows of before it are changed by it.
const THIRD: &str =
    "ALTER TABLE users ADD initial text;\nUPDATE users SET initial = left(name, 1);\n";
/// A roles script that may run again.
const ROLES: &str = "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'shop_reader') THEN CREATE ROLE shop_reader; END IF; \
                     END $$;\n";

/// A running shop with a snapshot behind its second migration, in which Ada, Grace (by the fixtures) and Mary (by nobody's script) are,
/// then a third migration and a second fixtures script; and no database any more.
fn shop_with_snapshot() -> Option<Project> {
    let project = running_shop()?;
    project.write("roles/1_roles.sql", ROLES);
    saved(&project);
    Some(project)
}

/// Makes the database, saves a snapshot of it, and drops it; then there are more scripts.
fn saved(project: &Project) {
    project.run(&["db", "up"]).expect(0);
    ask(project, "INSERT INTO users VALUES (3, 'Mary')");
    project.run(&["snapshot", "save"]).expect(0);
    project.write("migrations/V3__initials.sql", THIRD).write(
        "fixtures/2_orders.sql",
        "INSERT INTO orders VALUES (1, 1);\n",
    );
    drop_shop(project);
}

fn postgres(project: &Project) -> String {
    url(project).replace("/shop?", "/postgres?")
}

/// Drops the database, with all who are in it.
fn drop_shop(project: &Project) {
    ask_at(
        &postgres(project),
        "DROP DATABASE IF EXISTS shop WITH (FORCE)",
    );
}

/// The only snapshot.
fn snapshot(project: &Project) -> PathBuf {
    let mut all: Vec<PathBuf> = fs::read_dir(project.path().join("snapshots"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

/// Its path as it is shown.
fn shown(project: &Project) -> String {
    let name = snapshot(project).file_name().unwrap().to_owned();
    format!("snapshots/{}", name.to_str().unwrap())
}

fn users(project: &Project) -> String {
    ask(
        project,
        "SELECT string_agg(name || coalesce(':' || initial, ''), ' ' ORDER BY id) FROM users",
    )
}

/// The line that tells which rows were loaded, and why.
fn loaded(project: &Project) -> String {
    format!(
        "loaded  3 rows of {} behind migration 2: the only snapshot that fits",
        shown(project)
    )
}

fn scripts(project: &Project) -> String {
    ask(
        project,
        "SELECT kind || ' ' || regexp_replace(script, '2_.*Z', '…') FROM pgassay_scripts ORDER BY kind COLLATE \"C\", script COLLATE \"C\"",
    )
}

#[track_caller]
fn says(ran: &Ran, text: &str) {
    assert!(ran.err.contains(text), "{}", ran.err);
}

#[test]
fn a_new_database_begins_with_the_newest_snapshot_and_later_migrations_change_its_rows() {
    let Some(project) = shop_with_snapshot() else {
        return;
    };
    let first = project.run(&["db", "up"]).expect(0);
    let expected = [
        "created  the database \"shop\"".to_owned(),
        "ran  roles/1_roles.sql".to_owned(),
        "applied  migrations/V1__users.sql".to_owned(),
        "applied  migrations/V2__orders.sql".to_owned(),
        loaded(&project),
        "applied  migrations/V3__initials.sql".to_owned(),
        "ran  fixtures/2_orders.sql".to_owned(),
    ];
    assert_eq!(done(&first), expected);
    assert_eq!(first.err, "");
    assert_eq!(users(&project), "Ada:A Grace:G Mary:M");
    assert_eq!(
        scripts(&project),
        "fixtures fixtures/1_users.sql;fixtures fixtures/2_orders.sql;roles roles/1_roles.sql;seed snapshots/….snapshot"
    );
    // What lives on keeps its rows, and nothing is said of it.
    ask(&project, "DELETE FROM orders; DELETE FROM users");
    let again = project.run(&["db", "up"]).expect(0);
    assert_eq!((done(&again), again.err.as_str()), (vec![], ""));
    let verbose = project.run(&["db", "up", "--verbose"]).expect(0);
    assert!(verbose.out.contains("keeps its rows"), "{}", verbose.out);
    let named = project
        .run(&["db", "up", "--seed", &shown(&project)])
        .expect(0);
    says(
        &named,
        "keeps its rows; `pgassay snapshot load` replaces them",
    );
    assert_eq!(users(&project), "");
    // Made anew, it begins with them again.
    let reset = project.run(&["db", "reset", "--yes"]).expect(0);
    assert!(done(&reset).contains(&loaded(&project)), "{}", reset.out);
    assert_eq!(users(&project), "Ada:A Grace:G Mary:M");
    let without = project
        .run(&["db", "reset", "--yes", "--seed", "none"])
        .expect(0);
    assert!(!without.out.contains("loaded"), "{}", without.out);
    // What fixtures bring, no migration has changed.
    assert_eq!(users(&project), "Ada Grace");
    project.run(&["db", "stop"]).expect(0);
}

#[test]
fn a_database_that_holds_something_and_one_without_fixtures_get_no_rows() {
    let Some(project) = shop_with_snapshot() else {
        return;
    };
    let protected = url(&project).replace("/shop?", "/production?");
    let quiet = url(&project).replace("/shop?", "/quiet?");
    let settings = format!(
        "database_name = \"shop\"\n[environment.production]\nurl = \"{protected}\"\nprotected = true\n\
         [environment.quiet]\nurl = \"{quiet}\"\nfixtures = false\n"
    );
    project.write("pgassay.toml", &settings);
    let named = shown(&project);
    let refused = project
        .run(&["db", "up", "--env", "production", "--seed", &named])
        .expect(2);
    says(&refused, "--seed is of no use here");
    says(&refused, "environment production, which is protected");
    let count = "SELECT count(*) FROM pg_database WHERE datname = 'production'";
    assert_eq!(ask_at(&postgres(&project), count), "0");
    for (name, way, why) in [
        ("production", &protected, "which is protected"),
        ("quiet", &quiet, "where the settings say `fixtures = false`"),
    ] {
        let ran = project.run(&["db", "up", "--env", name]).expect(0);
        says(
            &ran,
            &format!("rows of snapshots are not loaded into environment {name}, {why}"),
        );
        assert_eq!(ask_at(way, "SELECT count(*) FROM users"), "0");
        let again = project.run(&["db", "up", "--env", name]).expect(0);
        assert_eq!(again.err, "");
    }
    // A table of somebody's.
    ask_at(&postgres(&project), "CREATE DATABASE shop");
    ask(&project, "CREATE TABLE mine ()");
    let refused = project.run(&["db", "up"]).expect(2);
    says(&refused, "no history of migrations");
    assert_eq!(ask(&project, "SELECT to_regclass('users') IS NULL"), "t");
    // One with nothing in it is as good as a new one.
    ask(&project, "DROP TABLE mine");
    let ran = project.run(&["db", "up"]).expect(0);
    assert!(done(&ran).contains(&loaded(&project)), "{}", ran.out);
    project.run(&["db", "stop"]).expect(0);
}

#[test]
fn a_rewritten_history_is_told_of_with_the_first_migration_that_differs() {
    let Some(project) = shop_with_snapshot() else {
        return;
    };
    project.run(&["db", "up"]).expect(0);
    project.write(
        "migrations/V2__orders.sql",
        "CREATE TABLE orders (id bigint PRIMARY KEY, user_id int REFERENCES users);\n",
    );
    let why =
        "the history was rewritten since: migrations/V2__orders.sql has another text than it had";
    let named = shown(&project);
    let refused = project
        .run(&["db", "reset", "--yes", "--seed", &named])
        .expect(2);
    says(
        &refused,
        &format!("{named} (--seed, or the setting `seed`) is no choice: {why}"),
    );
    // Nothing was dropped.
    assert_eq!(users(&project), "Ada:A Grace:G Mary:M");
    let ran = project.run(&["db", "reset", "--yes"]).expect(0);
    says(&ran, &format!("note: {named} is no choice: {why}"));
    assert_eq!(users(&project), "Ada Grace");
    project.run(&["db", "stop"]).expect(0);
}

#[test]
fn a_broken_file_that_is_the_newest_is_told_of_and_the_one_before_it_is_chosen() {
    let Some(project) = shop_with_snapshot() else {
        return;
    };
    let good = snapshot(&project);
    let chosen = loaded(&project);
    let bytes = fs::read(&good).unwrap();
    let mut changed = bytes.clone();
    // In the hash itself, which only whoever reads all of it sees.
    let last = changed.len() - 1;
    changed[last] ^= 1;
    let beside = |name: &str, bytes: &[u8]| {
        fs::write(good.with_file_name(name), bytes).unwrap();
    };
    beside("2_29990101T000000Z.snapshot", &bytes[..bytes.len() - 9]);
    beside("2_29990102T000000Z.snapshot", &changed);
    let ran = project.run(&["db", "up"]).expect(0);
    says(
        &ran,
        "snapshots/2_29990101T000000Z.snapshot is no choice: the snapshot is cut short",
    );
    says(
        &ran,
        "snapshots/2_29990102T000000Z.snapshot is no choice: the snapshot was changed after it was saved",
    );
    assert!(done(&ran).contains(&chosen), "{}", ran.out);
    let named = project
        .run(&[
            "db",
            "reset",
            "--yes",
            "--seed",
            "snapshots/2_29990102T000000Z.snapshot",
        ])
        .expect(2);
    says(&named, "2_29990102T000000Z.snapshot: the snapshot was");
    assert_eq!(users(&project), "Ada:A Grace:G Mary:M");
    project.run(&["db", "stop"]).expect(0);
}

#[test]
fn a_fixtures_script_that_has_changed_since_it_was_saved_is_told_of_and_not_run_again() {
    let Some(project) = shop_with_snapshot() else {
        return;
    };
    project.write(
        "fixtures/1_users.sql",
        "INSERT INTO users VALUES (9, 'Edsger');\n",
    );
    let ran = project.run(&["db", "up"]).expect(0);
    says(
        &ran,
        "fixtures/1_users.sql has changed since it ran here, and is not run again; `pgassay db up --fixtures-again` runs it, and `pgassay db \
         reset` with a new snapshot, or `--seed none`, makes the database anew",
    );
    assert_eq!(users(&project), "Ada:A Grace:G Mary:M");
    project.run(&["db", "up", "--fixtures-again"]).expect(0);
    assert_eq!(users(&project), "Ada:A Grace:G Mary:M Edsger");
    project.run(&["db", "stop"]).expect(0);
}

/// A shop whose migrations, and whose rows while they are loaded, wait where the settings of the role say so.
fn slow_shop() -> Option<Project> {
    let project = running_shop()?;
    let nap = |name: &str| {
        format!(
            "SELECT pg_sleep(coalesce(nullif(current_setting('nap.{name}', true), ''), '0')::float);\n"
        )
    };
    project
        .write("roles/1_roles.sql", ROLES)
        .write(
            "migrations/V1__users.sql",
            &format!(
                "CREATE FUNCTION awake(id int) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN\n\
                 PERFORM pg_sleep(coalesce(nullif(current_setting('nap.loading', true), ''), '0')::float); RETURN true; END $$;\n\
                 CREATE TABLE users (id int PRIMARY KEY CHECK (awake(id)), name text NOT NULL);\n{}",
                nap("first")
            ),
        )
        .write(
            "migrations/V2__orders.sql",
            &format!(
                "CREATE TABLE orders (id int PRIMARY KEY, user_id int REFERENCES users);\n{}",
                nap("second")
            ),
        );
    saved(&project);
    project.write(
        "migrations/V3__initials.sql",
        &format!("{THIRD}{}", nap("third")),
    );
    Some(project)
}

/// Kills `db up` when it comes to a moment.
fn kill_at(project: &Project, moment: &str) {
    let server = postgres(project);
    ask_at(
        &server,
        &format!("ALTER ROLE postgres SET nap.{moment} = '60'"),
    );
    let run: Running = project.start(&["db", "up"]);
    wait_until(&format!("it naps: {moment}"), || {
        let naps = "SELECT count(*) FROM pg_stat_activity WHERE datname = 'shop' AND wait_event = 'PgSleep'";
        ask_at(&server, naps) == "1"
    });
    run.kill();
    ask_at(&server, &format!("ALTER ROLE postgres RESET nap.{moment}"));
    // The server would sleep on, and hold what it has.
    let others = "FROM pg_stat_activity WHERE datname = 'shop'";
    ask_at(
        &server,
        &format!("SELECT count(pg_terminate_backend(pid)) {others}"),
    );
    wait_until("they are gone", || {
        ask_at(&server, &format!("SELECT count(*) {others}")) == "0"
    });
}

#[test]
fn killed_at_any_moment_the_next_one_goes_on_and_does_not_forget_the_rows() {
    let Some(project) = slow_shop() else { return };
    for (moment, is_loaded) in [
        ("first", false),
        ("second", false),
        ("loading", false),
        ("third", true),
    ] {
        drop_shop(&project);
        kill_at(&project, moment);
        assert_eq!(
            ask(
                &project,
                "SELECT kind FROM pgassay_scripts WHERE kind LIKE 'seed%'"
            ),
            if is_loaded { "seed" } else { "seed due" },
            "{moment}"
        );
        let ran = project.run(&["db", "up"]).expect(0);
        assert_eq!(
            done(&ran).contains(&loaded(&project)),
            !is_loaded,
            "{moment}: {}",
            ran.out
        );
        assert_eq!(users(&project), "Ada:A Grace:G Mary:M", "{moment}");
        assert!(scripts(&project).ends_with(";seed snapshots/….snapshot"));
        assert_eq!(ask(&project, "SELECT count(*) FROM orders"), "1");
        let again = project.run(&["db", "up"]).expect(0);
        assert_eq!((done(&again), again.err.as_str()), (vec![], ""));
    }
    project.run(&["db", "stop"]).expect(0);
}

#[test]
fn rows_that_were_to_be_loaded_and_cannot_be_any_more_are_told_of_with_what_to_do() {
    let Some(project) = slow_shop() else { return };
    let file = snapshot(&project);
    let named = shown(&project);
    let away = project.around().join("away.snapshot");
    kill_at(&project, "loading");
    // The file is gone.
    fs::rename(&file, &away).unwrap();
    let refused = project.run(&["db", "up"]).expect(2);
    says(
        &refused,
        "were to be loaded into this database and are not, and it is no choice any more",
    );
    fs::rename(&away, &file).unwrap();
    // The database went on without it.
    project
        .run(&["migrate", "up", "--url", &url(&project)])
        .expect(0);
    let refused = project.run(&["db", "up"]).expect(2);
    says(&refused, "and the database has later migrations by now");
    assert_eq!(done(&refused), Vec::<String>::new());
    says(&refused, &format!("`pgassay snapshot load {named}`"));
    let forward = project
        .run(&["snapshot", "load", &named])
        .expect(0)
        .tells(&["migrated from 2 to 3"]);
    assert_eq!(forward.err, "");
    assert_eq!(users(&project), "Ada:A Grace:G Mary:M");
    let ran = project.run(&["db", "up"]).expect(0);
    assert_eq!(done(&ran), ["ran  fixtures/2_orders.sql"]);
    // Without them, when that is said.
    drop_shop(&project);
    kill_at(&project, "second");
    let ran = project.run(&["db", "up", "--seed", "none"]).expect(0);
    says(
        &ran,
        "which were to be loaded, are left out: the settings say so",
    );
    assert_eq!(users(&project), "Ada Grace");
    assert_eq!(project.run(&["db", "up"]).expect(0).err, "");
    project.run(&["db", "stop"]).expect(0);
}

#[test]
fn rows_are_loaded_behind_migrations_without_a_version_and_between_two_of_one() {
    let Some(project) = Project::new() else {
        return;
    };
    project
        .write("pgassay.toml", "database_name = \"shop\"\n")
        .write(
            "migrations/1_a.sql",
            "CREATE TABLE users (id int PRIMARY KEY, name text);\n",
        );
    project.run(&["db", "start"]).expect(0);
    let save = |number: u32| {
        project.run(&["db", "reset", "--yes"]).expect(0);
        let insert = format!("INSERT INTO users (id, name) VALUES ({number}, 'x{number}')");
        ask(&project, &insert);
        let _ = fs::remove_dir_all(project.path().join("snapshots"));
        project.run(&["snapshot", "save"]).expect(0);
    };
    save(1);
    // Of the same version.
    project.write(
        "migrations/1_b.sql",
        "ALTER TABLE users ADD mail text;\nUPDATE users SET mail = name || '@b';\n",
    );
    save(2);
    let mails = "SELECT string_agg(name || ' ' || coalesce(mail, '-'), ',' ORDER BY id) FROM users";
    assert_eq!(ask(&project, mails), "x1 x1@b,x2 -");
    // Without one.
    let fill = |with: &str| format!("UPDATE users SET mail = coalesce(mail, name || '@{with}');\n");
    project.write("migrations/views.sql", &fill("v"));
    save(3);
    assert_eq!(ask(&project, mails), "x1 x1@b,x2 x2@v,x3 -");
    project.write("migrations/z.sql", &fill("z"));
    let ran = project.run(&["db", "reset", "--yes"]).expect(0);
    assert_eq!(ask(&project, mails), "x1 x1@b,x2 x2@v,x3 x3@z");
    let lines: Vec<String> = done(&ran).into_iter().skip(2).collect();
    assert!(
        matches!(&lines[..], [a, b, views, rows, z] if a.ends_with("1_a.sql") && b.ends_with("1_b.sql")
            && views.ends_with("views.sql") && rows.starts_with("loaded") && z.ends_with("z.sql")),
        "{lines:?}"
    );
    project.run(&["db", "stop"]).expect(0);
}

#[test]
fn repeatable_migrations_run_behind_the_rows_and_what_they_make_of_them_is_fresh() {
    let Some(project) = running_shop() else {
        return;
    };
    project.write("roles/1_roles.sql", ROLES).write(
        "migrations/R__count.sql",
        "DROP MATERIALIZED VIEW IF EXISTS count;\nCREATE MATERIALIZED VIEW count AS SELECT count(*) FROM users;\n",
    );
    saved(&project);
    let ran = project.run(&["db", "up"]).expect(0);
    let lines = done(&ran);
    assert_eq!(lines[4], loaded(&project), "{lines:?}");
    assert_eq!(lines[6], "applied  migrations/R__count.sql", "{lines:?}");
    let count = "SELECT * FROM count";
    assert_eq!(ask(&project, count), "3");
    // Loaded by hand, into what is there at a later version.
    ask(
        &project,
        "DELETE FROM orders; DELETE FROM users; REFRESH MATERIALIZED VIEW count",
    );
    assert_eq!(ask(&project, count), "0");
    project
        .run(&["snapshot", "load", "--yes"])
        .expect(0)
        .tells(&["migrated from 2 to 3"]);
    assert_eq!(ask(&project, count), "3");
    project.run(&["db", "stop"]).expect(0);
}

#[test]
fn behind_a_migrate_command_rows_are_loaded_only_where_a_snapshot_is_named() {
    let Some(project) = shop_with_snapshot() else {
        return;
    };
    let Some(psql) = crate::tool::psql() else {
        return;
    };
    let of_migrations = shown(&project);
    let settings = format!(
        "database_name = \"shop\"\nmigrate_command = '''{} -qX -v ON_ERROR_STOP=1 -d \"$DATABASE_URL\" -f up.sql'''\n",
        psql.display()
    );
    project
        .write("pgassay.toml", &settings)
        .write("fixtures/2_orders.sql", "SELECT 1;\n")
        .write(
            "up.sql",
            "CREATE TABLE IF NOT EXISTS users (id int PRIMARY KEY, name text);\n",
        );
    let ran = project.run(&["db", "up"]).expect(0);
    says(
        &ran,
        "note: no snapshot of snapshots is loaded where a `migrate_command` migrates, unless --seed",
    );
    let names = "SELECT string_agg(name, ' ' ORDER BY id) FROM users";
    assert_eq!(ask(&project, names), "Ada Grace");
    assert_eq!(project.run(&["db", "up"]).expect(0).err, "");
    ask(&project, "INSERT INTO users VALUES (7, 'Kurt')");
    project
        .run(&["snapshot", "save", "--output", "kurt.snapshot"])
        .expect(0);
    let reset = |seed: &str| project.run(&["db", "reset", "--yes", "--seed", seed]);
    says(
        &reset(&of_migrations).expect(2),
        "where a `migrate_command` migrates it is not known whether that has run",
    );
    assert_eq!(ask(&project, names), "Ada Grace Kurt");
    let ran = reset("kurt.snapshot").expect(0);
    assert_eq!(
        done(&ran)[3],
        "loaded  3 rows of kurt.snapshot behind the migrate_command: which the settings name"
    );
    assert_eq!(ask(&project, names), "Ada Grace Kurt");
    // The tables are others.
    project.write(
        "up.sql",
        "CREATE TABLE IF NOT EXISTS users (id bigint, name text);\n",
    );
    let refused = reset("kurt.snapshot").expect(2);
    says(&refused, "column id of public.users is bigint there");
    says(
        &project.run(&["db", "up"]).expect(2),
        "kurt.snapshot were to be loaded",
    );
    project.run(&["db", "stop"]).expect(0);
}
