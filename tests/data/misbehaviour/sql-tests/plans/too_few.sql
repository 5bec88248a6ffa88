BEGIN;
SELECT plan(3);
SELECT pass('one');
SELECT pass('two');
SELECT * FROM finish();
ROLLBACK;
