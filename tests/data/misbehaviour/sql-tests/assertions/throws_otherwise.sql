BEGIN;
SELECT plan(2);
SELECT throws_ok('SELECT 1/0', '23505', NULL, 'dividing is a duplicate key');
SELECT throws_ok('SELECT 1', '22012', NULL, 'one divides by zero');
SELECT * FROM finish();
ROLLBACK;
