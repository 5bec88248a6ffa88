-- Sequences. Mind that they do not roll back: nextval() in one test would show in the next, were each file
-- not given a database of its own.
BEGIN;
SELECT plan(7);

-- An identity column owns a sequence, and it is listed too.
SELECT sequences_are('policy', ARRAY['policy_number_seq', 'claims_id_seq'], 'sequences of policy');
SELECT sequences_are('audit', ARRAY['events_id_seq'], 'sequences of audit');
-- The '{}' needs its type here: it could be an array of anything.
SELECT sequences_are('payment', '{}'::name[], 'payment has no sequence');

SELECT has_sequence('policy', 'policy_number_seq', 'policy.policy_number_seq is a sequence');
SELECT hasnt_sequence('policy', 'policies_id_seq', 'the sequence of the old integer ids went with V005');

SELECT row_eq(
    $$SELECT data_type::text, min_value, max_value, increment_by, cycle
      FROM pg_sequences WHERE schemaname = 'policy' AND sequencename = 'policy_number_seq'$$,
    ROW('integer'::text, 1::bigint, 999999::bigint, 1::bigint, false),
    'policy numbers have six digits and never start again'
);

SELECT is(
    (SELECT last_value FROM policy.policy_number_seq), 5::bigint,
    'the fixtures have used up five numbers, and nobody else has used any'
);

SELECT * FROM finish();
ROLLBACK;
