-- Who sees which payments, and binding them as the service does it.
BEGIN;
SET LOCAL lc_messages TO 'C';
SELECT plan(13);

SET LOCAL ROLE payment_service;
SELECT set_eq(
    $$SELECT provider_reference FROM payment.payments$$,
    ARRAY['PSP-1', 'PSP-2', 'PSP-3', 'PSP-4', 'PSP-5', 'PSP-6'],
    'payment_service sees all payments'
);
SELECT lives_ok(
    $$INSERT INTO payment.payments (policy_id, amount) VALUES ('11111111-0000-4000-8000-000000000003', 80)$$,
    'payment_service starts one, without seeing the policy'
);
SELECT throws_ok(
    $$SELECT number FROM policy.policies$$,
    '42501', 'permission denied for schema policy', 'which it does not'
);
SELECT throws_ok(
    $$DELETE FROM payment.payments WHERE provider_reference = 'PSP-5'$$,
    '42501', 'permission denied for table payments', 'payments are never deleted'
);
-- The trigger looks at policy.bindings, which payment_service cannot: SECURITY DEFINER at work.
SELECT throws_ok(
    $$SELECT payment.refund('22222222-0000-4000-8000-000000000001')$$,
    '23514',
    'payment 22222222-0000-4000-8000-000000000001 binds policy 11111111-0000-4000-8000-000000000001: unbind the policy first',
    'the rule holds for payment_service'
);
RESET ROLE;

SET LOCAL ROLE policy_service;
SELECT set_eq(
    $$SELECT id FROM payment.payments$$,
    ARRAY['22222222-0000-4000-8000-000000000001', '22222222-0000-4000-8000-000000000002',
          '22222222-0000-4000-8000-000000000005']::uuid[],
    'policy_service sees payments that succeeded'
);
SELECT throws_ok(
    $$SELECT details FROM payment.payments$$,
    '42501', 'permission denied for table payments', 'and not what was said about them'
);
SELECT lives_ok(
    $$CALL policy.bind('11111111-0000-4000-8000-000000000005', '22222222-0000-4000-8000-000000000005')$$,
    'policy_service binds a policy'
);
-- policy_service does not see this payment; the trigger does, with its owner's rights.
SELECT throws_ok(
    $$CALL policy.bind('11111111-0000-4000-8000-000000000004', '22222222-0000-4000-8000-000000000004')$$,
    '23514',
    'payment 22222222-0000-4000-8000-000000000004 is pending, only a succeeded payment binds a policy',
    'but not with a pending payment'
);
SELECT lives_ok(
    $$DELETE FROM policy.bindings WHERE policy_id = '11111111-0000-4000-8000-000000000005'$$,
    'policy_service unbinds'
);
SELECT throws_ok(
    $$UPDATE policy.claims SET amount = 1$$,
    '42501', 'permission denied for table claims', 'a claim is decided, not edited'
);
SELECT lives_ok(
    $$UPDATE policy.claims SET state = 'accepted' WHERE state = 'reported'$$,
    'policy_service decides a claim'
);
RESET ROLE;

SET LOCAL ROLE dashboard;
SELECT set_eq(
    $$SELECT status, amount FROM payment.payments$$,
    $$VALUES ('succeeded', 450.00), ('succeeded', 120.50), ('succeeded', 610.00), ('refunded', 120.50)$$,
    'reports see money that moved'
);
RESET ROLE;

SELECT * FROM finish();
ROLLBACK;
