-- New policy numbers. The exact numbers are known because the sequence stands where the fixtures left it.
BEGIN;
SELECT plan(7);

SELECT is(policy.next_policy_number('motor'), 'MOT-000006', 'the next number follows the fixtures''');
SELECT is(policy.next_policy_number('home'), 'HOM-000007', 'all kinds share one sequence');
SELECT is(policy.next_policy_number('life'), 'LIF-000008', 'each call takes a number');
SELECT matches(policy.next_policy_number('travel'), '^TRA-[0-9]{6}$', 'three letters and six digits');

-- setval() is not rolled back either; that harms nobody, as this database is this file's own.
SELECT is(setval('policy.policy_number_seq', 999998), 999998::bigint, 'nearly all numbers are used up');
SELECT is(policy.next_policy_number('motor'), 'MOT-999999', 'the last number');
SELECT throws_ok(
    $$SELECT policy.next_policy_number('motor')$$,
    '2200H', NULL,
    'then there are no more: a number is never used twice'
);

SELECT * FROM finish();
ROLLBACK;
