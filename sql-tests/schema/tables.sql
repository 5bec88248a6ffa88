-- Which relations there are. The *_are functions fail on what is missing and on what is too much: a table
-- that somebody added by hand is found here.
BEGIN;
SELECT plan(13);

SELECT tables_are('policy', ARRAY['policies', 'tariffs', 'bindings', 'claims'], 'tables of policy');
SELECT tables_are('payment', ARRAY['payments', 'currencies'], 'tables of payment');
SELECT tables_are('audit', ARRAY['events'], 'tables of audit');
SELECT tables_are('reporting', '{}'::name[], 'reporting has no table of its own');

SELECT views_are('reporting', ARRAY['policy_overview'], 'views of reporting');
SELECT materialized_views_are('reporting', ARRAY['monthly_premiums'], 'materialized views of reporting');

-- Always give the description. With two strings only, PostgreSQL takes the second for a description, and
-- hasnt_table('policy', 'policies') would pass: there is no table called "policy".
SELECT has_table('policy', 'policies', 'policy.policies is a table');
SELECT has_table('payment', 'payments', 'payment.payments is a table');
SELECT has_view('reporting', 'policy_overview', 'reporting.policy_overview is a view');
SELECT has_materialized_view('reporting', 'monthly_premiums', 'reporting.monthly_premiums is stored');
SELECT hasnt_table('policy', 'payments', 'payments are not in policy');
SELECT hasnt_view('reporting', 'monthly_premiums', 'monthly_premiums is not computed at each look');

-- A comment is part of the schema too: each can be stated literally where its wording matters.
SELECT is(
    obj_description('policy.policies'::regclass, 'pg_class'),
    'A policy that was offered or sold. It is in force once a payment binds it.',
    'policy.policies is explained'
);

SELECT * FROM finish();
ROLLBACK;
