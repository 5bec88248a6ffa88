BEGIN;
SELECT plan(1);
SET LOCAL statement_timeout = '50ms';
SELECT pass('slept well') FROM pg_sleep(60);
SELECT * FROM finish();
ROLLBACK;
