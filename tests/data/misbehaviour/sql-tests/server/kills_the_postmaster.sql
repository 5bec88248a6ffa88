-- Needs a superuser, as a throwaway server makes it.
BEGIN;
SELECT plan(2);
SELECT pass('one');
DO $$
BEGIN
    EXECUTE format(
        'COPY (SELECT 1) TO PROGRAM %L',
        'cat >/dev/null; kill -9 ' || split_part(pg_read_file('postmaster.pid'), E'\n', 1)
    );
END $$;
SELECT pass('two') FROM pg_sleep(5);
SELECT * FROM finish();
ROLLBACK;
