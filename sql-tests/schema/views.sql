-- Views have columns and types as tables have; a reader depends on them in the same way.
BEGIN;
SELECT plan(10);

SELECT columns_are(
    'reporting', 'policy_overview',
    ARRAY['policy_id', 'number', 'kind', 'broker', 'premium', 'starts_on', 'ends_on', 'bound', 'paid',
          'open_claims'],
    'columns of reporting.policy_overview'
);
SELECT col_type_is('reporting', 'policy_overview', 'policy_id', 'uuid', 'policy_id followed the table''s change');
SELECT col_type_is('reporting', 'policy_overview', 'bound', 'boolean', 'bound is yes or no');
SELECT col_type_is('reporting', 'policy_overview', 'paid', 'numeric', 'paid is a sum');
SELECT col_type_is('reporting', 'policy_overview', 'open_claims', 'bigint', 'open_claims is a count');
SELECT hasnt_column('reporting', 'policy_overview', 'holder_name', 'the overview names no policy holder');

SELECT columns_are(
    'reporting', 'monthly_premiums', ARRAY['month', 'kind', 'currency', 'payments', 'total'],
    'columns of reporting.monthly_premiums'
);
SELECT col_type_is('reporting', 'monthly_premiums', 'month', 'date', 'a month is its first day');
SELECT col_type_is('reporting', 'monthly_premiums', 'payments', 'bigint', 'payments is a count');
SELECT col_type_is('reporting', 'monthly_premiums', 'total', 'numeric', 'total is a sum');

SELECT * FROM finish();
ROLLBACK;
