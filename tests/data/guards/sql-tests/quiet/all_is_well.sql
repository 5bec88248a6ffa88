BEGIN;
SELECT plan(2);
SELECT has_table('shop', 'widgets', 'there are widgets');
SELECT pass('finish');
SELECT * FROM finish();
ROLLBACK;
