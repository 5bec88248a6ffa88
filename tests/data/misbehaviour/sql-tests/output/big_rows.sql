-- 100 MB in a hundred rows.
BEGIN;
SELECT plan(2);
SELECT pass('before it');
SELECT repeat('much of it. ', 87382) FROM generate_series(1, 100);
SELECT pass('after it');
SELECT * FROM finish();
ROLLBACK;
