BEGIN;
SELECT plan(1);
SELECT is(
    1,
    1 'one is one'
);
SELECT * FROM finish();
ROLLBACK;
