BEGIN;
SELECT plan(3);
SELECT pass('before it');
SELECT is(balance, 99::numeric, 'Ada has 99') FROM account WHERE owner = 'Ada';
SELECT pass('after it');
SELECT * FROM finish();
ROLLBACK;
