-- A broker sees its own policies and offers in its own name.
--
-- SET LOCAL ROLE, because superusers and owners are exempt from row-level security: run as the superuser, each of
-- these tests would see all rows and prove nothing. pgTAP's own bookkeeping works under any role.
BEGIN;
SET LOCAL lc_messages TO 'C';
SELECT plan(15);

SET LOCAL ROLE broker_portal;

SELECT is(policy.current_broker(), NULL, 'at first, the portal acts for nobody');
SELECT is_empty($$SELECT number FROM policy.policies$$, 'and nobody sees nothing');

SET LOCAL insurance.broker TO 'north';
SELECT is(policy.current_broker(), 'north', 'now it acts for north');
SELECT set_eq(
    $$SELECT number FROM policy.policies$$, ARRAY['MOT-000001', 'HOM-000002'], 'north sees its own policies'
);

SET LOCAL insurance.broker TO 'south';
SELECT set_eq(
    $$SELECT number FROM policy.policies$$, ARRAY['TRA-000004', 'MOT-000005'], 'south sees its own policies'
);
SELECT is_empty(
    $$SELECT number FROM policy.policies WHERE broker = 'north'$$, 'and none of north''s, even if it asks'
);

-- Offering: the same broker, another one, and none.
SELECT lives_ok(
    $$INSERT INTO policy.policies (number, kind, holder_name, broker, premium, starts_on, ends_on)
      VALUES (policy.next_policy_number('motor'), 'motor', 'Jane Doe', 'south',
              policy.quote('motor', '2024-06-01'), '2024-06-01', '2025-06-01')$$,
    'south offers a policy'
);
SELECT results_eq(
    $$SELECT number, premium FROM policy.policies WHERE holder_name = 'Jane Doe'$$,
    $$VALUES ('MOT-000006', 450.00)$$,
    'and sees it'
);
SELECT throws_ok(
    $$INSERT INTO policy.policies (number, kind, holder_name, broker, premium, starts_on, ends_on)
      VALUES ('MOT-300000', 'motor', 'Jane Doe', 'north', 10, '2024-06-01', '2025-06-01')$$,
    '42501', 'new row violates row-level security policy for table "policies"',
    'it does not offer in north''s name'
);
SELECT throws_ok(
    $$INSERT INTO policy.policies (number, kind, holder_name, premium, starts_on, ends_on)
      VALUES ('MOT-300000', 'motor', 'Jane Doe', 10, '2024-06-01', '2025-06-01')$$,
    '42501', 'new row violates row-level security policy for table "policies"',
    'nor in nobody''s'
);
-- Here it is privileges that refuse, before any row is looked at: the message is another one.
SELECT throws_ok(
    $$UPDATE policy.policies SET premium = 1$$,
    '42501', 'permission denied for table policies', 'it does not change a policy'
);
SELECT throws_ok(
    $$DELETE FROM policy.policies$$,
    '42501', 'permission denied for table policies', 'nor delete one'
);

-- A setting of one's own that is reset reads as '', not as NULL. It must not mean a broker called ''.
SET LOCAL insurance.broker TO '';
SELECT is(policy.current_broker(), NULL, 'no broker again');
SELECT is_empty($$SELECT number FROM policy.policies$$, 'who sees nothing');

RESET ROLE;
SELECT is(
    (SELECT count(*) FROM policy.policies), 6::bigint,
    'five policies of the fixtures and one that was offered: the superuser sees all'
);

SELECT * FROM finish();
ROLLBACK;
