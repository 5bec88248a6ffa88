-- Each change of a policy, a payment or a binding leaves an event.
BEGIN;
SELECT plan(9);

-- Only events of this file are looked at: the fixtures have left some of their own.
CREATE TEMPORARY TABLE before_test AS SELECT max(id) AS last_id FROM audit.events;

UPDATE policy.policies SET premium = 460.00 WHERE number = 'MOT-000001';
SELECT results_eq(
    $$SELECT table_name, operation, old_row ->> 'premium', new_row ->> 'premium'
      FROM audit.events WHERE id > (SELECT last_id FROM before_test)$$,
    $$VALUES ('policy.policies', 'UPDATE', '450.00', '460.00')$$,
    'an update leaves the old row and the new one'
);
SELECT row_eq(
    $$SELECT actor, happened_at FROM audit.events ORDER BY id DESC LIMIT 1$$,
    ROW(session_user, now()),
    'with who did it and when'
);

INSERT INTO payment.payments (id, policy_id, amount)
VALUES ('22222222-0000-4000-8000-00000000000a', '11111111-0000-4000-8000-000000000003', 80.00);
SELECT results_eq(
    $$SELECT operation, old_row IS NULL, new_row ->> 'status' FROM audit.events
      WHERE table_name = 'payment.payments' AND new_row ->> 'id' = '22222222-0000-4000-8000-00000000000a'$$,
    $$VALUES ('INSERT', true, 'pending')$$,
    'an insert leaves the new row only'
);

DELETE FROM policy.bindings WHERE policy_id = '11111111-0000-4000-8000-000000000002';
SELECT results_eq(
    $$SELECT operation, old_row ->> 'payment_id', new_row IS NULL FROM audit.events
      WHERE table_name = 'policy.bindings' AND id > (SELECT last_id FROM before_test)$$,
    $$VALUES ('DELETE', '22222222-0000-4000-8000-000000000002', true)$$,
    'a delete leaves the old row only'
);

-- For each row, not for each statement.
UPDATE policy.policies SET premium = premium + 1;
SELECT is(
    (SELECT count(*) FROM audit.events
     WHERE table_name = 'policy.policies' AND id > (SELECT last_id FROM before_test)),
    6::bigint,
    'five policies changed at once leave five events more'
);
UPDATE policy.policies SET premium = 1 WHERE number = 'NONE';
INSERT INTO policy.tariffs (kind, valid_from, base_premium) VALUES ('life', '2030-01-01', 90);
SELECT is(
    (SELECT count(*) FROM audit.events WHERE id > (SELECT last_id FROM before_test)), 8::bigint,
    'nothing changed, or nothing that is audited: no event'
);

-- A change that is undone leaves nothing: it did not happen.
SELECT throws_ok(
    $$UPDATE policy.policies SET premium = -1 WHERE number = 'MOT-000001'$$, '23514', NULL, 'a refused change'
);
SELECT is(
    (SELECT count(*) FROM audit.events WHERE id > (SELECT last_id FROM before_test)), 8::bigint,
    'leaves no event'
);

SELECT set_eq(
    $$SELECT table_name, operation, count(*) FROM audit.events
      WHERE id <= (SELECT last_id FROM before_test) GROUP BY 1, 2$$,
    $$VALUES ('policy.policies', 'INSERT', 5::bigint), ('payment.payments', 'INSERT', 6::bigint),
             ('policy.bindings', 'INSERT', 2::bigint)$$,
    'the fixtures were audited too'
);

SELECT * FROM finish();
ROLLBACK;
