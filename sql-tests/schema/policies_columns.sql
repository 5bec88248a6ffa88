-- policy.policies, column by column: type, NULL or not, default.
BEGIN;
SELECT plan(29);

SELECT columns_are(
    'policy', 'policies',
    ARRAY['id', 'number', 'kind', 'holder', 'holder_name', 'broker', 'premium', 'starts_on', 'ends_on',
          'cancelled_on', 'created_at'],
    'columns of policy.policies'
);

SELECT col_type_is('policy', 'policies', 'id', 'uuid', 'id is a UUID since V005');
SELECT col_not_null('policy', 'policies', 'id', 'id is there');
SELECT col_default_is('policy', 'policies', 'id', 'gen_random_uuid()', 'the database makes up an id');

SELECT col_type_is('policy', 'policies', 'number', 'text', 'number is text');
SELECT col_not_null('policy', 'policies', 'number', 'number is there');
-- A default that calls next_policy_number() would use a number up even for an insert that fails.
SELECT col_hasnt_default('policy', 'policies', 'number', 'the service asks for the number');

SELECT col_type_is('policy', 'policies', 'kind', 'text', 'kind is text');
SELECT col_not_null('policy', 'policies', 'kind', 'kind is there');
SELECT col_hasnt_default('policy', 'policies', 'kind', 'nobody gets a kind by accident');

SELECT col_type_is('policy', 'policies', 'holder_name', 'text', 'holder_name is text');
SELECT col_not_null('policy', 'policies', 'holder_name', 'somebody holds the policy');
SELECT col_hasnt_default('policy', 'policies', 'holder_name', 'there is no holder by default');

SELECT col_type_is('policy', 'policies', 'broker', 'text', 'broker is text');
SELECT col_is_null('policy', 'policies', 'broker', 'a policy may be sold without a broker');

-- The scale is part of the type: numeric(10,2) and numeric are two things.
SELECT col_type_is('policy', 'policies', 'premium', 'numeric(10,2)', 'premium is money');
SELECT col_not_null('policy', 'policies', 'premium', 'there is a premium');
SELECT col_hasnt_default('policy', 'policies', 'premium', 'no premium by default');

SELECT col_type_is('policy', 'policies', 'starts_on', 'date', 'cover starts on a day');
SELECT col_not_null('policy', 'policies', 'starts_on', 'cover starts');
SELECT col_type_is('policy', 'policies', 'ends_on', 'date', 'cover ends on a day');
SELECT col_not_null('policy', 'policies', 'ends_on', 'cover ends');
SELECT col_type_is('policy', 'policies', 'cancelled_on', 'date', 'cancelled on a day');
SELECT col_is_null('policy', 'policies', 'cancelled_on', 'a policy need not be cancelled');
SELECT col_hasnt_default('policy', 'policies', 'cancelled_on', 'a new policy is not cancelled');

SELECT col_type_is('policy', 'policies', 'created_at', 'timestamp with time zone', 'created_at is an instant');
SELECT col_not_null('policy', 'policies', 'created_at', 'created_at is there');
SELECT col_default_is('policy', 'policies', 'created_at', 'now()', 'created_at is the time of the transaction');

SELECT is(
    col_description('policy.policies'::regclass,
                    (SELECT attnum FROM pg_attribute
                     WHERE attrelid = 'policy.policies'::regclass AND attname = 'ends_on')),
    'The first day without cover.',
    'a comment says that ends_on is exclusive'
);

SELECT * FROM finish();
ROLLBACK;
