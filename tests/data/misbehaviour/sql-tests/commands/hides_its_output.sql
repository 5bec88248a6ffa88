BEGIN;
SELECT plan(2);
SELECT pass('one');
\o /dev/null
SELECT pass('two');
SELECT * FROM finish();
ROLLBACK;
