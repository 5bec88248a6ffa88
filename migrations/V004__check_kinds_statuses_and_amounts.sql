-- NOT VALID first, VALIDATE after it: adding a constraint at once would keep writers out while every
-- row is read; VALIDATE reads the rows while writers go on. A constraint that stays NOT VALID is a trap,
-- since old rows may break it: a test sees to it that none is left so.
ALTER TABLE policy.tariffs
    ADD CONSTRAINT tariffs_kind_known CHECK (kind IN ('motor', 'home', 'life', 'travel')) NOT VALID,
    ADD CONSTRAINT tariffs_base_premium_positive CHECK (base_premium > 0) NOT VALID;

ALTER TABLE policy.policies
    ADD CONSTRAINT policies_number_form CHECK (number ~ '^[A-Z]{3}-[0-9]{6}$') NOT VALID,
    ADD CONSTRAINT policies_kind_known CHECK (kind IN ('motor', 'home', 'life', 'travel')) NOT VALID,
    ADD CONSTRAINT policies_premium_positive CHECK (premium > 0) NOT VALID,
    ADD CONSTRAINT policies_period_ordered CHECK (ends_on > starts_on) NOT VALID,
    ADD CONSTRAINT policies_cancelled_in_period CHECK (cancelled_on >= starts_on AND cancelled_on < ends_on) NOT VALID;

ALTER TABLE payment.currencies
    ADD CONSTRAINT currencies_minor_digits_range CHECK (minor_digits BETWEEN 0 AND 3) NOT VALID;

ALTER TABLE payment.payments
    ADD CONSTRAINT payments_status_known
        CHECK (status IN ('pending', 'succeeded', 'failed', 'refunded')) NOT VALID,
    ADD CONSTRAINT payments_amount_range CHECK (amount BETWEEN 0.01 AND 1000000.00) NOT VALID,
    -- Money that moved, moved at some time; money that did not, did not.
    ADD CONSTRAINT payments_settled_with_time
        CHECK ((status IN ('succeeded', 'refunded')) = (settled_at IS NOT NULL)) NOT VALID;

ALTER TABLE policy.tariffs VALIDATE CONSTRAINT tariffs_kind_known;
ALTER TABLE policy.tariffs VALIDATE CONSTRAINT tariffs_base_premium_positive;
ALTER TABLE policy.policies VALIDATE CONSTRAINT policies_number_form;
ALTER TABLE policy.policies VALIDATE CONSTRAINT policies_kind_known;
ALTER TABLE policy.policies VALIDATE CONSTRAINT policies_premium_positive;
ALTER TABLE policy.policies VALIDATE CONSTRAINT policies_period_ordered;
ALTER TABLE policy.policies VALIDATE CONSTRAINT policies_cancelled_in_period;
ALTER TABLE payment.currencies VALIDATE CONSTRAINT currencies_minor_digits_range;
ALTER TABLE payment.payments VALIDATE CONSTRAINT payments_status_known;
ALTER TABLE payment.payments VALIDATE CONSTRAINT payments_amount_range;
ALTER TABLE payment.payments VALIDATE CONSTRAINT payments_settled_with_time;
