-- What psql adds to SQL: variables, includes, conditions. A test file is a psql script, so all this is at hand.
\set number 'MOT-400001'
\set kind motor

BEGIN;
SELECT plan(7);

-- \ir is relative to this file; \i would be relative to the directory in which the run was started.
\ir ../_include/new_policy.sql

-- :'x' is the variable as a string, :x as it stands. Neither is replaced inside of '…' or $$…$$: to bring one into
-- a statement that is itself a string, format it.
SELECT is(
    (SELECT premium FROM policy.policies WHERE id = :'policy_id'), 450.00,
    'the included file took the premium from the tariff'
);
SELECT is((SELECT number FROM policy.policies WHERE id = :'policy_id'), :'number', 'and the number from here');

-- The same again, with another premium.
\set number 'MOT-400002'
\set premium 99.90
\ir ../_include/new_policy.sql
SELECT is(
    (SELECT premium FROM policy.policies WHERE id = :'policy_id'), 99.90,
    'the second time, it was told the premium'
);
\unset premium

-- \gset makes a variable of each column of a row.
INSERT INTO payment.payments (policy_id, amount) VALUES (:'policy_id', 99.90) RETURNING id AS payment_id \gset
SELECT throws_ok(
    format('CALL policy.bind(%L, %L)', :'policy_id', :'payment_id'),
    '23514',
    format('payment %s is pending, only a succeeded payment binds a policy', :'payment_id'),
    'the new payment does not bind yet'
);
SELECT (payment.settle(:'payment_id', true)).status AS status \gset
-- A string alone has no type yet, and is() takes any type: one of the two has to say which.
SELECT is(:'status'::text, 'succeeded', 'it is settled');
SELECT lives_ok(
    format('CALL policy.bind(%L, %L)', :'policy_id', :'payment_id'),
    'once it was settled, it does'
);

-- \if chooses at run time. It takes true or false, so the server computes the condition.
SELECT current_setting('server_version_num')::integer >= 150000 AS has_pg_15 \gset
\if :has_pg_15
    SELECT is(
        (SELECT count(*) FROM pg_class
         WHERE oid = 'reporting.policy_overview'::regclass AND reloptions::text LIKE '%security_invoker%'),
        0::bigint,
        'the overview reads with its owner''s rights'
    );
\else
    SELECT pass('before PostgreSQL 15, every view reads with its owner''s rights');
\endif

SELECT * FROM finish();
ROLLBACK;
