-- VACUUM, ANALYZE, REFRESH and the like are left to the operator.
--
-- An assertion that makes no sense everywhere is skipped, and says why. skip() prints as many lines as the
-- assertions that it stands for, so the plan is right in either case. CASE runs only one of its branches.
BEGIN;
SET LOCAL lc_messages TO 'C';
SELECT plan(3);

SELECT CASE
    WHEN pg_version_num() < 170000 THEN
        skip('MAINTAIN is a privilege since PostgreSQL 17', 2)
    ELSE collect_tap(
        ok(NOT has_table_privilege('payment_service', 'payment.payments', 'MAINTAIN'),
           'payment_service does not maintain payments'),
        ok(NOT has_table_privilege('reporting_reader', 'reporting.monthly_premiums', 'MAINTAIN'),
           'reporting_reader does not refresh reports')
    )
END;

-- On every version.
SET LOCAL ROLE reporting_reader;
SELECT throws_ok(
    $$REFRESH MATERIALIZED VIEW reporting.monthly_premiums$$,
    '42501', NULL, 'a report cannot be refreshed by its reader'
);
RESET ROLE;

SELECT * FROM finish();
ROLLBACK;
