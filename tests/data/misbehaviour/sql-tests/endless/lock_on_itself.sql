-- pgassay: timeout 1s
BEGIN;
LOCK TABLE account;
PREPARE TRANSACTION 'holds the lock';
SELECT plan(1);
SELECT is(count(*), 2::bigint, 'there are two accounts') FROM account;
SELECT * FROM finish();
