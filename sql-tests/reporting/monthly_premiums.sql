-- reporting.monthly_premiums: stored figures, as of the last refresh.
BEGIN;
-- The worst timezone for the end of January: the figures must not care.
SET LOCAL timezone TO 'Pacific/Kiritimati';
SELECT plan(4);

SELECT bag_eq(
    $$SELECT month, kind, currency::text, payments, total FROM reporting.monthly_premiums$$,
    $$VALUES (date '2024-01-01', 'motor', 'EUR', 1::bigint, 450.00),
             (date '2024-01-01', 'home',  'EUR', 1,         120.50),
             (date '2024-02-01', 'motor', 'EUR', 1,         610.00)$$,
    'succeeded payments by month, kind and currency'
);

INSERT INTO payment.payments (policy_id, amount, status, settled_at) VALUES
    ('11111111-0000-4000-8000-000000000002', 9.50, 'succeeded', '2024-01-31 23:59:59+00'),
    ('11111111-0000-4000-8000-000000000002', 7.00, 'succeeded', '2024-02-01 00:00:00+00');
SELECT is(
    (SELECT sum(total) FROM reporting.monthly_premiums), 1180.50,
    'until it is refreshed, it shows what was'
);

REFRESH MATERIALIZED VIEW CONCURRENTLY reporting.monthly_premiums;
SELECT results_eq(
    $$SELECT month, payments, total FROM reporting.monthly_premiums WHERE kind = 'home' ORDER BY month$$,
    $$VALUES (date '2024-01-01', 2::bigint, 130.00), (date '2024-02-01', 1, 7.00)$$,
    'the month ends at midnight UTC, wherever one looks from'
);
SELECT is_empty(
    $$SELECT month FROM reporting.monthly_premiums WHERE currency = 'CHF'$$,
    'a pending payment is no income'
);

SELECT * FROM finish();
ROLLBACK;
