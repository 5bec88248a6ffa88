-- reporting.premium_income(): what was paid from a day on and before another.
BEGIN;
SET LOCAL timezone TO 'America/Adak';
SELECT plan(7);

SELECT bag_eq(
    $$SELECT * FROM reporting.premium_income('2024-01-01', '2024-02-01')$$,
    $$VALUES ('motor', 'EUR', 450.00), ('home', 'EUR', 120.50)$$,
    'January, in UTC'
);
SELECT bag_eq(
    $$SELECT * FROM reporting.premium_income('2024-01-01', '2025-01-01')$$,
    $$VALUES ('motor', 'EUR', 1060.00), ('home', 'EUR', 120.50)$$,
    'the year: refunded, failed and pending payments are no income'
);
-- There is a payment on the 10th of February.
SELECT isnt_empty(
    $$SELECT * FROM reporting.premium_income('2024-02-10', '2024-02-11')$$,
    'the first day belongs to it'
);
SELECT is_empty(
    $$SELECT * FROM reporting.premium_income('2024-02-01', '2024-02-10')$$,
    'the last day does not'
);
SELECT is_empty(
    $$SELECT * FROM reporting.premium_income(NULL, '2025-01-01')$$,
    'an unknown time gives no rows'
);

-- A cursor is compared as well as a query, which is of use where the rows come from somewhere else.
DECLARE february CURSOR FOR SELECT kind, total FROM reporting.premium_income('2024-02-01', '2024-03-01');
SELECT results_eq(
    'february'::refcursor,
    $$VALUES ('motor', 610.00)$$,
    'February'
);

-- The function runs with its caller's rights: what the caller may not see, it does not count.
SET LOCAL ROLE dashboard;
SELECT bag_eq(
    $$SELECT kind, total FROM reporting.premium_income('2024-01-01', '2025-01-01')$$,
    $$VALUES ('motor', 1060.00), ('home', 120.50)$$,
    'dashboard sees the same'
);
RESET ROLE;

SELECT * FROM finish();
ROLLBACK;
