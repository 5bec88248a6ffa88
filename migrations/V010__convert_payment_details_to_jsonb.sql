-- The provider's answers were kept as text; now they become jsonb, so that one can ask questions of them.
--
-- The provider's old gateway never sent more than 255 characters. A longer text did not come from it:
-- someone pasted it in, and someone has to look at it. The tempting details::varchar(255)::jsonb
-- would cut such a text silently. So the conversion refuses, and the migration stops.
--
-- On an empty table this migration is always green. It is the rows of production that make it fail, which is
-- why a migration like this one should be tried with such rows (sql-tests/migration/ does).
CREATE FUNCTION payment.details_as_jsonb(details text) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE STRICT
AS $$
BEGIN
    IF length(details) > 255 THEN
        RAISE EXCEPTION 'payment details of % characters: the gateway sent no more than 255', length(details)
            USING ERRCODE = 'string_data_right_truncation',
                  HINT = 'Find such rows with: SELECT id FROM payment.payments WHERE length(details) > 255';
    END IF;
    RETURN details::jsonb;
END;
$$;
REVOKE EXECUTE ON FUNCTION payment.details_as_jsonb(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION payment.details_as_jsonb(text) TO payment_service;  -- it still imports old archives

-- The default goes and comes back, because a default of type text cannot be cast by USING.
ALTER TABLE payment.payments
    ALTER COLUMN details DROP DEFAULT,
    ALTER COLUMN details TYPE jsonb USING payment.details_as_jsonb(details),
    ALTER COLUMN details SET DEFAULT '{}';

ALTER TABLE payment.payments
    ADD CONSTRAINT payments_details_object CHECK (jsonb_typeof(details) = 'object');
