BEGIN;
SELECT plan(5);
SELECT skip('the honest way');
SELECT skip('why # SKIP why', 2);
SELECT pass('bug #7 is mended');
SELECT pass('# skipping along');
SELECT * FROM finish();
ROLLBACK;
