-- What policy.policies refuses, and what it just accepts.
BEGIN;
-- Messages of the server itself are translated into the language of lc_messages. They are compared below,
-- so the language is said. (Messages that our own functions raise are always as they were written.)
SET LOCAL lc_messages TO 'C';
SELECT plan(28);

SELECT lives_ok(
    $$INSERT INTO policy.policies (number, kind, holder_name, premium, starts_on, ends_on)
      VALUES ('MOT-100000', 'motor', 'Jane Doe', 0.01, '2024-01-01', '2024-01-02')$$,
    'the smallest policy: one cent, one day, no broker'
);
-- A test for each kind: a kind that was left out of the check is found by it.
SELECT lives_ok(
    format($$INSERT INTO policy.policies (number, kind, holder_name, premium, starts_on, ends_on)
             VALUES (%L, %L, 'Jane Doe', 10, '2024-01-01', '2025-01-01')$$, number, kind),
    kind || ' is a kind of policy'
)
FROM (VALUES ('MOT-100001', 'motor'), ('HOM-100002', 'home'), ('LIF-100003', 'life'), ('TRA-100004', 'travel'))
    AS k (number, kind);

-- The first string of throws_ok() is run as it stands. All else in the row is right, so that nothing but the
-- rule in question can refuse it.
SELECT throws_ok(
    $$INSERT INTO policy.policies (number, kind, holder_name, premium, starts_on, ends_on)
      VALUES ('BOA-100005', 'boat', 'Jane Doe', 10, '2024-01-01', '2025-01-01')$$,
    '23514',
    'new row for relation "policies" violates check constraint "policies_kind_known"',
    'a boat is not a kind of policy'
);
SELECT throws_ok(
    $$INSERT INTO policy.policies (number, kind, holder_name, premium, starts_on, ends_on)
      VALUES ('MOT-100005', 'Motor', 'Jane Doe', 10, '2024-01-01', '2025-01-01')$$,
    '23514',
    'new row for relation "policies" violates check constraint "policies_kind_known"',
    'kinds are written in small letters'
);

SELECT throws_ok(
    format($$UPDATE policy.policies SET number = %L WHERE number = 'MOT-000001'$$, number),
    '23514',
    'new row for relation "policies" violates check constraint "policies_number_form"',
    'no policy number: ' || description
)
FROM (VALUES ('MOT-1', 'too few digits'), ('MOT-0000001', 'too many digits'), ('mot-000001', 'small letters'),
             ('MOTOR-000001', 'too many letters'), ('', 'empty'), (E'MOT-000001\n', 'a line end behind it'))
    AS n (number, description);

SELECT throws_ok(
    $$UPDATE policy.policies SET premium = 0 WHERE number = 'MOT-000001'$$,
    '23514',
    'new row for relation "policies" violates check constraint "policies_premium_positive"',
    'no policy is free'
);
SELECT throws_ok(
    $$UPDATE policy.policies SET premium = -450 WHERE number = 'MOT-000001'$$,
    '23514',
    'new row for relation "policies" violates check constraint "policies_premium_positive"',
    'nobody is paid for being insured'
);
SELECT throws_ok(
    $$UPDATE policy.policies SET premium = 100000000 WHERE number = 'MOT-000001'$$,
    '22003', 'numeric field overflow', 'a premium has eight digits before the point'
);

SELECT throws_ok(
    $$UPDATE policy.policies SET ends_on = starts_on WHERE number = 'MOT-000001'$$,
    '23514',
    'new row for relation "policies" violates check constraint "policies_period_ordered"',
    'a policy covers a day at least'
);

SELECT lives_ok(
    $$UPDATE policy.policies SET cancelled_on = starts_on WHERE number = 'MOT-000001'$$,
    'a policy can be cancelled on its first day'
);
SELECT lives_ok(
    $$UPDATE policy.policies SET cancelled_on = ends_on - 1 WHERE number = 'MOT-000001'$$,
    'and on its last'
);
SELECT throws_ok(
    $$UPDATE policy.policies SET cancelled_on = starts_on - 1 WHERE number = 'MOT-000001'$$,
    '23514',
    'new row for relation "policies" violates check constraint "policies_cancelled_in_period"',
    'but not before'
);
SELECT throws_ok(
    $$UPDATE policy.policies SET cancelled_on = ends_on WHERE number = 'MOT-000001'$$,
    '23514',
    'new row for relation "policies" violates check constraint "policies_cancelled_in_period"',
    'nor after'
);

-- NOT NULL, with the message that names the column.
SELECT throws_ok(
    format($$UPDATE policy.policies SET %I = NULL WHERE number = 'MOT-000001'$$, col),
    '23502',
    format('null value in column "%s" of relation "policies" violates not-null constraint', col),
    col || ' cannot be NULL'
)
FROM unnest(ARRAY['id', 'number', 'kind', 'premium', 'starts_on', 'ends_on', 'created_at']) AS col;

SELECT * FROM finish();
ROLLBACK;
