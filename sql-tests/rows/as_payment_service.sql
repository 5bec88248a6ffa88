-- pgassay: role payment_service
--
-- The whole file runs in a session that logged in as payment_service. With SET ROLE, three things would be
-- other than they are for the service: session_user would still be the superuser, the role's own settings would
-- not be in force, and the session could RESET ROLE at any time.
BEGIN;
-- No SET LOCAL lc_messages here: only a superuser may. So messages of the server itself are not compared below.
SELECT plan(14);

SELECT is(session_user, 'payment_service'::name, 'the session is the service''s');
SELECT is(current_user, 'payment_service'::name, 'and stays so');
SELECT is(current_setting('lock_timeout'), '5s', 'the settings of the role are in force');

SELECT isnt_empty($$SELECT id FROM payment.payments$$, 'the service sees payments');
SELECT throws_ok($$SELECT id FROM policy.policies$$, '42501', NULL, 'and no policies');
SELECT throws_ok($$SET ROLE binding_guard$$, '42501', NULL, 'it cannot become the guard');
SELECT throws_ok($$CREATE TABLE payment.mine (id integer)$$, '42501', NULL, 'it makes no tables');
SELECT throws_ok($$ALTER TABLE payment.payments DISABLE TRIGGER ALL$$, '42501', NULL, 'and switches off no triggers');

-- Events that it did not cause are hidden by row-level security, with no error.
SELECT is_empty($$SELECT id FROM audit.events$$, 'the fixtures'' events are somebody else''s');
SELECT is(
    (payment.settle('22222222-0000-4000-8000-000000000004', true)).status, 'succeeded',
    'the service settles a payment'
);
SELECT results_eq(
    $$SELECT actor, table_name, operation, new_row ->> 'status' FROM audit.events$$,
    $$VALUES ('payment_service'::name, 'payment.payments', 'UPDATE', 'succeeded')$$,
    'and sees that this was written down, in its name'
);
SELECT throws_ok(
    $$INSERT INTO audit.events (table_name, operation, new_row) VALUES ('payment.payments', 'INSERT', '{}')$$,
    '42501', NULL, 'it writes no events by hand'
);
SELECT throws_ok(
    $$SELECT payment.refund('22222222-0000-4000-8000-000000000001')$$,
    '23514',
    'payment 22222222-0000-4000-8000-000000000001 binds policy 11111111-0000-4000-8000-000000000001: unbind the policy first',
    'it refunds no payment that binds a policy'
);
SELECT is(payment.refund('22222222-0000-4000-8000-000000000005'), 610.00, 'but any other');

SELECT * FROM finish();
ROLLBACK;
