BEGIN;
SELECT plan(2);
SELECT pass('seen');
SELECT id, is(balance, 1::numeric, 'Ada has 1') FROM account WHERE owner = 'Ada';
SELECT * FROM finish();
ROLLBACK;
