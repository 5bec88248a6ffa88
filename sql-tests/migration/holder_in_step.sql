-- V009, expand: services that write holder and services that write holder_name get along.
BEGIN;
SET LOCAL lc_messages TO 'C';
SELECT plan(17);

SELECT has_column('policy', 'policies', 'holder', 'the old column is still there');
SELECT has_column('policy', 'policies', 'holder_name', 'the new column is there already');
SELECT col_type_is('policy', 'policies', 'holder', 'text', 'the old column has its type');
SELECT col_not_null('policy', 'policies', 'holder', 'the old column is filled');
SELECT col_hasnt_default('policy', 'policies', 'holder', 'by nobody but the service and the trigger');

SELECT is_empty(
    $$SELECT number FROM policy.policies WHERE holder IS DISTINCT FROM holder_name$$,
    'the fixtures wrote one column and got both'
);

-- An old service, a new service, and one that writes both.
SELECT lives_ok(
    $$INSERT INTO policy.policies (number, kind, holder, premium, starts_on, ends_on)
      VALUES ('MOT-200001', 'motor', 'Old Service', 10, '2024-01-01', '2025-01-01')$$,
    'an old service inserts'
);
SELECT lives_ok(
    $$INSERT INTO policy.policies (number, kind, holder_name, premium, starts_on, ends_on)
      VALUES ('MOT-200002', 'motor', 'New Service', 10, '2024-01-01', '2025-01-01')$$,
    'a new service inserts'
);
SELECT lives_ok(
    $$INSERT INTO policy.policies (number, kind, holder, holder_name, premium, starts_on, ends_on)
      VALUES ('MOT-200003', 'motor', 'Both', 'Both', 10, '2024-01-01', '2025-01-01')$$,
    'a careful service inserts'
);
SELECT results_eq(
    $$SELECT holder, holder_name FROM policy.policies WHERE number LIKE 'MOT-2%' ORDER BY number COLLATE "C"$$,
    $$VALUES ('Old Service', 'Old Service'), ('New Service', 'New Service'), ('Both', 'Both')$$,
    'all three wrote both columns'
);

UPDATE policy.policies SET holder = 'Changed by old' WHERE number = 'MOT-200002';
SELECT is(
    (SELECT holder_name FROM policy.policies WHERE number = 'MOT-200002'), 'Changed by old',
    'an update of the old column reaches the new one'
);
UPDATE policy.policies SET holder_name = 'Changed by new' WHERE number = 'MOT-200001';
SELECT is(
    (SELECT holder FROM policy.policies WHERE number = 'MOT-200001'), 'Changed by new',
    'an update of the new column reaches the old one'
);
-- Object mappers like to write all columns, changed or not.
UPDATE policy.policies SET holder = 'Both again', holder_name = holder_name WHERE number = 'MOT-200003';
SELECT is(
    (SELECT holder_name FROM policy.policies WHERE number = 'MOT-200003'), 'Both again',
    'a column that is written but unchanged does not count'
);

SELECT throws_ok(
    $$UPDATE policy.policies SET holder = 'One', holder_name = 'Two' WHERE number = 'MOT-200003'$$,
    '23514',
    'holder and holder_name are one thing, but were given two values',
    'an update with two values is refused'
);
SELECT throws_ok(
    $$INSERT INTO policy.policies (number, kind, holder, holder_name, premium, starts_on, ends_on)
      VALUES ('MOT-200004', 'motor', 'One', 'Two', 10, '2024-01-01', '2025-01-01')$$,
    '23514',
    'holder and holder_name are one thing, but were given two values',
    'an insert with two values is refused'
);
-- The trigger fills a column only if the other has something; then NOT NULL does its work.
SELECT throws_ok(
    $$INSERT INTO policy.policies (number, kind, premium, starts_on, ends_on)
      VALUES ('MOT-200004', 'motor', 10, '2024-01-01', '2025-01-01')$$,
    '23502',
    'null value in column "holder" of relation "policies" violates not-null constraint',
    'somebody has to hold a policy'
);
SELECT throws_ok(
    $$UPDATE policy.policies SET holder_name = NULL WHERE number = 'MOT-200003'$$,
    '23502', NULL,
    'and to go on holding it'
);

SELECT * FROM finish();
ROLLBACK;
