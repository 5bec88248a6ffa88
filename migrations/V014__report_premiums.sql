-- AT TIME ZONE 'UTC' is said, not left to the session: otherwise a payment late on the 31st belongs to
-- another month for whoever sits further east.
CREATE MATERIALIZED VIEW reporting.monthly_premiums AS
SELECT date_trunc('month', y.settled_at AT TIME ZONE 'UTC')::date AS month,
       p.kind,
       y.currency,
       count(*)      AS payments,
       sum(y.amount) AS total
FROM payment.payments AS y
JOIN policy.policies AS p ON p.id = y.policy_id
WHERE y.status = 'succeeded'
GROUP BY 1, 2, 3;

-- REFRESH … CONCURRENTLY asks for a unique index over all rows.
CREATE UNIQUE INDEX monthly_premiums_month_kind_currency_idx
    ON reporting.monthly_premiums (month, kind, currency);

CREATE FUNCTION reporting.premium_income(from_day date, before_day date)
RETURNS TABLE (kind text, currency text, total numeric)
LANGUAGE sql STABLE STRICT
AS $$
    SELECT p.kind, y.currency::text, sum(y.amount)
    FROM payment.payments AS y
    JOIN policy.policies AS p ON p.id = y.policy_id
    WHERE y.status = 'succeeded'
      AND (y.settled_at AT TIME ZONE 'UTC')::date >= $1
      AND (y.settled_at AT TIME ZONE 'UTC')::date < $2
    GROUP BY p.kind, y.currency
$$;
COMMENT ON FUNCTION reporting.premium_income(date, date) IS 'Succeeded payments from a day on and before another.';
REVOKE EXECUTE ON FUNCTION reporting.premium_income(date, date) FROM PUBLIC;

GRANT SELECT ON reporting.monthly_premiums TO reporting_reader;
GRANT EXECUTE ON FUNCTION reporting.premium_income(date, date) TO reporting_reader;
