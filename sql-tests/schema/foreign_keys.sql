-- What points at what, across schemas too.
BEGIN;
SELECT plan(10);

SELECT has_fk('payment', 'payments', 'payment.payments has foreign keys');
SELECT hasnt_fk('audit', 'events', 'events outlive the rows that they tell of');
SELECT col_is_fk('payment', 'payments', 'policy_id', 'payments.policy_id is a foreign key');
SELECT col_isnt_fk('payment', 'payments', 'provider_reference', 'the provider''s reference is not ours to check');

-- fk_ok() compares both sides. The target is worth saying: a foreign key to the wrong table is one too.
SELECT fk_ok('payment', 'payments', 'policy_id', 'policy', 'policies', 'id', 'a payment is for a policy');
SELECT fk_ok('payment', 'payments', 'currency', 'payment', 'currencies', 'code', 'in a currency that we take');
SELECT fk_ok('policy', 'bindings', 'policy_id', 'policy', 'policies', 'id', 'a binding is of a policy');
SELECT fk_ok('policy', 'bindings', 'payment_id', 'payment', 'payments', 'id', 'by a payment');
SELECT fk_ok('policy', 'claims', 'policy_id', 'policy', 'policies', 'id', 'a claim is on a policy');

-- What happens on deletion is part of a foreign key, but not of fk_ok(): 'a' is NO ACTION.
SELECT set_eq(
    $$SELECT conname::text, confupdtype::text, confdeltype::text FROM pg_constraint
      WHERE contype = 'f' AND connamespace IN ('policy'::regnamespace, 'payment'::regnamespace)$$,
    $$VALUES ('payments_policy_id_fkey', 'a', 'a'), ('payments_currency_fkey', 'a', 'a'),
             ('bindings_policy_id_fkey', 'a', 'a'), ('bindings_payment_id_fkey', 'a', 'a'),
             ('claims_policy_id_fkey', 'a', 'a')$$,
    'no deletion spreads to another table'
);

SELECT * FROM finish();
ROLLBACK;
