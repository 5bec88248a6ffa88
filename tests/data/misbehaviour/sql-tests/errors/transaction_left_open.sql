BEGIN;
SELECT plan(1);
DELETE FROM transfer;
DELETE FROM account;
SELECT is(count(*), 0::bigint, 'nothing is left') FROM account;
SELECT * FROM finish();
