-- What each role may do with each table, as a whole. table_privs_are() says all: too much fails as well as
-- too little. Privileges on single columns are another thing, see columns.sql.
--
-- It is not asked for owners or superusers: they may do everything there is, and new versions of PostgreSQL add
-- to it.
BEGIN;
SELECT plan(25);

SELECT table_privs_are('policy', 'policies', 'policy_service', ARRAY['SELECT', 'INSERT', 'UPDATE'],
                       'policy_service writes policies, but deletes none');
SELECT table_privs_are('policy', 'tariffs', 'policy_service', ARRAY['SELECT'], 'policy_service reads tariffs');
SELECT table_privs_are('policy', 'bindings', 'policy_service', ARRAY['SELECT', 'INSERT', 'DELETE'],
                       'policy_service binds and unbinds');
SELECT table_privs_are('policy', 'claims', 'policy_service', ARRAY['SELECT', 'INSERT'], 'policy_service takes claims');
SELECT table_privs_are('payment', 'payments', 'policy_service', '{}'::name[],
                       'policy_service has payments only by column');
SELECT table_privs_are('payment', 'currencies', 'policy_service', '{}'::name[], 'and currencies not at all');

SELECT table_privs_are('payment', 'payments', 'payment_service', ARRAY['SELECT', 'INSERT', 'UPDATE'],
                       'payment_service writes payments, but deletes none');
SELECT table_privs_are('payment', 'currencies', 'payment_service', ARRAY['SELECT'], 'payment_service reads currencies');
-- Every table of a schema at once.
SELECT table_privs_are('policy', table_name::name, 'payment_service', '{}'::name[],
                       'payment_service has nothing on policy.' || table_name)
FROM unnest(ARRAY['bindings', 'claims', 'policies', 'tariffs']) AS table_name;

SELECT table_privs_are('policy', 'tariffs', 'broker_portal', ARRAY['SELECT'], 'broker_portal reads tariffs');
SELECT table_privs_are('policy', 'policies', 'broker_portal', '{}'::name[],
                       'broker_portal has policies only by column');
SELECT table_privs_are('policy', 'bindings', 'broker_portal', '{}'::name[], 'broker_portal binds nothing');

SELECT table_privs_are('reporting', 'policy_overview', 'reporting_reader', ARRAY['SELECT'],
                       'reporting_reader reads the overview');
SELECT table_privs_are('reporting', 'monthly_premiums', 'reporting_reader', ARRAY['SELECT'],
                       'reporting_reader reads the monthly premiums');
SELECT table_privs_are('reporting', 'policy_overview', 'dashboard', ARRAY['SELECT'], 'and so does dashboard');
SELECT table_privs_are('payment', 'currencies', 'reporting_reader', ARRAY['SELECT'],
                       'reporting_reader reads currencies');
SELECT table_privs_are('policy', 'policies', 'reporting_reader', '{}'::name[],
                       'reporting_reader has policies only by column');
SELECT table_privs_are('payment', 'payments', 'reporting_reader', '{}'::name[],
                       'reporting_reader has payments only by column');

SELECT table_privs_are('audit', 'events', 'auditor', ARRAY['SELECT'], 'auditor reads events');
SELECT table_privs_are('audit', 'events', 'policy_service', ARRAY['SELECT'], 'policy_service reads events');
SELECT table_privs_are('audit', 'events', 'payment_service', ARRAY['SELECT'], 'payment_service reads events');
SELECT table_privs_are('audit', 'events', 'audit_writer', '{}'::name[], 'audit_writer writes columns, reads none');

SELECT * FROM finish();
ROLLBACK;
