-- The roles themselves. Roles belong to the cluster: they were made by roles/, before any migration.
BEGIN;
SELECT plan(19);

SELECT has_role('policy_service', 'policy_service exists');
SELECT has_role('payment_service', 'payment_service exists');
SELECT has_role('broker_portal', 'broker_portal exists');
SELECT has_role('dashboard', 'dashboard exists');
SELECT has_role('reporting_reader', 'reporting_reader exists');
SELECT has_role('auditor', 'auditor exists');
SELECT has_role('binding_guard', 'binding_guard exists');
SELECT has_role('audit_writer', 'audit_writer exists');

SELECT isnt_superuser('policy_service', 'policy_service is no superuser');
SELECT isnt_superuser('payment_service', 'payment_service is no superuser');
SELECT isnt_superuser('broker_portal', 'broker_portal is no superuser');
SELECT isnt_superuser('dashboard', 'dashboard is no superuser');

-- The group first, then its members.
SELECT is_member_of('reporting_reader', ARRAY['dashboard'], 'dashboard reads reports');
SELECT isnt_member_of('binding_guard', ARRAY['policy_service', 'payment_service'], 'no service is a guard');
SELECT isnt_member_of('audit_writer', ARRAY['policy_service', 'payment_service'], 'no service writes events');

SELECT set_eq(
    $$SELECT rolname::text FROM pg_roles WHERE rolcanlogin
      AND rolname IN ('policy_service', 'payment_service', 'broker_portal', 'dashboard', 'reporting_reader',
                      'auditor', 'binding_guard', 'audit_writer')$$,
    ARRAY['policy_service', 'payment_service', 'broker_portal', 'dashboard'],
    'services log in; groups and owners do not'
);
SELECT is_empty(
    $$SELECT rolname FROM pg_roles WHERE (rolbypassrls OR rolcreaterole OR rolcreatedb)
      AND rolname IN ('policy_service', 'payment_service', 'broker_portal', 'dashboard', 'reporting_reader',
                      'auditor', 'binding_guard', 'audit_writer')$$,
    'none of them gets around row-level security, nor makes roles or databases'
);

-- A setting is shown here as it was written; whether it works, rows/as_payment_service.sql sees.
SELECT is(
    (SELECT rolconfig FROM pg_roles WHERE rolname = 'payment_service'), ARRAY['lock_timeout=5s'],
    'payment_service does not wait long for a lock'
);
SELECT is(
    (SELECT rolconfig FROM pg_roles WHERE rolname = 'dashboard'), ARRAY['default_transaction_read_only=on'],
    'dashboard reads only'
);

SELECT * FROM finish();
ROLLBACK;
