-- policy.bindings, column by column.
BEGIN;
SELECT plan(8);

SELECT columns_are('policy', 'bindings', ARRAY['policy_id', 'payment_id', 'bound_at'], 'columns of policy.bindings');

SELECT col_type_is('policy', 'bindings', 'policy_id', 'uuid', 'policy_id is of the type of a policy''s id');
SELECT col_not_null('policy', 'bindings', 'policy_id', 'policy_id is there');
SELECT col_type_is('policy', 'bindings', 'payment_id', 'uuid', 'payment_id is of the type of a payment''s id');
SELECT col_not_null('policy', 'bindings', 'payment_id', 'payment_id is there');
SELECT col_type_is('policy', 'bindings', 'bound_at', 'timestamp with time zone', 'bound_at is an instant');
SELECT col_not_null('policy', 'bindings', 'bound_at', 'bound_at is there');
SELECT col_default_is('policy', 'bindings', 'bound_at', 'now()', 'bound_at is the time of the transaction');

SELECT * FROM finish();
ROLLBACK;
