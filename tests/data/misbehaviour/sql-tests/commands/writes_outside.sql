BEGIN;
SELECT plan(1);
\o /pgassay-was-here.txt
SELECT pass('one');
SELECT * FROM finish();
ROLLBACK;
