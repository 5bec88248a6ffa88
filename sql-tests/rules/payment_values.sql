-- What payment.payments refuses, and what it just accepts.
BEGIN;
SET LOCAL lc_messages TO 'C';
SELECT plan(23);

-- Both ends of a range, and one step beyond each.
SELECT lives_ok(
    $$UPDATE payment.payments SET amount = 0.01 WHERE provider_reference = 'PSP-5'$$, 'one cent can be paid'
);
SELECT lives_ok(
    $$UPDATE payment.payments SET amount = 1000000.00 WHERE provider_reference = 'PSP-5'$$, 'a million can be paid'
);
SELECT throws_ok(
    $$UPDATE payment.payments SET amount = 0.00 WHERE provider_reference = 'PSP-5'$$,
    '23514',
    'new row for relation "payments" violates check constraint "payments_amount_range"',
    'nothing cannot be paid'
);
SELECT throws_ok(
    $$UPDATE payment.payments SET amount = 1000000.01 WHERE provider_reference = 'PSP-5'$$,
    '23514',
    'new row for relation "payments" violates check constraint "payments_amount_range"',
    'more than a million cannot be paid'
);
-- The type rounds before the check looks: 0.004 is 0.00 by then.
SELECT throws_ok(
    $$UPDATE payment.payments SET amount = 0.004 WHERE provider_reference = 'PSP-5'$$,
    '23514',
    'new row for relation "payments" violates check constraint "payments_amount_range"',
    'less than a cent is nothing'
);

-- Each status once, with a time where money has moved.
SELECT lives_ok(
    format($$INSERT INTO payment.payments (policy_id, amount, status, settled_at)
             SELECT id, 10, %L, %L FROM policy.policies WHERE number = 'LIF-000003'$$, status, settled_at),
    status || ' is a status'
)
FROM (VALUES ('pending', NULL), ('succeeded', '2024-03-01 12:00+00'), ('failed', NULL),
             ('refunded', '2024-03-02 12:00+00')) AS s (status, settled_at);

SELECT throws_ok(
    $$INSERT INTO payment.payments (policy_id, amount, status)
      SELECT id, 10, 'lost' FROM policy.policies WHERE number = 'MOT-000005'$$,
    '23514',
    'new row for relation "payments" violates check constraint "payments_status_known"',
    'lost is not a status'
);
SELECT throws_ok(
    format($$INSERT INTO payment.payments (policy_id, amount, status, settled_at)
             SELECT id, 10, %L, %L FROM policy.policies WHERE number = 'MOT-000005'$$, status, settled_at),
    '23514',
    'new row for relation "payments" violates check constraint "payments_settled_with_time"',
    description
)
FROM (VALUES ('succeeded', NULL, 'money that arrived has arrived at some time'),
             ('refunded', NULL, 'money that went back has arrived before'),
             ('pending', '2024-03-01 12:00+00', 'a pending payment is not settled'),
             ('failed', '2024-03-01 12:00+00', 'a failed payment is not settled'))
    AS s (status, settled_at, description);

SELECT throws_ok(
    $$UPDATE payment.payments SET details = '[]' WHERE provider_reference = 'PSP-5'$$,
    '23514',
    'new row for relation "payments" violates check constraint "payments_details_object"',
    'details are an object, not an array'
);
SELECT throws_ok(
    $$UPDATE payment.payments SET details = 'null' WHERE provider_reference = 'PSP-5'$$,
    '23514',
    'new row for relation "payments" violates check constraint "payments_details_object"',
    'nor JSON''s null, which is not NULL'
);

SELECT throws_ok(
    format($$UPDATE payment.payments SET %I = NULL WHERE provider_reference = 'PSP-5'$$, col),
    '23502',
    format('null value in column "%s" of relation "payments" violates not-null constraint', col),
    col || ' cannot be NULL'
)
FROM unnest(ARRAY['id', 'policy_id', 'amount', 'currency', 'details', 'created_at']) AS col;
-- An UPDATE of status meets the trigger before it meets NOT NULL; an INSERT does not.
SELECT throws_ok(
    $$INSERT INTO payment.payments (policy_id, amount, status)
      SELECT id, 10, NULL FROM policy.policies WHERE number = 'MOT-000005'$$,
    '23502',
    'null value in column "status" of relation "payments" violates not-null constraint',
    'status cannot be NULL'
);

SELECT * FROM finish();
ROLLBACK;
