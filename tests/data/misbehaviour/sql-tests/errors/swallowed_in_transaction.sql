\unset ON_ERROR_STOP
BEGIN;
SELECT plan(2);
SELECT pass('one');
SELECT nonsense;
SELECT pass('two');
SELECT * FROM finish();
ROLLBACK;
