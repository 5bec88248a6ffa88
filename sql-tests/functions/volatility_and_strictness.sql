-- What the planner may believe of a function. A function that says IMMUTABLE and is not gives wrong answers
-- from an index, and nobody sees an error; so it is worth a test.
BEGIN;
SELECT plan(19);

SELECT volatility_is('policy', 'next_policy_number', ARRAY['text'], 'volatile', 'each call gives another number');
SELECT volatility_is('policy', 'uuid_of_legacy_id', ARRAY['integer'], 'immutable', 'the same id gives the same UUID');
SELECT volatility_is('policy', 'is_in_force', ARRAY['uuid', 'date'], 'stable', 'it reads tables');
SELECT volatility_is('policy', 'quote', ARRAY['text', 'date'], 'stable', 'it reads tariffs');
SELECT volatility_is('policy', 'current_broker', '{}'::name[], 'stable', 'it reads a setting');
SELECT volatility_is('payment', 'settle', ARRAY['uuid', 'boolean'], 'volatile', 'it writes');
SELECT volatility_is('payment', 'refund', ARRAY['uuid'], 'volatile', 'it writes');
SELECT volatility_is('payment', 'details_as_jsonb', ARRAY['text'], 'immutable', 'the same text gives the same jsonb');
SELECT volatility_is('reporting', 'premium_income', ARRAY['date', 'date'], 'stable', 'it reads tables');

-- A strict function is not called with a NULL: the result is NULL.
SELECT is_strict('policy', 'next_policy_number', ARRAY['text'], 'no number for no kind');
SELECT is_strict('policy', 'uuid_of_legacy_id', ARRAY['integer'], 'no UUID for no id');
SELECT is_strict('policy', 'is_in_force', ARRAY['uuid', 'date'], 'unknown stays unknown');
SELECT is_strict('policy', 'quote', ARRAY['text', 'date'], 'no quote for nothing');
SELECT is_strict('payment', 'settle', ARRAY['uuid', 'boolean'], 'no outcome, no settling');
SELECT is_strict('payment', 'refund', ARRAY['uuid'], 'no payment, no refund');
SELECT is_strict('payment', 'details_as_jsonb', ARRAY['text'], 'NULL stays NULL');
SELECT isnt_strict('policy', 'current_broker', '{}'::name[], 'a function without arguments has no use for it');
-- The same seen from outside.
SELECT is(policy.uuid_of_legacy_id(NULL), NULL, 'uuid_of_legacy_id(NULL) is NULL');
SELECT is(
    (SELECT last_value FROM policy.policy_number_seq WHERE policy.next_policy_number(NULL) IS NULL), 5::bigint,
    'next_policy_number(NULL) is NULL and uses no number up'
);

SELECT * FROM finish();
ROLLBACK;
