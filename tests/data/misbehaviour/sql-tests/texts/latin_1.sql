BEGIN;
SELECT plan(1);
SELECT pass('café');
SELECT * FROM finish();
ROLLBACK;
