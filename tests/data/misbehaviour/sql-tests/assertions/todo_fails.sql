BEGIN;
SELECT plan(2);
SELECT todo('interest is not yet computed', 1);
SELECT is(balance, 101::numeric, 'Ada earned interest') FROM account WHERE owner = 'Ada';
SELECT pass('all else is done');
SELECT * FROM finish();
ROLLBACK;
