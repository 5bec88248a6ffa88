-- What payment_service calls when the provider has answered.
BEGIN;
SELECT plan(9);

SELECT is(
    (payment.settle('22222222-0000-4000-8000-000000000004', true)).status, 'succeeded',
    'a pending payment succeeds'
);
-- now() is the time at which the transaction began, so it can be compared exactly.
SELECT is(
    (SELECT settled_at FROM payment.payments WHERE provider_reference = 'PSP-4'), now(),
    'and is settled now'
);
SELECT is(payment.refund('22222222-0000-4000-8000-000000000004'), 35.00, 'the money goes back');
SELECT is(
    (SELECT status FROM payment.payments WHERE provider_reference = 'PSP-4'), 'refunded',
    'the payment is refunded'
);
SELECT is(payment.refund('99999999-0000-4000-8000-000000000000'), NULL, 'nothing goes back for no payment');

INSERT INTO payment.payments (id, policy_id, amount)
VALUES ('22222222-0000-4000-8000-00000000000a', '11111111-0000-4000-8000-000000000003', 80.00);
SELECT is(
    (payment.settle('22222222-0000-4000-8000-00000000000a', false)).status, 'failed',
    'another pending payment fails'
);
SELECT is(
    (SELECT settled_at FROM payment.payments WHERE id = '22222222-0000-4000-8000-00000000000a'), NULL,
    'and is never settled'
);

-- SQLSTATE and message, both: the code tells programs what went wrong, the message tells people.
SELECT throws_ok(
    $$SELECT payment.settle('99999999-0000-4000-8000-000000000000', true)$$,
    'P0002',
    'there is no payment 99999999-0000-4000-8000-000000000000',
    'an unknown payment is an error, not silence'
);
SELECT throws_ok(
    $$SELECT payment.settle('22222222-0000-4000-8000-000000000003', true)$$,
    '23514',
    'a failed payment cannot become succeeded',
    'a failed payment cannot be settled again'
);

SELECT * FROM finish();
ROLLBACK;
