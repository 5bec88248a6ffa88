SELECT plan(3);
BEGIN;
SELECT pass('a');
SAVEPOINT p;
SELECT pass('b');
ROLLBACK TO p;
SELECT pass('c');
SELECT * FROM finish();
ROLLBACK;
