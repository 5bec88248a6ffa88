-- Which status may follow which:  pending -> succeeded -> refunded,  pending -> failed.
CREATE FUNCTION payment.check_status_change() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    IF (OLD.status, NEW.status) IN (('pending', 'succeeded'), ('pending', 'failed'), ('succeeded', 'refunded')) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a % payment cannot become %', OLD.status, NEW.status
        USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
              CONSTRAINT = 'payments_status_change';
END;
$$;

-- Triggers of one kind fire in the order of their names, so this one comes before
-- payments_keep_binding_payment.
CREATE TRIGGER payments_check_status_change
    BEFORE UPDATE OF status ON payment.payments
    FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
    EXECUTE FUNCTION payment.check_status_change();

CREATE FUNCTION payment.settle(payment_id uuid, success boolean) RETURNS payment.payments
LANGUAGE plpgsql VOLATILE STRICT
AS $$
DECLARE
    settled payment.payments;
BEGIN
    UPDATE payment.payments AS p
    SET status = CASE WHEN success THEN 'succeeded' ELSE 'failed' END,
        settled_at = CASE WHEN success THEN now() END
    WHERE p.id = $1
    RETURNING p.* INTO settled;

    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no payment %', payment_id USING ERRCODE = 'no_data_found';
    END IF;
    RETURN settled;
END;
$$;
COMMENT ON FUNCTION payment.settle(uuid, boolean) IS 'Records what became of a pending payment.';

CREATE FUNCTION payment.refund(payment_id uuid) RETURNS numeric
LANGUAGE sql VOLATILE STRICT
AS $$
    UPDATE payment.payments SET status = 'refunded' WHERE id = $1 RETURNING amount
$$;
COMMENT ON FUNCTION payment.refund(uuid) IS 'Gives the money back; returns how much, NULL when there is no such payment.';
