-- What identifies a row.
BEGIN;
SELECT plan(17);

SELECT has_pk('policy', 'policies', 'policy.policies has a primary key');
SELECT has_pk('payment', 'payments', 'payment.payments has a primary key');

SELECT col_is_pk('policy', 'policies', 'id', 'policies are known by id');
-- Several columns: an array, in the order of the key.
SELECT col_is_pk('policy', 'tariffs', ARRAY['kind', 'valid_from'], 'one tariff for a kind and a day');
SELECT col_is_pk('policy', 'bindings', 'policy_id', 'a policy is bound once');
SELECT col_is_pk('policy', 'claims', 'id', 'claims are known by id');
SELECT col_is_pk('payment', 'payments', 'id', 'payments are known by id');
SELECT col_is_pk('payment', 'currencies', 'code', 'currencies are known by code');
SELECT col_is_pk('audit', 'events', 'id', 'events are known by id');

SELECT has_unique('policy', 'policies', 'policy.policies has another key');
SELECT col_is_unique('policy', 'policies', ARRAY['number'], 'a number is given once');
SELECT col_is_unique('policy', 'bindings', ARRAY['payment_id'], 'a payment binds one policy');
SELECT col_is_unique('payment', 'payments', ARRAY['provider_reference'], 'the provider''s reference comes once');

-- The keys as they behave.
SELECT throws_ok(
    $$INSERT INTO policy.policies (number, kind, holder_name, premium, starts_on, ends_on)
      VALUES ('MOT-000001', 'motor', 'Jane Doe', 1, '2024-01-01', '2025-01-01')$$,
    '23505', NULL, 'a policy number cannot be used twice'
);
SELECT throws_ok(
    $$INSERT INTO payment.payments (policy_id, amount, provider_reference)
      SELECT id, 1, 'PSP-1' FROM policy.policies WHERE number = 'MOT-000001'$$,
    '23505', NULL, 'a provider''s reference cannot be used twice'
);
SELECT throws_ok(
    $$INSERT INTO policy.tariffs (kind, valid_from, base_premium) VALUES ('motor', '2024-01-01', 1)$$,
    '23505', NULL, 'a day cannot have two tariffs for one kind'
);
SELECT throws_ok(
    $$INSERT INTO payment.currencies (code, name) VALUES ('EUR', 'Euro once more')$$,
    '23505', NULL, 'a currency cannot be listed twice'
);

SELECT * FROM finish();
ROLLBACK;
