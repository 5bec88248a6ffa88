-- Types of our own.
BEGIN;
SELECT plan(11);

SELECT domains_are('payment', ARRAY['currency_code'], 'domains of payment');
SELECT has_domain('payment', 'currency_code', 'payment.currency_code is a domain');
SELECT domain_type_is('payment', 'currency_code', 'pg_catalog', 'text', 'a currency code is text');

SELECT enums_are('policy', ARRAY['claim_state'], 'enums of policy');
SELECT has_enum('policy', 'claim_state', 'policy.claim_state is an enum');
-- In order: an enum's labels are compared by it.
SELECT enum_has_labels(
    'policy', 'claim_state', ARRAY['reported', 'accepted', 'rejected', 'paid'], 'states of a claim'
);

-- A cast is enough to try a domain.
SELECT lives_ok($$SELECT 'EUR'::payment.currency_code$$, 'EUR is a currency code');
SELECT throws_ok($$SELECT 'eur'::payment.currency_code$$, '23514', NULL, 'small letters are refused');
SELECT throws_ok($$SELECT 'EURO'::payment.currency_code$$, '23514', NULL, 'four letters are refused');
SELECT throws_ok($$SELECT ''::payment.currency_code$$, '23514', NULL, 'nothing is refused');
SELECT throws_ok($$SELECT 'lost'::policy.claim_state$$, '22P02', NULL, 'a claim cannot be "lost"');

SELECT * FROM finish();
ROLLBACK;
