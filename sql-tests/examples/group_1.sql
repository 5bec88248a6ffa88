-- pgassay: group story
-- A story in two files: they share one database, in order, as all files do under other runners. What this one commits
-- is there for the next. Most tests are better off without: a file that stands alone can be run alone.
SELECT plan(1);

INSERT INTO policy.policies (number, kind, holder_name, premium, starts_on, ends_on)
VALUES ('MOT-600001', 'motor', 'Storyteller', 10, '2024-01-01', '2025-01-01');
SELECT isnt_empty(
    $$SELECT FROM policy.policies WHERE number = 'MOT-600001'$$,
    'the policy is there'
);

SELECT * FROM finish();
