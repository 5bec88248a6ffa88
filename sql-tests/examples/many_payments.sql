-- pgassay: tags slow
-- pgassay: timeout 60s
--
-- Rules on many rows at once. Tagged, so that it can be left out where every second counts, and with a limit of its
-- own, so that a trigger that became slow is told from one that hangs.
BEGIN;
SELECT plan(7);

INSERT INTO policy.policies (number, kind, holder_name, premium, starts_on, ends_on)
SELECT 'MOT-7' || lpad(n::text, 5, '0'), 'motor', 'Holder ' || n, 100, '2024-01-01', '2025-01-01'
FROM generate_series(1, 2000) AS n;

SELECT lives_ok(
    $$INSERT INTO payment.payments (policy_id, amount)
      SELECT id, premium FROM policy.policies WHERE number LIKE 'MOT-7%'$$,
    'two thousand payments begin'
);
SELECT lives_ok(
    $$UPDATE payment.payments AS y SET status = 'succeeded', settled_at = '2024-05-01 12:00+00'
      FROM policy.policies AS p WHERE p.id = y.policy_id AND p.number LIKE 'MOT-7%'$$,
    'and succeed'
);
SELECT lives_ok(
    $$INSERT INTO policy.bindings (policy_id, payment_id)
      SELECT y.policy_id, y.id FROM payment.payments AS y
      JOIN policy.policies AS p ON p.id = y.policy_id WHERE p.number LIKE 'MOT-7%'$$,
    'and bind their policies'
);
SELECT is(
    (SELECT count(*) FROM policy.policies AS p
     WHERE p.number LIKE 'MOT-7%' AND policy.is_in_force(p.id, '2024-06-01')),
    2000::bigint,
    'all of them are in force'
);
SELECT is(
    (SELECT count(*) FROM audit.events WHERE new_row @> '{"status": "succeeded"}' AND operation = 'UPDATE'),
    2000::bigint,
    'each left its event'
);
SELECT bag_eq(
    $$SELECT kind, total FROM reporting.premium_income('2024-05-01', '2024-05-02')$$,
    $$VALUES ('motor', 200000.00)$$,
    'the sum is right'
);
SELECT throws_ok(
    $$UPDATE payment.payments SET status = 'refunded' WHERE settled_at = '2024-05-01 12:00+00'$$,
    '23514', NULL,
    'one payment that binds is enough to refuse a statement as a whole'
);

SELECT * FROM finish();
ROLLBACK;
