BEGIN;
SELECT plan(1);
SELECT is(balance, :expected, 'Ada has what is expected') FROM account WHERE owner = 'Ada';
SELECT * FROM finish();
ROLLBACK;
