BEGIN;
SELECT plan(1);
\i _with_an_error.sql
SELECT pass('one');
SELECT * FROM finish();
ROLLBACK;
