BEGIN;
SELECT plan(1);
SELECT lives_ok($test$SELECT 1$tset$, 'it lives');
SELECT * FROM finish();
ROLLBACK;
