BEGIN;
SELECT plan(3);
SELECT ok(true, 'a first');
SELECT is(1 + 1, 2, 'a sum');
SELECT pass('a pass');
SELECT * FROM finish();
ROLLBACK;
