-- Repeatable: applied after all versioned migrations, and again whenever this file changes. So it says the
-- whole view, and can be run twice.
--
-- A view reads with the rights of its owner: row-level security of the tables below does not narrow it for
-- its reader. That is meant here, and it is why the view names no policy holder.
CREATE OR REPLACE VIEW reporting.policy_overview AS
SELECT p.id AS policy_id,
       p.number,
       p.kind,
       p.broker,
       p.premium,
       p.starts_on,
       p.ends_on,
       b.policy_id IS NOT NULL AS bound,
       coalesce(y.paid, 0.00) AS paid,
       coalesce(c.open_claims, 0) AS open_claims
FROM policy.policies AS p
LEFT JOIN policy.bindings AS b ON b.policy_id = p.id
-- Each side is summed up before it is joined: joined first, two claims would double the payments.
LEFT JOIN (
    SELECT policy_id, sum(amount) AS paid FROM payment.payments WHERE status = 'succeeded' GROUP BY policy_id
) AS y ON y.policy_id = p.id
LEFT JOIN (
    SELECT policy_id, count(*) AS open_claims FROM policy.claims
    WHERE state IN ('reported', 'accepted') GROUP BY policy_id
) AS c ON c.policy_id = p.id;

COMMENT ON VIEW reporting.policy_overview IS 'One row for each policy: whether it is bound, what was paid, what is claimed.';

GRANT SELECT ON reporting.policy_overview TO reporting_reader;
