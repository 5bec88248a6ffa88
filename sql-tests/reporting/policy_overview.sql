-- reporting.policy_overview: one row for each policy.
BEGIN;
SELECT plan(6);

-- Ordered by a text column, the rows' order would be the database's collation's. COLLATE "C" is the same
-- everywhere.
SELECT results_eq(
    $$SELECT number, bound, paid, open_claims FROM reporting.policy_overview ORDER BY number COLLATE "C"$$,
    $$VALUES ('HOM-000002', true,  120.50, 0::bigint),
             ('LIF-000003', false, 0.00,   0),
             ('MOT-000001', true,  450.00, 2),
             ('MOT-000005', false, 610.00, 0),
             ('TRA-000004', false, 0.00,   0)$$,
    'the fixtures at a glance'
);

-- Two payments and two claims: were they joined before they are summed up, each would count twice.
INSERT INTO payment.payments (policy_id, amount, status, settled_at)
VALUES ('11111111-0000-4000-8000-000000000001', 50.00, 'succeeded', '2024-04-01 12:00+00');
SELECT row_eq(
    $$SELECT paid, open_claims FROM reporting.policy_overview WHERE number = 'MOT-000001'$$,
    ROW(500.00, 2::bigint),
    'payments and claims do not multiply one another'
);
UPDATE policy.claims SET state = 'paid' WHERE note = 'rear bumper';
SELECT is(
    (SELECT open_claims FROM reporting.policy_overview WHERE number = 'MOT-000001'), 1::bigint,
    'a claim that was paid is open no more'
);
UPDATE payment.payments SET status = 'succeeded', settled_at = now() WHERE provider_reference = 'PSP-4';
CALL policy.bind('11111111-0000-4000-8000-000000000004', '22222222-0000-4000-8000-000000000004');
SELECT row_eq(
    $$SELECT bound, paid FROM reporting.policy_overview WHERE number = 'TRA-000004'$$,
    ROW(true, 35.00),
    'a policy that is bound shows as bound'
);

SELECT row_eq(
    $$SELECT policy_id, kind, broker, premium, starts_on, ends_on
      FROM reporting.policy_overview WHERE number = 'LIF-000003'$$,
    ROW('11111111-0000-4000-8000-000000000003'::uuid, 'life'::text, NULL::text, 80.00::numeric(10,2),
        date '2024-02-01', date '2034-02-01'),
    'the other columns are the policy''s'
);

SET LOCAL ROLE dashboard;
SELECT is(
    (SELECT count(*) FROM reporting.policy_overview), 5::bigint,
    'a reader sees all policies: the view reads with its owner''s rights'
);
RESET ROLE;

SELECT * FROM finish();
ROLLBACK;
