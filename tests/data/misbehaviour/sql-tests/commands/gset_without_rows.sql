BEGIN;
SELECT plan(1);
SELECT balance FROM account WHERE owner = 'Nobody' \gset
SELECT is(:balance, 0, 'Nobody has nothing');
SELECT * FROM finish();
ROLLBACK;
