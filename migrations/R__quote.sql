-- Repeatable: the way a premium is found changes more often than any table.
CREATE OR REPLACE FUNCTION policy.quote(kind text, starts_on date) RETURNS numeric
LANGUAGE sql STABLE STRICT
AS $$
    SELECT t.base_premium
    FROM policy.tariffs AS t
    WHERE t.kind = $1 AND t.valid_from <= $2
    ORDER BY t.valid_from DESC
    LIMIT 1
$$;
COMMENT ON FUNCTION policy.quote(text, date) IS 'The premium of a new policy; NULL when no tariff is valid yet.';

REVOKE EXECUTE ON FUNCTION policy.quote(text, date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION policy.quote(text, date) TO policy_service, broker_portal;
