BEGIN;
\set files `ls`
SELECT plan(1);
SELECT pass('one');
SELECT * FROM finish();
ROLLBACK;
