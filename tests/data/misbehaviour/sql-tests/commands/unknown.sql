BEGIN;
SELECT plan(1);
\frobnicate now
SELECT pass('one');
SELECT * FROM finish();
ROLLBACK;
