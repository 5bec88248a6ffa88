-- Who may execute what. PostgreSQL lets everybody execute a new function, unless that is taken back: so it
-- is the empty arrays below that are worth most.
BEGIN;
SET LOCAL lc_messages TO 'C';
SELECT plan(20);

SELECT function_privs_are('policy', 'next_policy_number', ARRAY['text'], 'policy_service', ARRAY['EXECUTE'],
                          'policy_service takes numbers');
SELECT function_privs_are('policy', 'next_policy_number', ARRAY['text'], 'broker_portal', ARRAY['EXECUTE'],
                          'broker_portal takes numbers');
SELECT function_privs_are('policy', 'next_policy_number', ARRAY['text'], 'payment_service', '{}'::name[],
                          'payment_service does not');
SELECT function_privs_are('policy', 'quote', ARRAY['text', 'date'], 'policy_service', ARRAY['EXECUTE'],
                          'policy_service quotes');
SELECT function_privs_are('policy', 'quote', ARRAY['text', 'date'], 'broker_portal', ARRAY['EXECUTE'],
                          'broker_portal quotes');
SELECT function_privs_are('policy', 'bind', ARRAY['uuid', 'uuid'], 'policy_service', ARRAY['EXECUTE'],
                          'policy_service binds');
SELECT function_privs_are('policy', 'bind', ARRAY['uuid', 'uuid'], 'broker_portal', '{}'::name[],
                          'broker_portal does not');
SELECT function_privs_are('policy', 'is_in_force', ARRAY['uuid', 'date'], 'policy_service', ARRAY['EXECUTE'],
                          'policy_service asks for cover');
SELECT function_privs_are('policy', 'uuid_of_legacy_id', ARRAY['integer'], 'policy_service', ARRAY['EXECUTE'],
                          'policy_service finds old letters');
SELECT function_privs_are('policy', 'current_broker', '{}'::name[], 'broker_portal', ARRAY['EXECUTE'],
                          'broker_portal knows for whom it acts');
SELECT function_privs_are('policy', 'current_broker', '{}'::name[], 'policy_service', '{}'::name[],
                          'policy_service acts for nobody');

SELECT function_privs_are('payment', 'settle', ARRAY['uuid', 'boolean'], 'payment_service', ARRAY['EXECUTE'],
                          'payment_service settles');
SELECT function_privs_are('payment', 'settle', ARRAY['uuid', 'boolean'], 'policy_service', '{}'::name[],
                          'policy_service does not');
SELECT function_privs_are('payment', 'refund', ARRAY['uuid'], 'payment_service', ARRAY['EXECUTE'],
                          'payment_service refunds');
SELECT function_privs_are('payment', 'refund', ARRAY['uuid'], 'policy_service', '{}'::name[],
                          'policy_service does not');
SELECT function_privs_are('payment', 'details_as_jsonb', ARRAY['text'], 'payment_service', ARRAY['EXECUTE'],
                          'payment_service imports old archives');
SELECT function_privs_are('reporting', 'premium_income', ARRAY['date', 'date'], 'reporting_reader',
                          ARRAY['EXECUTE'], 'reporting_reader asks for income');
SELECT function_privs_are('reporting', 'premium_income', ARRAY['date', 'date'], 'payment_service', '{}'::name[],
                          'payment_service does not');

-- has_function_privilege() knows the pseudo-role public: everybody.
SELECT is_empty(
    $$SELECT oid::regprocedure FROM pg_proc
      WHERE pronamespace::regnamespace::text IN ('policy', 'payment', 'audit', 'reporting')
        AND has_function_privilege('public', oid, 'EXECUTE')$$,
    'no function of ours is everybody''s'
);

SET LOCAL ROLE policy_service;
SELECT throws_ok(
    $$SELECT payment.refund('22222222-0000-4000-8000-000000000005')$$,
    '42501', 'permission denied for function refund', 'policy_service cannot give money back'
);
RESET ROLE;

SELECT * FROM finish();
ROLLBACK;
