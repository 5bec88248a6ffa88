BEGIN;
SELECT plan(1);
SELECT todo('nobody has looked for long', 1);
SELECT is(balance, 100::numeric, 'Ada has 100') FROM account WHERE owner = 'Ada';
SELECT * FROM finish();
ROLLBACK;
