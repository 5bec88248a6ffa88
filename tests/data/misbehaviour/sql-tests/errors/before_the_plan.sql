BEGIN;
SET search_path = nowhere;
SELECT plan(1);
SELECT pass('one');
ROLLBACK;
