-- The other side of the rule: a payment that binds a policy stays succeeded, and stays that policy's.
BEGIN;
SELECT plan(7);

SELECT throws_ok(
    $$SELECT payment.refund('22222222-0000-4000-8000-000000000001')$$,
    '23514',
    'payment 22222222-0000-4000-8000-000000000001 binds policy 11111111-0000-4000-8000-000000000001: unbind the policy first',
    'a payment that binds is not refunded'
);
SELECT throws_ok(
    $$UPDATE payment.payments SET policy_id = '11111111-0000-4000-8000-000000000003' WHERE provider_reference = 'PSP-1'$$,
    '23514',
    'payment 22222222-0000-4000-8000-000000000001 binds policy 11111111-0000-4000-8000-000000000001: unbind the policy first',
    'nor moved to another policy'
);
-- Two rules would refuse this; the one whose trigger's name comes first speaks.
SELECT throws_ok(
    $$UPDATE payment.payments SET status = 'failed' WHERE provider_reference = 'PSP-1'$$,
    '23514',
    'a succeeded payment cannot become failed',
    'payments_check_status_change fires before payments_keep_binding_payment'
);
SELECT lives_ok(
    $$UPDATE payment.payments SET details = '{"note": "seen"}', status = status WHERE provider_reference = 'PSP-1'$$,
    'all else of it may change'
);
SELECT lives_ok(
    $$SELECT payment.refund('22222222-0000-4000-8000-000000000005')$$,
    'a payment that binds nothing is refunded'
);

DELETE FROM policy.bindings WHERE policy_id = '11111111-0000-4000-8000-000000000001';
SELECT is(payment.refund('22222222-0000-4000-8000-000000000001'), 450.00, 'once unbound, it can be refunded');
SELECT is(
    policy.is_in_force('11111111-0000-4000-8000-000000000001', '2024-06-01'), false,
    'and the policy is in force no more'
);

SELECT * FROM finish();
ROLLBACK;
