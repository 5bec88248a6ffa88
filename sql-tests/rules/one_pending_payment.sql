-- A partial unique index is a rule: one pending payment for a policy, and any number of others.
BEGIN;
SET LOCAL lc_messages TO 'C';
SELECT plan(5);

SELECT throws_ok(
    $$INSERT INTO payment.payments (policy_id, amount)
      SELECT id, 35 FROM policy.policies WHERE number = 'TRA-000004'$$,
    '23505',
    'duplicate key value violates unique constraint "payments_one_pending_per_policy_idx"',
    'no second payment while the first is pending'
);
SELECT lives_ok(
    $$SELECT payment.settle(id, false) FROM payment.payments WHERE provider_reference = 'PSP-4'$$,
    'the first fails'
);
SELECT lives_ok(
    $$INSERT INTO payment.payments (policy_id, amount)
      SELECT id, 35 FROM policy.policies WHERE number = 'TRA-000004'$$,
    'then there may be a second'
);
SELECT lives_ok(
    $$INSERT INTO payment.payments (policy_id, amount)
      SELECT id, 450 FROM policy.policies WHERE number = 'MOT-000001'$$,
    'another policy is another matter'
);
SELECT results_eq(
    $$SELECT status FROM payment.payments
      WHERE policy_id = '11111111-0000-4000-8000-000000000004' ORDER BY status = 'pending'$$,
    ARRAY['failed', 'pending'],
    'a failed and a pending payment stand side by side'
);

SELECT * FROM finish();
ROLLBACK;
