-- raises several-columns at line 5
-- raises no-finish at line 3
SELECT plan(1);
SELECT pass('the first');
SELECT 1, ok(false, 'hidden');
