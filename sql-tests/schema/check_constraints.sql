-- Which checks there are. What they refuse is tested in sql-tests/rules/.
BEGIN;
SELECT plan(20);

SELECT has_check('policy', 'policies', 'policy.policies is checked');
SELECT has_check('payment', 'payments', 'payment.payments is checked');

SELECT col_has_check('policy', 'policies', 'number', 'number is checked');
SELECT col_has_check('policy', 'policies', 'kind', 'kind is checked');
SELECT col_has_check('policy', 'policies', 'premium', 'premium is checked');
-- A check over several columns is found by all of them, in the order in which its expression names them.
SELECT col_has_check('policy', 'policies', ARRAY['ends_on', 'starts_on'], 'the period is checked');
SELECT col_has_check('policy', 'policies', ARRAY['cancelled_on', 'starts_on', 'ends_on'], 'cancelling is checked');
SELECT col_has_check('policy', 'tariffs', 'kind', 'a tariff''s kind is checked');
SELECT col_has_check('policy', 'tariffs', 'base_premium', 'a tariff''s premium is checked');
SELECT col_has_check('policy', 'claims', 'amount', 'a claim''s amount is checked');
SELECT col_has_check('payment', 'payments', 'status', 'status is checked');
SELECT col_has_check('payment', 'payments', 'amount', 'amount is checked');
SELECT col_has_check('payment', 'payments', ARRAY['status', 'settled_at'], 'status and time are checked together');
SELECT col_has_check('payment', 'payments', 'details', 'details are checked');
SELECT col_has_check('payment', 'currencies', 'minor_digits', 'minor_digits is checked');
SELECT col_has_check('audit', 'events', 'operation', 'operation is checked');
SELECT col_has_check(
    'audit', 'events', ARRAY['old_row', 'operation', 'new_row'], 'old and new row are checked with the operation'
);

-- Services recognise a refusal by the constraint's name, so the names are part of the contract.
-- contype is asked for, because PostgreSQL 18 lists NOT NULL here too.
SELECT set_eq(
    $$SELECT conname::text FROM pg_constraint
      WHERE contype = 'c' AND conrelid = 'policy.policies'::regclass$$,
    ARRAY['policies_number_form', 'policies_kind_known', 'policies_premium_positive', 'policies_period_ordered',
          'policies_cancelled_in_period'],
    'checks of policy.policies by name'
);
SELECT set_eq(
    $$SELECT conname::text FROM pg_constraint
      WHERE contype = 'c' AND conrelid = 'payment.payments'::regclass$$,
    ARRAY['payments_status_known', 'payments_amount_range', 'payments_settled_with_time', 'payments_details_object'],
    'checks of payment.payments by name'
);

SELECT is_empty(
    $$SELECT conrelid::regclass, conname FROM pg_constraint WHERE NOT convalidated
      AND connamespace IN ('policy'::regnamespace, 'payment'::regnamespace, 'audit'::regnamespace)$$,
    'no constraint was left NOT VALID'
);

SELECT * FROM finish();
ROLLBACK;
