BEGIN;
SELECT plan(1);
SELECT has_table('public', 'account');
SELECT * FROM finish();
ROLLBACK;
