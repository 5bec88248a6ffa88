-- 20 MB that an assertion compares, and shows.
BEGIN;
SELECT plan(1);
SELECT is(repeat('a', 10 * 1024 * 1024), repeat('b', 10 * 1024 * 1024), 'long values are the same');
SELECT * FROM finish();
ROLLBACK;
