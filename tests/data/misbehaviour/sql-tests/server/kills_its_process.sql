-- As a crash by a bad C function would: the server ends all sessions and starts anew.
BEGIN;
SELECT plan(2);
SELECT pass('one');
DO $$
BEGIN
    EXECUTE format('COPY (SELECT 1) TO PROGRAM %L', 'cat >/dev/null; kill -9 ' || pg_backend_pid());
END $$;
SELECT pass('two');
SELECT * FROM finish();
ROLLBACK;
