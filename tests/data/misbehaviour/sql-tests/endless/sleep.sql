-- pgassay: timeout 1s
BEGIN;
SELECT plan(1);
SELECT pass('slept for ever') FROM pg_sleep(1e9);
SELECT * FROM finish();
ROLLBACK;
