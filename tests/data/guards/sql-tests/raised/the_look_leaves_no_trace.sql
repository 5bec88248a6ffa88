-- raises wrong-overload at line 12
-- raises wrong-overload at line 19
-- What the guards look up changes no variable, no transaction, and no cursor.
\set ON_ERROR_ROLLBACK 0
SELECT plan(5);
CREATE TEMP TABLE seen (xid text);
BEGIN ISOLATION LEVEL SERIALIZABLE;
INSERT INTO seen SELECT pg_current_xact_id();
DECLARE c CURSOR FOR SELECT 1 UNION ALL SELECT 2;
SAVEPOINT pgassay_temporary_savepoint;
INSERT INTO seen VALUES ('lost');
SELECT hasnt_table('shop', 'widgets');
\if :{?ROW_COUNT}
SELECT is(:ROW_COUNT, 1, 'one row');
\endif
ROLLBACK TO pgassay_temporary_savepoint;
SELECT is(xid, pg_current_xact_id()::text, 'the same transaction') FROM seen;
COMMIT;
SELECT hasnt_pk('shop', 'widgets');
SELECT is(:'ERROR'::text, 'false', 'no error');
SELECT * FROM finish();
