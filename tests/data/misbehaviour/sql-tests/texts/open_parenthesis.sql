BEGIN;
SELECT plan(1);
SELECT is((SELECT count(*) FROM account, 2::bigint, 'two of them');
SELECT * FROM finish();
ROLLBACK;
