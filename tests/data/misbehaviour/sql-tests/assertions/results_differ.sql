BEGIN;
SELECT plan(1);
SELECT results_eq(
    'SELECT owner FROM account ORDER BY owner',
    $$VALUES ('Ada'), ('Barbara')$$,
    'the owners are listed'
);
SELECT * FROM finish();
ROLLBACK;
