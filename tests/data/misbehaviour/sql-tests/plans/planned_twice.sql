BEGIN;
SELECT plan(1);
SELECT pass('one');
SELECT plan(1);
ROLLBACK;
