BEGIN;
SELECT plan(5);
\ir ../_pristine.sql
SELECT * FROM finish();
ROLLBACK;
