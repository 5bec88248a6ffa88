-- policy.claims, column by column.
BEGIN;
SELECT plan(15);

SELECT columns_are(
    'policy', 'claims', ARRAY['id', 'policy_id', 'occurred_on', 'amount', 'state', 'note'],
    'columns of policy.claims'
);

SELECT col_type_is('policy', 'claims', 'id', 'bigint', 'id is a bigint');
SELECT col_not_null('policy', 'claims', 'id', 'id is there');
-- An identity column has no default in the catalog; pgTAP has no assertion for it, so ask the catalog.
SELECT is(
    (SELECT attidentity::text FROM pg_attribute WHERE attrelid = 'policy.claims'::regclass AND attname = 'id'),
    'a',
    'id is GENERATED ALWAYS AS IDENTITY'
);
SELECT col_type_is('policy', 'claims', 'policy_id', 'uuid', 'policy_id is of the type of a policy''s id');
SELECT col_not_null('policy', 'claims', 'policy_id', 'a claim belongs to a policy');
SELECT col_type_is('policy', 'claims', 'occurred_on', 'date', 'it happened on a day');
SELECT col_not_null('policy', 'claims', 'occurred_on', 'it happened');
SELECT col_type_is('policy', 'claims', 'amount', 'numeric(12,2)', 'amount is money');
SELECT col_not_null('policy', 'claims', 'amount', 'something is claimed');
-- The type's schema can be said apart from its name.
SELECT col_type_is('policy', 'claims', 'state', 'policy', 'claim_state', 'state is an enum of ours');
SELECT col_not_null('policy', 'claims', 'state', 'a claim is in some state');
SELECT col_default_is('policy', 'claims', 'state', 'reported', 'a new claim is reported');
SELECT col_type_is('policy', 'claims', 'note', 'character varying(200)', 'a note is short');
SELECT col_is_null('policy', 'claims', 'note', 'a note is not needed');

SELECT * FROM finish();
ROLLBACK;
