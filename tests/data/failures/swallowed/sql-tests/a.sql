BEGIN;
SELECT plan(1);
SELECT pass('the database is there');
SELECT finish();
ROLLBACK;
