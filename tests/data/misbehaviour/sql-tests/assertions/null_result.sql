BEGIN;
SELECT plan(1);
SELECT ok((SELECT balance > 0 FROM account WHERE owner = 'Nobody'), 'Nobody has money');
SELECT * FROM finish();
ROLLBACK;
