CREATE DOMAIN payment.currency_code AS text
    CONSTRAINT currency_code_form CHECK (VALUE ~ '^[A-Z]{3}$');

CREATE TABLE payment.currencies (
    code         payment.currency_code NOT NULL,
    name         text                  NOT NULL,
    minor_digits smallint              NOT NULL DEFAULT 2,
    CONSTRAINT currencies_pkey PRIMARY KEY (code)
);
COMMENT ON TABLE payment.currencies IS 'The currencies in which we take money.';

CREATE TABLE payment.payments (
    id                 uuid                  NOT NULL DEFAULT gen_random_uuid(),
    policy_id          integer               NOT NULL,
    amount             numeric(12,2)         NOT NULL,
    currency           payment.currency_code NOT NULL DEFAULT 'EUR',
    status             text                  NOT NULL DEFAULT 'pending',
    provider_reference text,
    details            text                  NOT NULL DEFAULT '{}',
    created_at         timestamptz           NOT NULL DEFAULT now(),
    settled_at         timestamptz,
    CONSTRAINT payments_pkey PRIMARY KEY (id),
    CONSTRAINT payments_provider_reference_key UNIQUE (provider_reference),
    -- The foreign key crosses from one service's schema into another's. The service does not need to
    -- be allowed to read policy.policies for it: PostgreSQL checks it with the owner's rights.
    CONSTRAINT payments_policy_id_fkey FOREIGN KEY (policy_id) REFERENCES policy.policies (id),
    CONSTRAINT payments_currency_fkey FOREIGN KEY (currency) REFERENCES payment.currencies (code)
);
COMMENT ON TABLE payment.payments IS 'One attempt to pay for a policy.';
COMMENT ON COLUMN payment.payments.details IS 'What the payment provider answered.';

-- PostgreSQL does not index the referencing side of a foreign key by itself.
CREATE INDEX payments_policy_id_idx ON payment.payments (policy_id);

-- Nobody should be charged twice because two requests were under way: one open payment for a policy.
CREATE UNIQUE INDEX payments_one_pending_per_policy_idx ON payment.payments (policy_id) WHERE status = 'pending';
