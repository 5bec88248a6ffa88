BEGIN;
SELECT plan(1);
SELECT pass('one');
SELECT pass('two');
SELECT * FROM finish();
ROLLBACK;
