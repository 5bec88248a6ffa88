//! Databases that live on: `pgassay migrate up` brings each to what its layout's migrations make, and finds nothing to do
//! behind that; and what stands outside of the migrations does not get into them.

use std::process::Command;

use pgassay::migration::MigrationSet;

use crate::schema::project;
use crate::tool::{Host, Project, Ran, Running, samples};

/// A project, and a server with a database `live`.
struct Ground {
    project: Project,
    host: Host,
}

impl Ground {
    fn new(sample: &str) -> Option<Self> {
        let project = project(sample)?;
        let host = Host::start(&project);
        let mut client = host.client("postgres");
        client.batch_execute("CREATE DATABASE live").unwrap();
        Some(Self { project, host })
    }

    fn migrate_with(&self, arguments: &[&str], say: impl Fn(&mut Command)) -> Ran {
        let url = self
            .host
            .by_socket("postgres")
            .replace("dbname=postgres", "dbname=live");
        let (first, rest) = arguments.split_first().unwrap();
        let arguments = [&["migrate", first, "--url", &url], rest].concat();
        let mut command = self.project.command(&arguments);
        say(&mut command);
        Running::start(command, self.project.around()).finish()
    }

    fn migrate(&self, arguments: &[&str]) -> Ran {
        self.migrate_with(arguments, |_| {})
    }

    /// What was kept of the texts, and what was noted of the migrations.
    fn kept(&self) -> String {
        let query = "SELECT (SELECT string_agg(to_jsonb(t)::text, E'\\n') FROM public.pgassay_migration_texts t)
                         || (SELECT string_agg(to_jsonb(m)::text, E'\\n') FROM public.pgassay_migrations m)";
        let row = self.host.client("live").query_one(query, &[]).unwrap();
        row.get(0)
    }
}

#[test]
fn every_sample_migrates_a_database_once() {
    let mut names: Vec<String> = std::fs::read_dir(samples().join("migration"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    let (mut good, mut wrong) = (0, Vec::new());
    for name in names {
        let path = samples().join("migration").join(&name);
        // What is refused is told in the tests of the layouts themselves.
        let Ok(set) = MigrationSet::load(&[path], None, &samples()) else {
            continue;
        };
        let Some(ground) = Ground::new(&name) else {
            return;
        };
        good += 1;
        if name == "graphile_current" {
            // It presupposes that.
            let mut client = ground.host.client("live");
            client.batch_execute("CREATE SCHEMA shop").unwrap();
        }
        let mut tell = |what: &str, ran: &Ran| {
            wrong.push(format!(
                "{name} ({}), {what}: {}{}",
                set.layout.shown, ran.out, ran.err
            ));
        };
        let first = ground.migrate(&["up"]);
        if first.code != Some(0) {
            tell("up", &first);
            continue;
        }
        let second = ground.migrate(&["up"]);
        if second.code != Some(0) || !second.out.starts_with("0 migrations applied") {
            tell("up again", &second);
        }
        let ran = ground.migrate(&["status", "--format", "json"]);
        let status: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
        let lines = status[0]["migrations"].as_array().unwrap();
        if lines.is_empty() || lines.iter().any(|line| line["state"] != "applied") {
            tell("status", &ran);
        }
    }
    assert!(good > 20, "{good}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn variables_of_the_environment_run_and_are_neither_kept_nor_shown_in_gooses_migrations() {
    let Some(ground) = Ground::new("goose") else {
        return;
    };
    let text = "-- +goose Up\n-- +goose ENVSUB ON\nSELECT 1 / (length('${THE_SECRET:-x}') / 5);\n";
    ground
        .project
        .write("migrations/99999999999999_secret.sql", text);
    let with = |secret: &'static str| {
        move |command: &mut Command| {
            command.env("THE_SECRET", secret);
        }
    };
    let dry = ground
        .migrate_with(&["up", "--dry-run"], with("hunter2"))
        .expect(0);
    assert!(dry.out.contains("${THE_SECRET:-x}"), "{}", dry.out);
    assert!(!dry.out.contains("hunter2"), "{}", dry.out);
    // The value runs.
    ground.migrate_with(&["up"], with("abc")).expect(2);
    ground.migrate_with(&["up"], with("hunter2")).expect(0);
    assert!(
        ground.kept().contains("${THE_SECRET:-x}"),
        "{}",
        ground.kept()
    );
    assert!(!ground.kept().contains("hunter2"), "{}", ground.kept());
    // Another value is no change of the file.
    let again = ground.migrate_with(&["up"], with("swordfish")).expect(0);
    assert!(
        again.out.starts_with("0 migrations applied"),
        "{}",
        again.out
    );
    ground.project.write(
        "migrations/99999999999999_secret.sql",
        &text.replace("SELECT", "SELECT 2 +"),
    );
    let changed = ground.migrate_with(&["up"], with("hunter2")).expect(2);
    assert!(
        changed
            .err
            .contains("+SELECT 2 + 1 / (length('${THE_SECRET:-x}')"),
        "{}",
        changed.err
    );
    assert!(!changed.err.contains("hunter2"), "{}", changed.err);
}

#[test]
fn placeholders_and_settings_run_and_are_neither_kept_nor_shown_in_graphile_migrates_migrations() {
    let Some(ground) = Ground::new("goose") else {
        return;
    };
    std::fs::remove_dir_all(ground.project.path().join("migrations")).unwrap();
    let settings = "{ placeholders: { ':THE_SECRET': '!ENV', ':OTHER': 'swordfish' }, pgSettings: { 'app.key': 'opensesame' },
        beforeAllMigrations: 'hook.sql' }";
    ground.project.write("migrations/.gmrc", settings);
    ground.project.write("migrations/current.sql", "");
    ground.project.write(
        "migrations/hook.sql",
        "\nCREATE TABLE t AS SELECT ':THE_SECRET' AS a, ':OTHER' AS b, current_setting('app.key') AS c;\n",
    );
    let secret = |command: &mut Command| {
        command.env("THE_SECRET", "hunter2");
    };
    let dry = ground.migrate_with(&["up", "--dry-run"], secret).expect(0);
    ground.migrate_with(&["up"], secret).expect(0);
    for shown in [dry.out, ground.kept()] {
        assert!(shown.contains(":THE_SECRET"), "{shown}");
        for value in ["hunter2", "swordfish", "opensesame"] {
            assert!(!shown.contains(value), "{shown}");
        }
    }
    let row = ground
        .host
        .client("live")
        .query_one("SELECT a || b || c FROM t", &[])
        .unwrap();
    assert_eq!(row.get::<_, String>(0), "hunter2swordfishopensesame");
}

#[test]
fn the_status_of_a_database_of_flyway_tells_whether_it_began_with_the_baseline() {
    let Some(ground) = Ground::new("flyway_baseline") else {
        return;
    };
    let mut client = ground.host.client("live");
    client
        .batch_execute(
            "CREATE TABLE flyway_schema_history (installed_rank integer PRIMARY KEY, version varchar(50), description varchar(200) NOT NULL,
                type varchar(20) NOT NULL, script varchar(1000) NOT NULL, checksum integer, installed_by varchar(100) NOT NULL,
                installed_on timestamp NOT NULL DEFAULT now(), execution_time integer NOT NULL, success boolean NOT NULL)",
        )
        .unwrap();
    let mut states = |versions: &str, kind: &str| {
        client
            .batch_execute(&format!(
                "TRUNCATE flyway_schema_history; INSERT INTO flyway_schema_history
                 SELECT n, n, 'm', '{kind}', 'f', n, 'ada', now(), 1, true FROM unnest(ARRAY[{versions}]) n"
            ))
            .unwrap();
        let ran = ground.migrate(&["status", "--format", "json"]).expect(0);
        let status: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
        let lines = status[0]["migrations"].as_array().unwrap().iter();
        let line = |it: &serde_json::Value| {
            format!(
                "{} {}",
                it["file"].as_str().unwrap_or("-"),
                it["state"].as_str().unwrap()
            )
        };
        lines.map(line).collect::<Vec<_>>()
    };
    insta::assert_debug_snapshot!(
        "flyway_status",
        [
            states("1, 2", "SQL"),
            states("2", "SQL_BASELINE"),
            states("1", "SQL")
        ]
    );
}

#[test]
fn a_migration_whose_number_of_statements_stands_outside_of_it_is_not_gone_on_with() {
    let Some(ground) = Ground::new("goose") else {
        return;
    };
    ground.project.write(
        "migrations/99999999999999_more.sql",
        "-- +goose NO TRANSACTION\n-- +goose Up\n-- +goose ENVSUB ON\nCREATE TABLE a (x int);\n${MORE};\n\
         CREATE UNIQUE INDEX CONCURRENTLY i ON a (x);\nDROP TABLE a;\nCREATE TABLE b ();\n",
    );
    let more = |command: &mut Command| {
        command.env("MORE", "INSERT INTO a VALUES (1); INSERT INTO a VALUES (1)");
    };
    let failed = ground.migrate_with(&["up"], more).expect(2);
    assert!(failed.err.contains("3 of its statements"), "{}", failed.err);
    let refused = ground.migrate_with(&["up"], more).expect(2);
    let why = "how many statements it has depends on values that stand outside of it";
    assert!(refused.err.contains(why), "{}", refused.err);
}
