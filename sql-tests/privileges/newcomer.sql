-- pgassay: serial
--
-- A role that was just made has nothing. What everybody has (PUBLIC) is easily forgotten, since no list of
-- grants to single roles shows it.
--
-- "serial" above: no other file runs beside this one. Roles belong to the whole cluster, so a file that makes one
-- could get in the way of another on the same server. The role itself goes with the ROLLBACK.
BEGIN;
SET LOCAL lc_messages TO 'C';
SELECT plan(11);

CREATE ROLE newcomer;

SELECT schema_privs_are(s, 'newcomer', '{}'::name[], 'a newcomer does not see ' || s)
FROM unnest(ARRAY['policy', 'payment', 'audit', 'reporting']::name[]) AS s;
SELECT schema_privs_are('public', 'newcomer', ARRAY['USAGE'], 'a newcomer creates nothing in public');
SELECT table_privs_are('policy', 'policies', 'newcomer', '{}'::name[], 'a newcomer reads no policies');
SELECT table_privs_are('payment', 'payments', 'newcomer', '{}'::name[], 'a newcomer reads no payments');
SELECT table_privs_are('audit', 'events', 'newcomer', '{}'::name[], 'a newcomer reads no events');
SELECT table_privs_are('reporting', 'policy_overview', 'newcomer', '{}'::name[], 'a newcomer reads no reports');

SET LOCAL ROLE newcomer;
SELECT throws_ok(
    $$SELECT number FROM policy.policies$$, '42501', 'permission denied for schema policy', 'nor when it tries'
);
SELECT throws_ok(
    $$CREATE TABLE public.mine (id integer)$$, '42501', 'permission denied for schema public',
    'and it has no place of its own'
);
RESET ROLE;

SELECT * FROM finish();
ROLLBACK;
