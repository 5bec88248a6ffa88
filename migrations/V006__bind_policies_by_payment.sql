-- A policy is in force once it is bound, and only money that has arrived can bind it.
CREATE TABLE policy.bindings (
    policy_id  uuid        NOT NULL,
    payment_id uuid        NOT NULL,
    bound_at   timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT bindings_pkey PRIMARY KEY (policy_id),
    CONSTRAINT bindings_payment_id_key UNIQUE (payment_id),
    CONSTRAINT bindings_policy_id_fkey FOREIGN KEY (policy_id) REFERENCES policy.policies (id),
    CONSTRAINT bindings_payment_id_fkey FOREIGN KEY (payment_id) REFERENCES payment.payments (id)
);
COMMENT ON TABLE policy.bindings IS 'Which payment put which policy in force.';

-- A check constraint sees one row of one table; this rule speaks of two tables, so it needs triggers, and
-- one on each side: binding with a payment that did not succeed, and undoing a payment that binds.
--
-- The function is SECURITY DEFINER because policy_service may bind, but may not lock rows of
-- payment.payments. FOR SHARE is what makes the rule hold when a refund comes at the same moment.
CREATE FUNCTION policy.require_succeeded_payment() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    paid_policy    uuid;
    payment_status text;
BEGIN
    SELECT p.policy_id, p.status INTO paid_policy, payment_status
    FROM payment.payments AS p WHERE p.id = NEW.payment_id FOR SHARE;

    IF NOT FOUND THEN
        RETURN NEW;  -- the foreign key refuses it, and says so better
    END IF;
    IF paid_policy <> NEW.policy_id THEN
        RAISE EXCEPTION 'payment % was not made for policy %', NEW.payment_id, NEW.policy_id
            USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
                  CONSTRAINT = 'bindings_payment_of_policy';
    END IF;
    IF payment_status <> 'succeeded' THEN
        RAISE EXCEPTION 'payment % is %, only a succeeded payment binds a policy', NEW.payment_id, payment_status
            USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
                  CONSTRAINT = 'bindings_payment_succeeded';
    END IF;
    RETURN NEW;
END;
$$;
ALTER FUNCTION policy.require_succeeded_payment() OWNER TO binding_guard;

CREATE TRIGGER bindings_require_succeeded_payment
    BEFORE INSERT OR UPDATE ON policy.bindings
    FOR EACH ROW EXECUTE FUNCTION policy.require_succeeded_payment();

CREATE FUNCTION payment.keep_binding_payment() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF EXISTS (SELECT FROM policy.bindings AS b WHERE b.payment_id = OLD.id) THEN
        RAISE EXCEPTION 'payment % binds policy %: unbind the policy first', OLD.id, OLD.policy_id
            USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
                  CONSTRAINT = 'payments_keep_binding_payment';
    END IF;
    RETURN NEW;
END;
$$;
ALTER FUNCTION payment.keep_binding_payment() OWNER TO binding_guard;

CREATE TRIGGER payments_keep_binding_payment
    BEFORE UPDATE OF status, policy_id ON payment.payments
    FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status OR OLD.policy_id IS DISTINCT FROM NEW.policy_id)
    EXECUTE FUNCTION payment.keep_binding_payment();

-- What the two functions need, and nothing more. Locking a row asks for UPDATE on one of its columns.
GRANT SELECT (id, policy_id, status), UPDATE (status) ON payment.payments TO binding_guard;
GRANT SELECT (payment_id) ON policy.bindings TO binding_guard;

CREATE PROCEDURE policy.bind(policy_id uuid, payment_id uuid)
LANGUAGE sql
AS $$
    INSERT INTO policy.bindings (policy_id, payment_id) VALUES ($1, $2)
$$;
COMMENT ON PROCEDURE policy.bind(uuid, uuid) IS 'Puts a policy in force.';

-- STABLE: two calls within one statement see the same rows.
CREATE FUNCTION policy.is_in_force(policy_id uuid, on_day date) RETURNS boolean
LANGUAGE sql STABLE STRICT
AS $$
    SELECT EXISTS (
        SELECT FROM policy.policies AS p
        JOIN policy.bindings AS b ON b.policy_id = p.id
        WHERE p.id = $1
          AND $2 >= p.starts_on
          AND $2 < p.ends_on
          AND (p.cancelled_on IS NULL OR $2 < p.cancelled_on)
    )
$$;
