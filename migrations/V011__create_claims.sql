CREATE TYPE policy.claim_state AS ENUM ('reported', 'accepted', 'rejected', 'paid');

CREATE TABLE policy.claims (
    id          bigint             GENERATED ALWAYS AS IDENTITY,
    policy_id   uuid               NOT NULL,
    occurred_on date               NOT NULL,
    amount      numeric(12,2)      NOT NULL,
    state       policy.claim_state NOT NULL DEFAULT 'reported',
    note        varchar(200),
    CONSTRAINT claims_pkey PRIMARY KEY (id),
    CONSTRAINT claims_policy_id_fkey FOREIGN KEY (policy_id) REFERENCES policy.policies (id),
    CONSTRAINT claims_amount_positive CHECK (amount > 0)
);
COMMENT ON TABLE policy.claims IS 'What policy holders ask us to pay for.';

CREATE INDEX claims_policy_id_idx ON policy.claims (policy_id);
CREATE INDEX claims_open_idx ON policy.claims (occurred_on) WHERE state IN ('reported', 'accepted');

CREATE FUNCTION policy.require_cover() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    IF NOT policy.is_in_force(NEW.policy_id, NEW.occurred_on) THEN
        RAISE EXCEPTION 'policy % did not cover that day', NEW.policy_id
            USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
                  CONSTRAINT = 'claims_covered';
    END IF;
    RETURN NEW;
END;
$$;
REVOKE EXECUTE ON FUNCTION policy.require_cover() FROM PUBLIC;

CREATE TRIGGER claims_require_cover
    BEFORE INSERT OR UPDATE OF policy_id, occurred_on ON policy.claims
    FOR EACH ROW EXECUTE FUNCTION policy.require_cover();

-- A claim is decided, not edited: only its state and note may change.
GRANT SELECT, INSERT ON policy.claims TO policy_service;
GRANT UPDATE (state, note) ON policy.claims TO policy_service;
