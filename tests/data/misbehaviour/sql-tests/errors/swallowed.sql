\set ON_ERROR_STOP off
BEGIN;
SELECT plan(1);
SELECT pass('one');
SELECT * FROM finish();
ROLLBACK;
SELECT nonsense;
