-- raises swallowed-error at line 5
\set ON_ERROR_STOP 0
SELECT plan(1);
SELECT pass('the first');
SELECT ok(nonsense, 'never seen');
SELECT * FROM finish();
