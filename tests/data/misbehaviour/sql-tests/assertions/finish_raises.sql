BEGIN;
SELECT plan(2);
SELECT ok(false, 'this is not so');
SELECT pass('this is');
SELECT * FROM finish(true);
ROLLBACK;
