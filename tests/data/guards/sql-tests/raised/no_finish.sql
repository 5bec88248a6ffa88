-- raises no-finish at line 3
BEGIN;
SELECT plan(1);
SELECT ok(is_over(), 'finish() is what lacks');
-- SELECT * FROM finish();
ROLLBACK;
