CREATE SCHEMA audit;
COMMENT ON SCHEMA audit IS 'Who changed what. Written by triggers only, and never changed.';

CREATE TABLE audit.events (
    id          bigint      GENERATED ALWAYS AS IDENTITY,
    happened_at timestamptz NOT NULL DEFAULT now(),
    -- session_user is the account that logged in. current_user would be the owner of the function below.
    actor       name        NOT NULL DEFAULT session_user,
    table_name  text        NOT NULL,
    operation   text        NOT NULL,
    old_row     jsonb,
    new_row     jsonb,
    CONSTRAINT events_pkey PRIMARY KEY (id),
    CONSTRAINT events_operation_known CHECK (operation IN ('INSERT', 'UPDATE', 'DELETE')),
    CONSTRAINT events_rows_of_operation
        CHECK ((old_row IS NULL) = (operation = 'INSERT') AND (new_row IS NULL) = (operation = 'DELETE'))
);
CREATE INDEX events_table_name_idx ON audit.events (table_name, happened_at);
CREATE INDEX events_new_row_idx ON audit.events USING gin (new_row jsonb_path_ops);

-- SECURITY DEFINER: the services leave a trace, but cannot write one by hand.
CREATE FUNCTION audit.record_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    INSERT INTO audit.events (table_name, operation, old_row, new_row)
    VALUES (TG_TABLE_SCHEMA || '.' || TG_TABLE_NAME,
            TG_OP,
            CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END,
            CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END);
    RETURN NULL;
END;
$$;
ALTER FUNCTION audit.record_change() OWNER TO audit_writer;

CREATE FUNCTION audit.refuse_change() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    RAISE EXCEPTION 'audit events are never changed (% refused)', lower(TG_OP)
        USING ERRCODE = 'object_not_in_prerequisite_state', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME;
END;
$$;
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA audit FROM PUBLIC;

CREATE TRIGGER policies_record_change AFTER INSERT OR UPDATE OR DELETE ON policy.policies
    FOR EACH ROW EXECUTE FUNCTION audit.record_change();
CREATE TRIGGER bindings_record_change AFTER INSERT OR UPDATE OR DELETE ON policy.bindings
    FOR EACH ROW EXECUTE FUNCTION audit.record_change();
CREATE TRIGGER payments_record_change AFTER INSERT OR UPDATE OR DELETE ON payment.payments
    FOR EACH ROW EXECUTE FUNCTION audit.record_change();

-- FOR EACH STATEMENT, so that even a superuser's UPDATE that finds no row is refused, and TRUNCATE is too.
CREATE TRIGGER events_refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit.events
    FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();

GRANT USAGE ON SCHEMA audit TO auditor, audit_writer, policy_service, payment_service;
GRANT SELECT ON audit.events TO auditor, policy_service, payment_service;
GRANT INSERT (table_name, operation, old_row, new_row) ON audit.events TO audit_writer;
