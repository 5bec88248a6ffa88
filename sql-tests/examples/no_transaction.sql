-- No BEGIN and no ROLLBACK: every statement is committed at once. Under most runners such a file would spoil the
-- database for all that follow. Here the database is this file's own and is thrown away after it, so a test may
-- commit, drop a table, or leave things lying about. What such a test gains is that it can see what only happens at
-- COMMIT, and statements that refuse to run in a transaction.
SELECT plan(7);

-- VACUUM refuses to run in a transaction (and so cannot be in lives_ok(), which is a function). Were there an
-- error, the file would stop here, and its plan would not be met.
VACUUM policy.policies;

-- Two transactions have two times.
INSERT INTO policy.policies (number, kind, holder_name, premium, starts_on, ends_on)
VALUES ('MOT-500001', 'motor', 'First', 10, '2024-01-01', '2025-01-01');
INSERT INTO policy.policies (number, kind, holder_name, premium, starts_on, ends_on)
VALUES ('MOT-500002', 'motor', 'Second', 10, '2024-01-01', '2025-01-01');
SELECT cmp_ok(
    (SELECT created_at FROM policy.policies WHERE number = 'MOT-500001'),
    '<',
    (SELECT created_at FROM policy.policies WHERE number = 'MOT-500002'),
    'created_at is the time of the transaction: two statements, two times'
);
SELECT isnt(
    (SELECT xmin::text FROM policy.policies WHERE number = 'MOT-500001'),
    (SELECT xmin::text FROM policy.policies WHERE number = 'MOT-500002'),
    'they were committed one by one'
);

-- A transaction of one's own, rolled back.
BEGIN;
DELETE FROM policy.claims;
ROLLBACK;
SELECT is((SELECT count(*) FROM policy.claims), 3::bigint, 'what was rolled back did not happen');

-- Wreckage, for the next file not to find.
DROP VIEW reporting.policy_overview;
DROP TABLE policy.claims;
SELECT setval('policy.policy_number_seq', 4242) AS ignored \gset
TRUNCATE policy.bindings;
SELECT hasnt_table('policy', 'claims', 'policy.claims is gone');
SELECT hasnt_view('reporting', 'policy_overview', 'so is the overview');
SELECT is_empty($$SELECT * FROM policy.bindings$$, 'no policy is bound');
SELECT is(policy.next_policy_number('motor'), 'MOT-004243', 'and numbers go on elsewhere');
-- schema/tables.sql, schema/sequences.sql and functions/next_policy_number.sql would fail if this lasted.

SELECT * FROM finish();
