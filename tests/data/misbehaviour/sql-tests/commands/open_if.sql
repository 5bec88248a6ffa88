BEGIN;
SELECT plan(1);
\if true
SELECT pass('one');
SELECT * FROM finish();
ROLLBACK;
