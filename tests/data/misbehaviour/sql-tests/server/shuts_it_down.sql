-- A smart shutdown waits for the sessions that are there and lets no new one in.
BEGIN;
SELECT plan(1);
DO $$
BEGIN
    EXECUTE format(
        'COPY (SELECT 1) TO PROGRAM %L',
        'cat >/dev/null; kill -TERM ' || split_part(pg_read_file('postmaster.pid'), E'\n', 1)
    );
END $$;
SELECT pass('the last one turns off the light');
SELECT * FROM finish();
ROLLBACK;
