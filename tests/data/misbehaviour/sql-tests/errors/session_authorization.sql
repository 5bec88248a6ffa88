BEGIN;
SELECT plan(2);
SELECT pass('as superuser');
SET ROLE pg_monitor;
SELECT is(count(*), 2::bigint, 'the rows are seen') FROM account;
SELECT * FROM finish();
ROLLBACK;
