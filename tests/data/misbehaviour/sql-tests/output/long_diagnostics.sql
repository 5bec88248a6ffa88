-- 100 MB that are taken for diagnostics of the assertion before them.
BEGIN;
SELECT plan(2);
SELECT ok(false, 'much could be said of it');
SELECT '# ' || repeat('blah ', 2000) FROM generate_series(1, 10000);
SELECT pass('after it');
SELECT * FROM finish();
ROLLBACK;
