-- 100 MB of assertions that a second column hides.
BEGIN;
SELECT plan(1);
SELECT pass('seen');
SELECT n, 'ok ' || n || ' - ' || repeat('hidden ', 1400) FROM generate_series(2, 10001) AS n;
SELECT * FROM finish();
ROLLBACK;
