BEGIN;
SELECT plan(1);
\ir _common/setup.sql
SELECT pass('one');
SELECT * FROM finish();
ROLLBACK;
