-- payment.payments, column by column.
BEGIN;
SELECT plan(27);

SELECT columns_are(
    'payment', 'payments',
    ARRAY['id', 'policy_id', 'amount', 'currency', 'status', 'provider_reference', 'details', 'created_at',
          'settled_at'],
    'columns of payment.payments'
);

SELECT col_type_is('payment', 'payments', 'id', 'uuid', 'id is a UUID');
SELECT col_not_null('payment', 'payments', 'id', 'id is there');
SELECT col_default_is('payment', 'payments', 'id', 'gen_random_uuid()', 'the database makes up an id');

SELECT col_type_is('payment', 'payments', 'policy_id', 'uuid', 'policy_id changed with policies.id');
SELECT col_not_null('payment', 'payments', 'policy_id', 'a payment is for a policy');
SELECT col_hasnt_default('payment', 'payments', 'policy_id', 'for a policy that was said');

SELECT col_type_is('payment', 'payments', 'amount', 'numeric(12,2)', 'amount is money');
SELECT col_not_null('payment', 'payments', 'amount', 'amount is there');
SELECT col_hasnt_default('payment', 'payments', 'amount', 'nobody is charged by default');

SELECT col_type_is('payment', 'payments', 'currency', 'payment', 'currency_code', 'currency is of our domain');
SELECT col_not_null('payment', 'payments', 'currency', 'currency is there');
SELECT col_default_is('payment', 'payments', 'currency', 'EUR', 'most pay in euros');

SELECT col_type_is('payment', 'payments', 'status', 'text', 'status is text');
SELECT col_not_null('payment', 'payments', 'status', 'status is there');
SELECT col_default_is('payment', 'payments', 'status', 'pending', 'a new payment is pending');

SELECT col_type_is('payment', 'payments', 'provider_reference', 'text', 'provider_reference is text');
SELECT col_is_null('payment', 'payments', 'provider_reference', 'the provider answers later');

SELECT col_type_is('payment', 'payments', 'details', 'jsonb', 'details are jsonb since V010');
SELECT col_not_null('payment', 'payments', 'details', 'details are there');
-- The default is compared as a value of the type that is given here.
SELECT col_default_is('payment', 'payments', 'details', '{}'::jsonb, 'details are empty at first');

SELECT col_type_is('payment', 'payments', 'created_at', 'timestamp with time zone', 'created_at is an instant');
SELECT col_not_null('payment', 'payments', 'created_at', 'created_at is there');
SELECT col_default_is('payment', 'payments', 'created_at', 'now()', 'created_at is the time of the transaction');
SELECT col_type_is('payment', 'payments', 'settled_at', 'timestamp with time zone', 'settled_at is an instant');
SELECT col_is_null('payment', 'payments', 'settled_at', 'a payment need not be settled');
SELECT col_hasnt_default('payment', 'payments', 'settled_at', 'a new payment is not settled');

SELECT * FROM finish();
ROLLBACK;
