BEGIN;
SELECT plan(1);
SELECT pass('one');
SELECT '1..1';
SELECT * FROM finish();
ROLLBACK;
