-- Who may look into which schema. The empty array says: nothing at all.
BEGIN;
SELECT plan(21);

SELECT schema_privs_are('policy', 'policy_service', ARRAY['USAGE'], 'policy_service uses policy');
SELECT schema_privs_are('policy', 'broker_portal', ARRAY['USAGE'], 'broker_portal uses policy');
SELECT schema_privs_are('policy', 'reporting_reader', ARRAY['USAGE'], 'reporting_reader uses policy');
SELECT schema_privs_are('policy', 'binding_guard', ARRAY['USAGE'], 'binding_guard uses policy');
SELECT schema_privs_are('policy', 'payment_service', '{}'::name[], 'payment_service does not see policy');
SELECT schema_privs_are('policy', 'auditor', '{}'::name[], 'auditor does not see policy');

SELECT schema_privs_are('payment', 'payment_service', ARRAY['USAGE'], 'payment_service uses payment');
SELECT schema_privs_are('payment', 'policy_service', ARRAY['USAGE'], 'policy_service uses payment');
SELECT schema_privs_are('payment', 'reporting_reader', ARRAY['USAGE'], 'reporting_reader uses payment');
SELECT schema_privs_are('payment', 'binding_guard', ARRAY['USAGE'], 'binding_guard uses payment');
SELECT schema_privs_are('payment', 'broker_portal', '{}'::name[], 'broker_portal does not see payment');

SELECT schema_privs_are('reporting', 'reporting_reader', ARRAY['USAGE'], 'reporting_reader uses reporting');
-- A member has what its group has.
SELECT schema_privs_are('reporting', 'dashboard', ARRAY['USAGE'], 'dashboard uses reporting as a member');
SELECT schema_privs_are('reporting', 'policy_service', '{}'::name[], 'policy_service needs no reports');
SELECT schema_privs_are('reporting', 'broker_portal', '{}'::name[], 'nor does broker_portal');

SELECT schema_privs_are('audit', 'auditor', ARRAY['USAGE'], 'auditor uses audit');
SELECT schema_privs_are('audit', 'audit_writer', ARRAY['USAGE'], 'audit_writer uses audit');
SELECT schema_privs_are('audit', 'policy_service', ARRAY['USAGE'], 'policy_service sees its events');
SELECT schema_privs_are('audit', 'payment_service', ARRAY['USAGE'], 'payment_service sees its events');
SELECT schema_privs_are('audit', 'broker_portal', '{}'::name[], 'broker_portal does not see audit');
SELECT schema_privs_are('audit', 'reporting_reader', '{}'::name[], 'reporting_reader does not see audit');

SELECT * FROM finish();
ROLLBACK;
