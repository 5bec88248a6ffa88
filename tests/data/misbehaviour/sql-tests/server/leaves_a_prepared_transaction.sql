SELECT plan(1);
BEGIN;
LOCK TABLE account;
PREPARE TRANSACTION 'left behind';
SELECT pass('who will clean up?');
SELECT * FROM finish();
