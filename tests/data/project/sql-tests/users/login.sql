-- pgassay: tags slow, login
-- pgassay: timeout 5s
BEGIN;
SELECT plan(1);
SELECT ok(true);
SELECT * FROM finish();
ROLLBACK;
