-- 100 MB in a million rows.
BEGIN;
SELECT plan(2);
SELECT pass('before it');
SELECT repeat('many. ', 17) FROM generate_series(1, 1000000);
SELECT pass('after it');
SELECT * FROM finish();
ROLLBACK;
