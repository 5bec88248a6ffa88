-- raises accidental-skip at line 4
BEGIN;
SELECT plan(2);
SELECT ok(true, name || ' #' || ' skip') FROM (VALUES ('a')) AS v (name);
SELECT skip('the honest way', 1);
SELECT * FROM finish();
ROLLBACK;
