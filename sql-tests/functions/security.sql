-- With whose rights a function runs.
BEGIN;
SELECT plan(12);

SELECT is_definer('policy', 'require_succeeded_payment', '{}'::name[], 'it locks payments for policy_service');
SELECT is_definer('payment', 'keep_binding_payment', '{}'::name[], 'it looks at bindings for payment_service');
SELECT is_definer('audit', 'record_change', '{}'::name[], 'it writes events for everybody');

-- Nothing else: a new SECURITY DEFINER function should be noticed by whoever reads this test's failure.
SELECT set_eq(
    $$SELECT p.oid::regprocedure::text FROM pg_proc AS p
      WHERE p.prosecdef AND p.pronamespace::regnamespace::text IN ('policy', 'payment', 'audit', 'reporting')$$,
    ARRAY['policy.require_succeeded_payment()', 'payment.keep_binding_payment()', 'audit.record_change()'],
    'only three functions run with their owner''s rights'
);
SELECT isnt_definer('payment', 'settle', ARRAY['uuid', 'boolean'], 'settle runs with its caller''s rights');
SELECT isnt_definer('policy', 'current_broker', '{}'::name[], 'current_broker runs with its caller''s rights');

-- Their owners can do little.
SELECT function_owner_is('policy', 'require_succeeded_payment', '{}'::name[], 'binding_guard', 'owned by a guard');
SELECT function_owner_is('payment', 'keep_binding_payment', '{}'::name[], 'binding_guard', 'owned by a guard');
SELECT function_owner_is('audit', 'record_change', '{}'::name[], 'audit_writer', 'owned by a writer');
SELECT isnt_superuser('binding_guard', 'the guard is no superuser');
SELECT isnt_superuser('audit_writer', 'the writer is no superuser');

-- Without a search_path of its own, such a function can be led to a table of the caller's making.
SELECT is_empty(
    $$SELECT p.oid::regprocedure FROM pg_proc AS p
      WHERE p.prosecdef AND p.pronamespace::regnamespace::text IN ('policy', 'payment', 'audit', 'reporting')
        AND NOT EXISTS (SELECT FROM unnest(p.proconfig) AS setting
                        WHERE setting = 'search_path=pg_catalog, pg_temp')$$,
    'each of them fixes its search_path, with pg_temp last'
);

SELECT * FROM finish();
ROLLBACK;
