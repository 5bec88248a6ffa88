-- Sequences are granted apart from the tables that use them.
BEGIN;
SELECT plan(7);

SELECT sequence_privs_are('policy', 'policy_number_seq', 'policy_service', ARRAY['USAGE'], 'policy_service draws');
SELECT sequence_privs_are('policy', 'policy_number_seq', 'broker_portal', ARRAY['USAGE'], 'broker_portal draws');
SELECT sequence_privs_are('policy', 'policy_number_seq', 'payment_service', '{}'::name[], 'payment_service does not');
-- An identity column needs no grant on its sequence; INSERT on the table is enough.
SELECT sequence_privs_are('policy', 'claims_id_seq', 'policy_service', '{}'::name[], 'nobody draws a claim''s id');

SET LOCAL ROLE policy_service;
SELECT lives_ok(
    $$INSERT INTO policy.claims (policy_id, occurred_on, amount)
      VALUES ('11111111-0000-4000-8000-000000000001', '2024-06-01', 10)$$,
    'and yet policy_service takes a claim'
);
-- USAGE is nextval and currval. setval, which could bring old numbers back, is UPDATE.
SELECT lives_ok($$SELECT nextval('policy.policy_number_seq')$$, 'policy_service draws the next number');
SELECT throws_ok($$SELECT setval('policy.policy_number_seq', 1)$$, '42501', NULL, 'but does not turn back');
RESET ROLE;

SELECT * FROM finish();
ROLLBACK;
