-- Row-level security: which policies there are, for whom, for which command, with which condition. How they
-- behave is tested in the files beside this one.
BEGIN;
SELECT plan(30);

-- CREATE POLICY does nothing until row-level security is switched on. pgTAP has no assertion for the switch.
SELECT ok(relrowsecurity, oid::regclass::text || ' has row-level security on')
FROM pg_class
WHERE oid IN ('policy.policies'::regclass, 'payment.payments'::regclass, 'audit.events'::regclass)
ORDER BY relname COLLATE "C";

SELECT policies_are(
    'policy', 'policies',
    ARRAY['policies_service', 'policies_reporting', 'policies_broker_reads', 'policies_broker_offers'],
    'policies of policy.policies'
);
SELECT policies_are(
    'payment', 'payments',
    ARRAY['payments_service', 'payments_binding', 'payments_reporting', 'payments_guard'],
    'policies of payment.payments'
);
SELECT policies_are('audit', 'events', ARRAY['events_auditor', 'events_own', 'events_writer'], 'policies of audit.events');
SELECT policies_are('policy', 'claims', '{}'::name[], 'policy.claims has none: only one service reads it');

SELECT policy_roles_are('policy', 'policies', 'policies_service', ARRAY['policy_service'], 'for the service');
SELECT policy_cmd_is('policy', 'policies', 'policies_service', 'all', 'to do everything');
SELECT policy_roles_are('policy', 'policies', 'policies_reporting', ARRAY['reporting_reader'], 'for reports');
SELECT policy_cmd_is('policy', 'policies', 'policies_reporting', 'select', 'to read');
SELECT policy_roles_are('policy', 'policies', 'policies_broker_reads', ARRAY['broker_portal'], 'for brokers');
SELECT policy_cmd_is('policy', 'policies', 'policies_broker_reads', 'select', 'to read');
SELECT policy_roles_are('policy', 'policies', 'policies_broker_offers', ARRAY['broker_portal'], 'for brokers');
SELECT policy_cmd_is('policy', 'policies', 'policies_broker_offers', 'insert', 'to offer');

SELECT policy_roles_are('payment', 'payments', 'payments_service', ARRAY['payment_service'], 'for the service');
SELECT policy_cmd_is('payment', 'payments', 'payments_service', 'all', 'to do everything');
SELECT policy_roles_are('payment', 'payments', 'payments_binding', ARRAY['policy_service'], 'for whoever binds');
SELECT policy_cmd_is('payment', 'payments', 'payments_binding', 'select', 'to read');
SELECT policy_roles_are('payment', 'payments', 'payments_reporting', ARRAY['reporting_reader'], 'for reports');
SELECT policy_cmd_is('payment', 'payments', 'payments_reporting', 'select', 'to read');
SELECT policy_roles_are('payment', 'payments', 'payments_guard', ARRAY['binding_guard'], 'for the guard');
SELECT policy_cmd_is('payment', 'payments', 'payments_guard', 'all', 'to lock rows too');

SELECT policy_roles_are('audit', 'events', 'events_auditor', ARRAY['auditor'], 'for auditors');
SELECT policy_cmd_is('audit', 'events', 'events_auditor', 'select', 'to read');
-- Several roles: the order does not matter.
SELECT policy_roles_are('audit', 'events', 'events_own', ARRAY['payment_service', 'policy_service'], 'for services');
SELECT policy_cmd_is('audit', 'events', 'events_own', 'select', 'to read');
SELECT policy_roles_are('audit', 'events', 'events_writer', ARRAY['audit_writer'], 'for the writer');
SELECT policy_cmd_is('audit', 'events', 'events_writer', 'insert', 'to add');

-- A policy that were restrictive would narrow what all others allow.
SELECT is_empty(
    $$SELECT tablename, policyname FROM pg_policies
      WHERE schemaname IN ('policy', 'payment', 'audit') AND permissive <> 'PERMISSIVE'$$,
    'none is restrictive'
);

SELECT * FROM finish();
ROLLBACK;
