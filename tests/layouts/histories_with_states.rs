//! Histories of tools that note more than what was applied, in tables made column by column as the tools make them.

use crate::histories::{Ground, history};

const SQITCH: &str = "CREATE SCHEMA sqitch;
     CREATE TABLE sqitch.changes (change_id text PRIMARY KEY, script_hash text, change text NOT NULL, project text NOT NULL,
        note text NOT NULL DEFAULT '', committed_at timestamptz NOT NULL, committer_name text NOT NULL DEFAULT 'Ada',
        committer_email text NOT NULL DEFAULT '', planned_at timestamptz NOT NULL DEFAULT now(),
        planner_name text NOT NULL DEFAULT '', planner_email text NOT NULL DEFAULT '');
     CREATE TABLE sqitch.tags (tag_id text PRIMARY KEY, tag text NOT NULL, project text NOT NULL, change_id text NOT NULL,
        planned_at timestamptz NOT NULL DEFAULT now());
     CREATE TABLE sqitch.events (event text NOT NULL, change_id text NOT NULL, change text NOT NULL, project text NOT NULL,
        note text NOT NULL DEFAULT '', committed_at timestamptz NOT NULL, committer_name text NOT NULL DEFAULT 'Ada')";
const GRAPHILE: &str = "CREATE SCHEMA graphile_migrate;
     CREATE TABLE graphile_migrate.migrations (hash text PRIMARY KEY, previous_hash text REFERENCES graphile_migrate.migrations,
        filename text NOT NULL, date timestamptz NOT NULL DEFAULT now())";
const SUPABASE: &str = "CREATE SCHEMA supabase_migrations;
     CREATE TABLE supabase_migrations.schema_migrations (version text NOT NULL PRIMARY KEY, statements text[], name text)";
const DB_MIGRATE: &str = "CREATE TABLE migrations (id serial PRIMARY KEY, name varchar(255) NOT NULL, run_on timestamp NOT NULL)";
const PRISMA: &str = "CREATE TABLE _prisma_migrations (id varchar(36) PRIMARY KEY NOT NULL, checksum varchar(64) NOT NULL,
        finished_at timestamptz, migration_name varchar(255) NOT NULL, logs text, rolled_back_at timestamptz,
        started_at timestamptz NOT NULL DEFAULT now(), applied_steps_count integer NOT NULL DEFAULT 0)";
const ATLAS: &str = "CREATE TABLE atlas_schema_revisions (version varchar PRIMARY KEY, description varchar NOT NULL,
        type bigint NOT NULL DEFAULT 2, applied bigint NOT NULL DEFAULT 0, total bigint NOT NULL DEFAULT 0,
        executed_at timestamptz NOT NULL DEFAULT now(), execution_time bigint NOT NULL DEFAULT 0, error text, error_stmt text,
        hash varchar NOT NULL DEFAULT '', partial_hashes jsonb, operator_version varchar NOT NULL DEFAULT '')";
const RAILS: &str = "CREATE TABLE schema_migrations (version varchar NOT NULL PRIMARY KEY);
     CREATE TABLE ar_internal_metadata (key varchar NOT NULL PRIMARY KEY, value varchar)";
const LIQUIBASE: &str = "CREATE TABLE databasechangeloglock (id int PRIMARY KEY, locked boolean NOT NULL, lockgranted timestamp,
        lockedby varchar(255));
     INSERT INTO databasechangeloglock VALUES (1, false);
     CREATE TABLE databasechangelog (id varchar(255) NOT NULL, author varchar(255) NOT NULL, filename varchar(255) NOT NULL,
        dateexecuted timestamp NOT NULL, orderexecuted int NOT NULL, exectype varchar(10) NOT NULL, md5sum varchar(35),
        description varchar(255), comments varchar(255), tag varchar(255), liquibase varchar(20), contexts varchar(255),
        labels varchar(255), deployment_id varchar(10))";

#[test]
fn each_of_these_histories_is_known_by_its_columns_and_read_in_every_state() {
    let Some(ground) = Ground::new() else { return };
    let states: [(&str, &str, &str, &[&str]); 16] = [
        ("sqitch", SQITCH, "SELECT 1", &[]),
        (
            "sqitch",
            SQITCH,
            "INSERT INTO sqitch.changes (change_id, change, project, committed_at) VALUES
                ('1', 'users', 'shop', '2024-01-01'), ('2', 'index', 'shop', '2024-01-02'), ('3', 'users', 'shop', '2024-01-03');
             INSERT INTO sqitch.tags VALUES ('1', '@v1', 'shop', '2');
             INSERT INTO sqitch.events (event, change_id, change, project, committed_at) VALUES
                ('fail', '3', 'users', 'shop', '2024-01-02 12:00'), ('deploy', '3', 'users', 'shop', '2024-01-03'),
                ('fail', '4', 'users', 'shop', '2024-01-04')",
            &[
                "users  applied, timed",
                "index  applied, timed",
                "users#2  applied, timed",
                "users#3  failed, timed",
            ],
        ),
        (
            "sqitch",
            SQITCH,
            "INSERT INTO sqitch.changes (change_id, change, project, committed_at) VALUES ('1', 'users', 'shop', '2024-01-01');
             INSERT INTO sqitch.events (event, change_id, change, project, committed_at) VALUES
                ('deploy', '1', 'users', 'shop', '2024-01-01'), ('fail', '2', 'index', 'shop', '2024-01-02')",
            &["users  applied, timed", "index  failed, timed"],
        ),
        ("graphile-migrate", GRAPHILE, "SELECT 1", &[]),
        (
            "graphile-migrate",
            GRAPHILE,
            "INSERT INTO graphile_migrate.migrations VALUES ('a', NULL, '000001.sql'), ('b', 'a', '000002-index.sql')",
            &["000001 - applied, timed", "000002 - applied, timed"],
        ),
        ("supabase", SUPABASE, "SELECT 1", &[]),
        (
            "supabase",
            SUPABASE,
            "INSERT INTO supabase_migrations.schema_migrations VALUES ('20240102', '{}', 'index'), ('20240101', '{}', 'users')",
            &["20240101 users applied", "20240102 index applied"],
        ),
        (
            "db-migrate",
            DB_MIGRATE,
            "INSERT INTO migrations (name, run_on) VALUES ('/20240101120000-users', now())",
            &["20240101120000 users applied, timed"],
        ),
        ("prisma", PRISMA, "SELECT 1", &[]),
        (
            "prisma",
            PRISMA,
            "INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at, finished_at, logs, rolled_back_at) VALUES
                ('1', '', '1_a', '2024-01-01', now(), NULL, NULL), ('2', '', '2_b', '2024-01-02', NULL, 'ERROR', now()),
                ('3', '', '2_b', '2024-01-03', NULL, 'ERROR', NULL), ('4', '', '3_c', '2024-01-04', NULL, NULL, NULL)",
            &[
                "1_a - applied, timed",
                "2_b - undone, timed",
                "2_b - failed, timed",
                "3_c - begun, timed",
            ],
        ),
        ("atlas", ATLAS, "SELECT 1", &[]),
        (
            "atlas",
            ATLAS,
            "INSERT INTO atlas_schema_revisions (version, description, applied, total, error) VALUES
                ('.atlas_cloud_identifier', 'x', 0, 0, NULL), ('1', 'a', 2, 2, NULL), ('2', 'b', 1, 3, NULL),
                ('3', 'c', 0, 1, 'ERROR')",
            &["1 a applied, timed", "2 b begun, timed", "3 c failed, timed"],
        ),
        ("rails", RAILS, "SELECT 1", &[]),
        (
            "rails",
            RAILS,
            "INSERT INTO schema_migrations VALUES ('20240102'), ('20240101')",
            &["20240101 - applied", "20240102 - applied"],
        ),
        ("liquibase", LIQUIBASE, "SELECT 1", &[]),
        (
            "liquibase",
            LIQUIBASE,
            "INSERT INTO databasechangelog (id, author, filename, dateexecuted, orderexecuted, exectype, comments) VALUES
                ('2', 'ada', 'db/more.sql', now(), 2, 'MARK_RAN', 'b'), ('1', 'ada', 'users.sql', now(), 1, 'EXECUTED', 'a')",
            &["users.sql::1::ada a applied, timed", "more.sql::2::ada b applied, timed"],
        ),
    ];
    for (index, (tool, table, rows, said)) in states.into_iter().enumerate() {
        let name = format!("state_{index}");
        let [mut connection, _] = ground.database(&name);
        connection.execute(table).unwrap();
        connection.execute(rows).unwrap();
        let (found, words, at_work) = history(&mut connection);
        assert_eq!((found, words.join("; ")), (tool, said.join("; ")), "{name}");
        assert_ne!(at_work, Some(true), "{name}");
    }
}

#[test]
fn these_tools_are_at_work_while_they_hold_their_locks() {
    let Some(ground) = Ground::new() else { return };
    for (database, table, number) in [
        // Seen to be held by sqitch 1.3.1.
        ("l_sqitch", SQITCH, "75474063"),
        ("l_graphile", GRAPHILE, "4727445306447283"),
        ("l_prisma", PRISMA, "72707369"),
        // FNV-1 of `atlas_migrate_execute`.
        ("l_atlas", ATLAS, "2686470616"),
        // 2053462845 times the CRC-32 of the database's name.
        ("shop", RAILS, "5939944341529942170"),
    ] {
        let [mut connection, mut tool] = ground.database(database);
        connection.execute(table).unwrap();
        assert_eq!(history(&mut connection).2, Some(false), "{database}");
        tool.execute(&format!("SELECT pg_advisory_lock({number})"))
            .unwrap();
        assert_eq!(history(&mut connection).2, Some(true), "{database}");
        tool.execute("SELECT pg_advisory_unlock_all()").unwrap();
        assert_eq!(history(&mut connection).2, Some(false), "{database}");
    }
    let [mut connection, mut tool] = ground.database("l_liquibase");
    connection.execute(LIQUIBASE).unwrap();
    assert_eq!(history(&mut connection).2, Some(false));
    tool.execute("UPDATE databasechangeloglock SET locked = true")
        .unwrap();
    assert_eq!(history(&mut connection).2, Some(true));
}
