-- Foreign keys as they behave: nothing points at nothing, in either direction.
BEGIN;
SET LOCAL lc_messages TO 'C';
SELECT plan(9);

SELECT throws_ok(
    $$INSERT INTO payment.payments (policy_id, amount) VALUES ('99999999-0000-4000-8000-000000000000', 10)$$,
    '23503',
    'insert or update on table "payments" violates foreign key constraint "payments_policy_id_fkey"',
    'no payment for a policy that does not exist'
);
SELECT throws_ok(
    $$INSERT INTO payment.payments (policy_id, amount, currency)
      SELECT id, 10, 'USD' FROM policy.policies WHERE number = 'MOT-000005'$$,
    '23503',
    'insert or update on table "payments" violates foreign key constraint "payments_currency_fkey"',
    'no payment in a currency that we do not take'
);
SELECT throws_ok(
    $$INSERT INTO policy.bindings (policy_id, payment_id)
      SELECT id, '99999999-0000-4000-8000-000000000000' FROM policy.policies WHERE number = 'MOT-000005'$$,
    '23503',
    'insert or update on table "bindings" violates foreign key constraint "bindings_payment_id_fkey"',
    'no binding by a payment that does not exist'
);

-- The other direction: what is pointed at stays.
SELECT throws_ok(
    $$DELETE FROM policy.policies WHERE number = 'LIF-000003'$$,
    '23503',
    'update or delete on table "policies" violates foreign key constraint "payments_policy_id_fkey" on table "payments"',
    'a policy stays while a payment is for it'
);
SELECT throws_ok(
    $$DELETE FROM payment.payments WHERE provider_reference = 'PSP-1'$$,
    '23503',
    'update or delete on table "payments" violates foreign key constraint "bindings_payment_id_fkey" on table "bindings"',
    'a payment stays while it binds a policy'
);
SELECT throws_ok(
    $$DELETE FROM payment.currencies WHERE code = 'EUR'$$,
    '23503',
    'update or delete on table "currencies" violates foreign key constraint "payments_currency_fkey" on table "payments"',
    'a currency stays while it is paid with'
);
SELECT lives_ok(
    $$DELETE FROM payment.currencies WHERE code = 'JPY'$$,
    'a currency that nobody used can go'
);

-- Bindings and claims: the trigger of each would refuse first, so it is put aside, to see the key alone.
-- The ROLLBACK brings it back.
ALTER TABLE policy.bindings DISABLE TRIGGER bindings_require_succeeded_payment;
ALTER TABLE policy.claims DISABLE TRIGGER claims_require_cover;
SELECT throws_ok(
    $$INSERT INTO policy.bindings (policy_id, payment_id)
      VALUES ('99999999-0000-4000-8000-000000000000', '22222222-0000-4000-8000-000000000005')$$,
    '23503',
    'insert or update on table "bindings" violates foreign key constraint "bindings_policy_id_fkey"',
    'no binding of a policy that does not exist'
);
SELECT throws_ok(
    $$INSERT INTO policy.claims (policy_id, occurred_on, amount)
      VALUES ('99999999-0000-4000-8000-000000000000', '2024-06-01', 10)$$,
    '23503',
    'insert or update on table "claims" violates foreign key constraint "claims_policy_id_fkey"',
    'no claim on a policy that does not exist'
);

SELECT * FROM finish();
ROLLBACK;
