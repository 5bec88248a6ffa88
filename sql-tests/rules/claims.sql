-- A claim needs a policy that was in force on the day.
BEGIN;
SET LOCAL lc_messages TO 'C';
SELECT plan(8);

SELECT lives_ok(
    $$INSERT INTO policy.claims (policy_id, occurred_on, amount)
      VALUES ('11111111-0000-4000-8000-000000000001', '2024-01-01', 0.01)$$,
    'a claim on the first day'
);
SELECT throws_ok(
    $$INSERT INTO policy.claims (policy_id, occurred_on, amount)
      VALUES ('11111111-0000-4000-8000-000000000001', '2025-01-01', 10)$$,
    '23514',
    'policy 11111111-0000-4000-8000-000000000001 did not cover that day',
    'no claim once the policy has ended'
);
SELECT throws_ok(
    $$INSERT INTO policy.claims (policy_id, occurred_on, amount)
      VALUES ('11111111-0000-4000-8000-000000000005', '2024-06-01', 10)$$,
    '23514',
    'policy 11111111-0000-4000-8000-000000000005 did not cover that day',
    'no claim on a policy that was never bound'
);
SELECT throws_ok(
    $$UPDATE policy.claims SET occurred_on = '2024-07-01' WHERE note = 'bicycle left outside'$$,
    '23514',
    'policy 11111111-0000-4000-8000-000000000002 did not cover that day',
    'a claim cannot be moved past the day of cancelling'
);
SELECT lives_ok(
    $$UPDATE policy.claims SET state = 'paid' WHERE note = 'rear bumper'$$,
    'a claim is paid'
);

SELECT throws_ok(
    $$INSERT INTO policy.claims (policy_id, occurred_on, amount)
      VALUES ('11111111-0000-4000-8000-000000000001', '2024-06-01', 0)$$,
    '23514',
    'new row for relation "claims" violates check constraint "claims_amount_positive"',
    'nothing cannot be claimed'
);
SELECT throws_ok(
    $$INSERT INTO policy.claims (policy_id, occurred_on, amount, note)
      VALUES ('11111111-0000-4000-8000-000000000001', '2024-06-01', 10, repeat('x', 201))$$,
    '22001',
    'value too long for type character varying(200)',
    'a note is not a novel'
);
SELECT throws_ok(
    $$INSERT INTO policy.claims (id, policy_id, occurred_on, amount)
      VALUES (1000, '11111111-0000-4000-8000-000000000001', '2024-06-01', 10)$$,
    '428C9', NULL,
    'nobody chooses the id of a claim'
);

SELECT * FROM finish();
ROLLBACK;
