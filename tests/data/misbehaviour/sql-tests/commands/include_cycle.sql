BEGIN;
SELECT plan(1);
\ir _ping.sql
SELECT pass('one');
SELECT * FROM finish();
ROLLBACK;
