-- Which status of a payment may follow which: all sixteen pairs, of which three are allowed.
BEGIN;
SELECT plan(17);

-- A payment in each status, that binds nothing.
INSERT INTO payment.payments (id, policy_id, amount, status, settled_at)
SELECT s.id::uuid, p.id, 10, s.status, s.settled_at
FROM (VALUES
    ('33333333-0000-4000-8000-000000000001', 'pending',   NULL),
    ('33333333-0000-4000-8000-000000000002', 'succeeded', timestamptz '2024-03-01 12:00+00'),
    ('33333333-0000-4000-8000-000000000003', 'failed',    NULL),
    ('33333333-0000-4000-8000-000000000004', 'refunded',  timestamptz '2024-03-01 12:00+00')
) AS s (id, status, settled_at)
JOIN policy.policies AS p ON p.number = 'LIF-000003';

-- lives_ok() keeps what its statement did, so a payment would stand elsewhere afterwards. Where that
-- matters, the statement fails on purpose at its end: here each change is tried, and what it raised is kept.
CREATE FUNCTION pg_temp.change(from_status text, to_status text) RETURNS text
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE payment.payments
    SET status = to_status,
        settled_at = CASE WHEN to_status IN ('succeeded', 'refunded') THEN timestamptz '2024-03-01 12:00+00' END
    WHERE status = from_status AND id::text LIKE '33333333%';
    RAISE EXCEPTION 'allowed';
EXCEPTION WHEN OTHERS THEN
    RETURN sqlerrm;  -- the block's changes are undone by now
END;
$$;

SELECT is(
    pg_temp.change(a.status, b.status),
    CASE
        WHEN a.status = b.status THEN 'allowed'  -- no change at all
        WHEN (a.status, b.status) IN (('pending', 'succeeded'), ('pending', 'failed'), ('succeeded', 'refunded'))
            THEN 'allowed'
        ELSE format('a %s payment cannot become %s', a.status, b.status)
    END,
    format('from %s to %s', a.status, b.status)
)
FROM unnest(ARRAY['pending', 'succeeded', 'failed', 'refunded']) WITH ORDINALITY AS a (status, n),
     unnest(ARRAY['pending', 'succeeded', 'failed', 'refunded']) WITH ORDINALITY AS b (status, n)
ORDER BY a.n, b.n;

SELECT throws_ok(
    $$UPDATE payment.payments SET status = 'pending' WHERE id = '33333333-0000-4000-8000-000000000003'$$,
    '23514',
    'a failed payment cannot become pending',
    'the SQLSTATE is that of a check, as programs expect'
);

SELECT * FROM finish();
ROLLBACK;
