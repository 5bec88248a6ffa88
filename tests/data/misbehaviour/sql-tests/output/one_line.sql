-- 20 MB in one row, in one line.
BEGIN;
SELECT plan(2);
SELECT pass('before it');
SELECT 'x' || repeat('long', 5 * 1024 * 1024);
SELECT pass('after it');
SELECT * FROM finish();
ROLLBACK;
