BEGIN;
SELECT plan(2);
\ir _with_an_error.sql
SELECT pass('never reached');
SELECT * FROM finish();
ROLLBACK;
