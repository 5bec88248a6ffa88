-- The schemas, and what holds for the whole database.
--
-- Every test file here has the same frame: BEGIN, plan, assertions, finish, ROLLBACK. The plan says how many
-- assertions are meant to run, so that a file which stops half-way is noticed.
BEGIN;
SELECT plan(7);

-- Not schemas_are(): that lists all schemas of the database, with those that tools bring along.
SELECT has_schema('policy');
SELECT has_schema('payment');
SELECT has_schema('reporting');
SELECT has_schema('audit');

-- Comments are read by people who come new to the database; an empty one helps nobody.
SELECT is_empty(
    $$SELECT nspname FROM pg_namespace
      WHERE nspname IN ('policy', 'payment', 'reporting', 'audit')
        AND obj_description(oid, 'pg_namespace') IS NULL$$,
    'every schema says what it is for'
);

SELECT is(
    has_schema_privilege('policy_service', 'public', 'CREATE'), false,
    'a service cannot create anything in public'
);

-- The setting is read from the catalog, not with SHOW: a client may have asked for a timezone of its own.
SELECT set_has(
    $$SELECT unnest(s.setconfig) FROM pg_db_role_setting AS s
      JOIN pg_database AS d ON d.oid = s.setdatabase AND d.datname = current_database()
      WHERE s.setrole = 0$$,
    $$VALUES ('TimeZone=UTC')$$,
    'the database shows times in UTC'
);

SELECT * FROM finish();
ROLLBACK;
