//! The pairs: what a file leaves, and how another would see that it is not there.

/// A file that leaves something, and what holds where it is not.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pair {
    /// What is left, in words.
    pub(crate) what: &'static str,
    /// Statements that leave it.
    pub(crate) leaves: &'static str,
    /// Statements that the condition needs.
    pub(crate) before: &'static str,
    /// A condition that holds where it was not left.
    pub(crate) clean: &'static str,
    /// Whether it is seen by a further session in the same database, so that the condition is known to tell.
    pub(crate) shows_when_shared: bool,
}

const fn pair(what: &'static str, leaves: &'static str, clean: &'static str) -> Pair {
    Pair {
        what,
        leaves,
        before: "",
        clean,
        shows_when_shared: true,
    }
}

/// What ends with its session anyway, but would not end with a session that is used again.
const fn of_session(what: &'static str, leaves: &'static str, clean: &'static str) -> Pair {
    Pair {
        what,
        leaves,
        before: "",
        clean,
        shows_when_shared: false,
    }
}

/// What only statements of one's own can tell.
const fn told_by(before: &'static str, pair: Pair) -> Pair {
    Pair { before, ..pair }
}

/// All of them.
pub(crate) const PAIRS: [Pair; 58] = [
    pair(
        "committed rows",
        "INSERT INTO t (name) VALUES ('left');",
        "(SELECT count(*) FROM t) = 1",
    ),
    pair(
        "committed rows of a statement without BEGIN in a DO block",
        "DO $$ BEGIN UPDATE t SET name = 'left'; END $$;",
        "(SELECT name FROM t) = 'first'",
    ),
    pair("rows that were deleted", "DELETE FROM t;", "EXISTS (SELECT FROM t)"),
    pair("a table that was emptied", "TRUNCATE t;", "EXISTS (SELECT FROM t)"),
    pair(
        "a number taken from a sequence and rolled back",
        "BEGIN; SELECT nextval('counter') \\gset x_\nROLLBACK;",
        "nextval('counter') = 10",
    ),
    pair(
        "a number taken by an INSERT that was rolled back",
        "BEGIN; INSERT INTO t (name) VALUES ('gone'); ROLLBACK;",
        "nextval('t_id_seq') = 2",
    ),
    pair(
        "a number of an identity column",
        "BEGIN; INSERT INTO identity (name) VALUES ('gone'); ROLLBACK;",
        "nextval(pg_get_serial_sequence('identity', 'id')) = 1",
    ),
    pair(
        "a number of an unlogged table's sequence",
        "BEGIN; INSERT INTO fast (name) VALUES ('gone'); ROLLBACK;",
        "nextval('fast_id_seq') = 1",
    ),
    pair(
        "a sequence that was set and rolled back",
        "BEGIN; SELECT setval('counter', 500) \\gset x_\nROLLBACK;",
        "nextval('counter') = 10",
    ),
    pair(
        "a sequence that was set to a number not yet called",
        "BEGIN; SELECT setval('counter', 700, false) \\gset x_\nROLLBACK;",
        "nextval('counter') = 10",
    ),
    pair(
        "a sequence that was restarted",
        "ALTER SEQUENCE counter RESTART WITH 300;",
        "nextval('counter') = 10",
    ),
    of_session(
        "a temporary table",
        "CREATE TEMP TABLE left_here (i integer);",
        "to_regclass('left_here') IS NULL",
    ),
    of_session(
        "a temporary table that hides a table",
        "CREATE TEMP TABLE t (id integer);",
        "(SELECT count(*) FROM t) = 1",
    ),
    of_session(
        "a setting of the session",
        "SET work_mem = '7MB'; SET search_path = pg_catalog;",
        "current_setting('work_mem') <> '7MB' AND to_regclass('t') IS NOT NULL",
    ),
    of_session(
        "a setting made by set_config",
        "SELECT set_config('statement_timeout', '12345', false) \\gset x_",
        "current_setting('statement_timeout') <> '12345ms'",
    ),
    of_session(
        "a setting with a name of its own",
        "SET app.tenant = 'left';",
        "current_setting('app.tenant', true) IS NULL",
    ),
    of_session(
        "a setting with a name of its own in a transaction that was rolled back",
        "BEGIN; SET LOCAL app.other = 'left'; ROLLBACK;",
        "current_setting('app.other', true) IS NULL",
    ),
    of_session("a role that was set", "SET ROLE reader;", "current_user = session_user"),
    of_session(
        "a session authorization",
        "SET SESSION AUTHORIZATION app;",
        "session_user <> 'app'",
    ),
    pair(
        "a setting of the database",
        "ALTER DATABASE pgassay SET work_mem = '9MB';",
        "current_setting('work_mem') <> '9MB'",
    ),
    pair(
        "a setting of a role",
        "ALTER ROLE app SET work_mem = '8MB';",
        "(SELECT setconfig FROM pg_db_role_setting s JOIN pg_roles r ON r.oid = s.setrole WHERE rolname = 'app')
             = '{work_mem=5MB}'",
    ),
    pair(
        "a setting of a role in the database",
        "ALTER ROLE app IN DATABASE pgassay SET work_mem = '8MB';",
        "NOT EXISTS (SELECT FROM pg_db_role_setting WHERE setdatabase <> 0)",
    ),
    pair(
        "a setting of the server that is not in force yet",
        "ALTER SYSTEM SET work_mem = '6MB';",
        "NOT EXISTS (SELECT FROM pg_file_settings WHERE name = 'work_mem')",
    ),
    pair(
        "a setting of the server that is in force",
        "ALTER SYSTEM SET work_mem = '6MB';\nSELECT pg_reload_conf() \\gset x_\nSELECT pg_sleep(0.2) \\gset x_",
        "current_setting('work_mem') <> '6MB'",
    ),
    pair("a role", "CREATE ROLE left_here;", "NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'left_here')"),
    pair(
        "a role's membership",
        "GRANT reader TO app;",
        "NOT pg_has_role('app', 'reader', 'member')",
    ),
    pair("a role's password and powers", "ALTER ROLE app CREATEDB;", "NOT (SELECT rolcreatedb FROM pg_roles WHERE rolname = 'app')"),
    pair(
        "a privilege",
        "GRANT DELETE ON t TO app;",
        "NOT has_table_privilege('app', 't', 'DELETE')",
    ),
    pair(
        "default privileges",
        "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO app;",
        "NOT EXISTS (SELECT FROM pg_default_acl)",
    ),
    of_session(
        "an advisory lock",
        "SELECT pg_advisory_lock(4711) \\gset x_",
        "NOT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory')",
    ),
    of_session(
        "a prepared statement",
        "PREPARE left_here AS SELECT 1;",
        "NOT EXISTS (SELECT FROM pg_prepared_statements WHERE name = 'left_here')",
    ),
    of_session(
        "a cursor that outlives its transaction",
        "BEGIN; DECLARE left_here CURSOR WITH HOLD FOR SELECT 1; COMMIT;",
        "NOT EXISTS (SELECT FROM pg_cursors WHERE name = 'left_here')",
    ),
    of_session(
        "a channel that is listened to",
        "LISTEN left_here;",
        "NOT EXISTS (SELECT FROM pg_listening_channels())",
    ),
    told_by(
        "CREATE FUNCTION pg_temp.differ() RETURNS boolean LANGUAGE plpgsql AS $$
         DECLARE first float8 := random();
         BEGIN PERFORM setseed(0.25); RETURN random() <> first; END $$;",
        of_session(
            "the seed of random()",
            "SELECT setseed(0.25) \\gset x_",
            "pg_temp.differ()",
        ),
    ),
    told_by(
        "CREATE FUNCTION pg_temp.has_last() RETURNS boolean LANGUAGE plpgsql AS $$
         BEGIN PERFORM lastval(); RETURN true; EXCEPTION WHEN object_not_in_prerequisite_state THEN RETURN false; END $$;
         SELECT pg_temp.has_last() AS seen \\gset",
        of_session(
            "the last number that the session took",
            "BEGIN; SELECT nextval('counter') \\gset x_\nROLLBACK;",
            ":'seen' = 'f'",
        ),
    ),
    of_session(
        "rows that were put in and rolled back, as a function counts them",
        // What was counted reaches the others once a second.
        "BEGIN; INSERT INTO t (name) VALUES ('gone'); ROLLBACK; SELECT pg_sleep(1.1) \\gset x_\nSELECT 1 AS one \\gset x_\n",
        "coalesce(rows_put_in(), 0) = 0",
    ),
    pair(
        "an index that was rolled back",
        "BEGIN; CREATE INDEX ON identity (id); ROLLBACK;",
        "(SELECT NOT hasindexes FROM pg_tables WHERE tablename = 'identity')",
    ),
    pair(
        "what VACUUM tells the planner",
        "VACUUM t;",
        "(SELECT to_jsonb(c) ->> ('rel' || 'pages') FROM pg_class c WHERE relname = 't') = '0'",
    ),
    pair(
        "a table that was analyzed and rolled back",
        "BEGIN; ANALYZE t; ROLLBACK;",
        "(SELECT to_jsonb(c) ->> ('rel' || 'pages') FROM pg_class c WHERE relname = 't') = '0'",
    ),
    pair(
        "a number taken from a sequence that had given out some, down to its log",
        "BEGIN; SELECT nextval('used') \\gset x_\nROLLBACK;",
        "(SELECT row(s.*)::text FROM used s) = '(1,32,t)'",
    ),
    pair(
        "a sequence that was set back by hand",
        "BEGIN; SELECT setval('counter', 42, false) \\gset x_\nROLLBACK;",
        "nextval('counter') = 10",
    ),
    of_session(
        "a setting whose name is a variable",
        "\\set setting app.tenant\nSET :setting = 'left';",
        "tenant() IS NULL",
    ),
    of_session(
        "a setting behind a comment",
        "SET /* ours */ app.tenant = 'left';",
        "tenant() IS NULL",
    ),
    of_session(
        "a setting whose name was put together",
        "DO $$ BEGIN EXECUTE format('SET %I.%I = %L', 'app', 'tenant', 'left'); END $$;",
        "tenant() IS NULL",
    ),
    of_session(
        "a function that was compiled while a column had another type",
        "BEGIN; ALTER TABLE amounts ALTER amount TYPE text; SELECT as_amount(1.6) \\gset x_\nROLLBACK;",
        "as_amount(1.6) = '2'",
    ),
    pair(
        "a file in the data directory",
        "COPY (SELECT 'left') TO PROGRAM 'cat > left_here.conf';",
        "NOT EXISTS (SELECT FROM pg_ls_dir('.') f WHERE f = 'left_here.conf')",
    ),
    pair(
        "a large object",
        "SELECT lo_from_bytea(4711, 'left') \\gset x_",
        "NOT EXISTS (SELECT FROM pg_largeobject_metadata)",
    ),
    pair(
        "a further database",
        "CREATE DATABASE left_here;",
        "NOT EXISTS (SELECT FROM pg_database WHERE datname = 'left_here')",
    ),
    pair(
        "an extension that was dropped",
        "DROP EXTENSION plpgsql CASCADE;",
        "EXISTS (SELECT FROM pg_extension WHERE extname = 'plpgsql')",
    ),
    pair(
        "a function that was replaced",
        "CREATE OR REPLACE FUNCTION one() RETURNS integer LANGUAGE sql AS 'SELECT 2';",
        "one() = 1",
    ),
    pair("a table", "CREATE TABLE left_here ();", "to_regclass('left_here') IS NULL"),
    pair("a schema", "CREATE SCHEMA left_here;", "to_regnamespace('left_here') IS NULL"),
    pair(
        "a label of an enum",
        "ALTER TYPE mood ADD VALUE 'left';",
        "(SELECT count(*) FROM pg_enum) = 2",
    ),
    pair(
        "a comment",
        "COMMENT ON TABLE t IS 'left';",
        "obj_description('t'::regclass) IS NULL",
    ),
    pair(
        "a comment on the database",
        "COMMENT ON DATABASE pgassay IS 'left';",
        "(SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = current_database()) IS NULL",
    ),
    pair(
        "statistics that were reset",
        "SELECT pg_stat_reset() \\gset x_",
        // Before 15, a fresh copy's statistics count as reset too.
        "current_setting('server_version_num')::int < 150000
             OR (SELECT stats_reset FROM pg_stat_database WHERE datname = current_database()) IS NULL",
    ),
    pair(
        "the size of a table after rows that were rolled back",
        "BEGIN; INSERT INTO t (name) SELECT repeat('x', 200) FROM generate_series(1, 5000); ROLLBACK;",
        "pg_relation_size('t') < 100000",
    ),
    pair(
        "a replication slot",
        "SELECT pg_create_physical_replication_slot('left_here') \\gset x_",
        "NOT EXISTS (SELECT FROM pg_replication_slots)",
    ),
];
