-- pgassay: group story
-- Goes on where `group_1.sql` ended. `pgassay test --find-dependency sql-tests/examples/group_2.sql` says so.
SELECT plan(1);

SELECT is(
    (SELECT holder_name FROM policy.policies WHERE number = 'MOT-600001'),
    'Storyteller',
    'the policy of the file before is still there'
);

SELECT * FROM finish();
