-- Only a succeeded payment binds a policy, and only the policy that it was made for.
BEGIN;
SELECT plan(10);

-- Messages of our own functions are not translated, so lc_messages does not matter here.
SELECT throws_ok(
    $$INSERT INTO policy.bindings (policy_id, payment_id)
      VALUES ('11111111-0000-4000-8000-000000000004', '22222222-0000-4000-8000-000000000004')$$,
    '23514',
    'payment 22222222-0000-4000-8000-000000000004 is pending, only a succeeded payment binds a policy',
    'a pending payment does not bind'
);
SELECT throws_ok(
    $$INSERT INTO policy.bindings (policy_id, payment_id)
      VALUES ('11111111-0000-4000-8000-000000000003', '22222222-0000-4000-8000-000000000003')$$,
    '23514',
    'payment 22222222-0000-4000-8000-000000000003 is failed, only a succeeded payment binds a policy',
    'a failed payment does not bind'
);
-- Moving a binding that exists must not be a way around.
SELECT throws_ok(
    $$UPDATE policy.bindings SET payment_id = '22222222-0000-4000-8000-000000000006'
      WHERE policy_id = '11111111-0000-4000-8000-000000000002'$$,
    '23514',
    'payment 22222222-0000-4000-8000-000000000006 is refunded, only a succeeded payment binds a policy',
    'a refunded payment does not bind, even by an UPDATE'
);
SELECT throws_ok(
    $$INSERT INTO policy.bindings (policy_id, payment_id)
      VALUES ('11111111-0000-4000-8000-000000000003', '22222222-0000-4000-8000-000000000005')$$,
    '23514',
    'payment 22222222-0000-4000-8000-000000000005 was not made for policy 11111111-0000-4000-8000-000000000003',
    'a payment does not bind another policy'
);
SELECT is_empty(
    $$SELECT b FROM policy.bindings AS b
      JOIN policy.policies AS p ON p.id = b.policy_id
      WHERE p.number IN ('LIF-000003', 'TRA-000004', 'MOT-000005')$$,
    'nothing was bound so far'
);

-- lives_ok() alone would be satisfied by a trigger that returns NULL and so drops the row without a word.
-- Look at the result too.
SELECT lives_ok(
    $$CALL policy.bind('11111111-0000-4000-8000-000000000005', '22222222-0000-4000-8000-000000000005')$$,
    'a succeeded payment binds its policy'
);
SELECT results_eq(
    $$SELECT payment_id, bound_at FROM policy.bindings WHERE policy_id = '11111111-0000-4000-8000-000000000005'$$,
    $$VALUES ('22222222-0000-4000-8000-000000000005'::uuid, now())$$,
    'the binding is there, and is of now'
);
SELECT ok(
    policy.is_in_force('11111111-0000-4000-8000-000000000005', '2024-06-01'),
    'the policy is in force'
);
SELECT throws_ok(
    $$CALL policy.bind('11111111-0000-4000-8000-000000000005', '22222222-0000-4000-8000-000000000005')$$,
    '23505', NULL,
    'it cannot be bound twice'
);

-- The payment is locked while it is looked at, lest it be refunded at the same moment. One session cannot see a
-- race, but it can see the lock: whoever locks a row needs the right to update it.
REVOKE UPDATE (status) ON payment.payments FROM binding_guard;
SELECT throws_ok(
    $$UPDATE policy.bindings SET bound_at = now() WHERE policy_id = '11111111-0000-4000-8000-000000000001'$$,
    '42501', NULL,
    'without the right to lock a payment, the guard lets nothing pass'
);

SELECT * FROM finish();
ROLLBACK;
