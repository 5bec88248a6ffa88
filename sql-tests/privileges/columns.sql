-- Privileges on single columns: what a role sees of a table that it does not have as a whole.
BEGIN;
SET LOCAL lc_messages TO 'C';
SELECT plan(29);

SELECT column_privs_are('payment', 'payments', 'status', 'policy_service', ARRAY['SELECT'], 'whether it succeeded');
SELECT column_privs_are('payment', 'payments', 'policy_id', 'policy_service', ARRAY['SELECT'], 'and for what');
SELECT column_privs_are('payment', 'payments', 'details', 'policy_service', '{}'::name[], 'but not what was said');
SELECT column_privs_are('payment', 'payments', 'amount', 'policy_service', '{}'::name[], 'nor how much');

SELECT column_privs_are('policy', 'claims', 'state', 'policy_service', ARRAY['SELECT', 'INSERT', 'UPDATE'],
                        'a claim''s state may change');
SELECT column_privs_are('policy', 'claims', 'note', 'policy_service', ARRAY['SELECT', 'INSERT', 'UPDATE'],
                        'and its note');
SELECT column_privs_are('policy', 'claims', 'amount', 'policy_service', ARRAY['SELECT', 'INSERT'],
                        'but not its amount');

-- Both columns of the unfinished rename: the portal may be deployed before or after the others.
SELECT column_privs_are('policy', 'policies', 'holder', 'broker_portal', ARRAY['SELECT', 'INSERT'], 'old column');
SELECT column_privs_are('policy', 'policies', 'holder_name', 'broker_portal', ARRAY['SELECT', 'INSERT'], 'new column');
SELECT column_privs_are('policy', 'policies', 'cancelled_on', 'broker_portal', ARRAY['SELECT'], 'brokers do not cancel');
SELECT column_privs_are('policy', 'policies', 'created_at', 'broker_portal', '{}'::name[], 'nor see created_at');

SELECT column_privs_are('policy', 'policies', 'premium', 'reporting_reader', ARRAY['SELECT'], 'figures are read');
SELECT column_privs_are('policy', 'policies', 'holder', 'reporting_reader', '{}'::name[], 'names are not');
SELECT column_privs_are('policy', 'policies', 'holder_name', 'reporting_reader', '{}'::name[], 'under either name');
SELECT column_privs_are('payment', 'payments', 'settled_at', 'reporting_reader', ARRAY['SELECT'], 'times are read');
SELECT column_privs_are('payment', 'payments', 'details', 'reporting_reader', '{}'::name[], 'details are not');

SELECT column_privs_are('payment', 'payments', 'status', 'binding_guard', ARRAY['SELECT', 'UPDATE'],
                        'the guard can lock a payment');
SELECT column_privs_are('payment', 'payments', 'amount', 'binding_guard', '{}'::name[], 'but sees no amount');
SELECT column_privs_are('policy', 'bindings', 'payment_id', 'binding_guard', ARRAY['SELECT'], 'it sees what binds');
SELECT any_column_privs_are('policy', 'claims', 'binding_guard', '{}'::name[], 'and has nothing to do with claims');

SELECT column_privs_are('audit', 'events', 'new_row', 'audit_writer', ARRAY['INSERT'], 'the writer writes rows');
SELECT column_privs_are('audit', 'events', 'actor', 'audit_writer', '{}'::name[], 'but cannot say who did it');

-- The whole list for a role, in one go: columns that are added later stay closed until someone opens them.
SELECT set_eq(
    $$SELECT attname::text FROM pg_attribute
      WHERE attrelid = 'policy.policies'::regclass AND attnum > 0 AND NOT attisdropped
        AND has_column_privilege('broker_portal', attrelid, attnum, 'INSERT')$$,
    ARRAY['id', 'number', 'kind', 'holder', 'holder_name', 'broker', 'premium', 'starts_on', 'ends_on'],
    'what a broker may fill in'
);
SELECT set_eq(
    $$SELECT attname::text FROM pg_attribute
      WHERE attrelid = 'policy.policies'::regclass AND attnum > 0 AND NOT attisdropped
        AND has_column_privilege('broker_portal', attrelid, attnum, 'SELECT')$$,
    ARRAY['id', 'number', 'kind', 'holder', 'holder_name', 'broker', 'premium', 'starts_on', 'ends_on', 'cancelled_on'],
    'what a broker may see'
);
SELECT set_eq(
    $$SELECT attname::text FROM pg_attribute
      WHERE attrelid = 'policy.policies'::regclass AND attnum > 0 AND NOT attisdropped
        AND has_column_privilege('reporting_reader', attrelid, attnum, 'SELECT')$$,
    ARRAY['id', 'number', 'kind', 'broker', 'premium', 'starts_on', 'ends_on', 'cancelled_on'],
    'what reports may see of a policy'
);
SELECT set_eq(
    $$SELECT attname::text FROM pg_attribute
      WHERE attrelid = 'payment.payments'::regclass AND attnum > 0 AND NOT attisdropped
        AND has_column_privilege('reporting_reader', attrelid, attnum, 'SELECT')$$,
    ARRAY['id', 'policy_id', 'amount', 'currency', 'status', 'settled_at'],
    'what reports may see of a payment'
);

-- And seen from inside. SET LOCAL ROLE holds until RESET ROLE or the end of the transaction.
SET LOCAL ROLE reporting_reader;
SELECT lives_ok($$SELECT number, premium FROM policy.policies$$, 'a report selects figures');
SELECT throws_ok(
    $$SELECT holder_name FROM policy.policies$$,
    '42501', 'permission denied for table policies', 'a report does not select names'
);
SELECT throws_ok(
    $$SELECT * FROM policy.policies$$,
    '42501', 'permission denied for table policies', 'and * is all columns'
);
RESET ROLE;

SELECT * FROM finish();
ROLLBACK;
