BEGIN;
SELECT plan(2);
SELECT pass('one');
\q
SELECT pass('two');
SELECT * FROM finish();
ROLLBACK;
