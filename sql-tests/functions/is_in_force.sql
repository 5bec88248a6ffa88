-- When a policy covers: bound, begun, not ended, not cancelled.
BEGIN;
SELECT plan(9);

-- One query, one assertion for each row: a table of cases. Each row prints a line of its own.
SELECT is(policy.is_in_force(p.id, c.day), c.expected, c.description)
FROM (VALUES
    (1, 'MOT-000001', date '2023-12-31', false, 'not on the day before it starts'),
    (2, 'MOT-000001', date '2024-01-01', true,  'from its first day'),
    (3, 'MOT-000001', date '2024-12-31', true,  'to the day before it ends'),
    (4, 'MOT-000001', date '2025-01-01', false, 'not on ends_on, the first day without cover'),
    (5, 'HOM-000002', date '2024-06-30', true,  'until it is cancelled'),
    (6, 'HOM-000002', date '2024-07-01', false, 'not from cancelled_on on'),
    (7, 'LIF-000003', date '2024-06-01', false, 'not when the payment failed'),
    (8, 'MOT-000005', date '2024-06-01', false, 'not when it is paid but not bound')
) AS c (position, number, day, expected, description)
JOIN policy.policies AS p ON p.number = c.number
ORDER BY c.position;

SELECT is(
    policy.is_in_force('99999999-0000-4000-8000-000000000000', '2024-06-01'), false,
    'not when there is no such policy'
);

SELECT * FROM finish();
ROLLBACK;
