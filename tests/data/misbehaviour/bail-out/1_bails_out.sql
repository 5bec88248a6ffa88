BEGIN;
SELECT plan(3);
SELECT pass('one');
\echo Bail out! the database is not there
SELECT pass('two');
SELECT * FROM finish();
ROLLBACK;
