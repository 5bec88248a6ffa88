BEGIN;
SELECT plan(1);
SELECT pass('one');
\endif
SELECT * FROM finish();
ROLLBACK;
