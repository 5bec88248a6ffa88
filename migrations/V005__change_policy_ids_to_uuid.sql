-- Policy ids become UUIDs, so that a broker's portal can make them up without asking, and nobody can
-- guess the next one.
--
-- This is the change that cannot be deployed when each service owns its own migrations. While a foreign
-- key joins the two columns, both must have comparable types: the policy service alone cannot change
-- policies.id ("foreign key constraint … cannot be implemented": integer and uuid do not compare), nor can
-- the payment service alone change payments.policy_id. Whoever goes first has to drop the foreign key,
-- and until the other has followed, payments may point at nothing. One ordered set of migrations for
-- the whole database does both in one transaction.

-- The same integer gives the same UUID on both sides, so the two tables are converted one by one, without
-- a join, and a number on an old letter can still be found.
CREATE FUNCTION policy.uuid_of_legacy_id(legacy_id integer) RETURNS uuid
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$
    SELECT ('00000000-0000-4000-8000-' || lpad(to_hex(legacy_id), 12, '0'))::uuid
$$;
COMMENT ON FUNCTION policy.uuid_of_legacy_id(integer) IS 'The id that a policy got in place of its old integer id.';

ALTER TABLE payment.payments DROP CONSTRAINT payments_policy_id_fkey;

ALTER TABLE policy.policies ALTER COLUMN id DROP IDENTITY;
ALTER TABLE policy.policies ALTER COLUMN id TYPE uuid USING policy.uuid_of_legacy_id(id);
ALTER TABLE policy.policies ALTER COLUMN id SET DEFAULT gen_random_uuid();

ALTER TABLE payment.payments ALTER COLUMN policy_id TYPE uuid USING policy.uuid_of_legacy_id(policy_id);

ALTER TABLE payment.payments
    ADD CONSTRAINT payments_policy_id_fkey FOREIGN KEY (policy_id) REFERENCES policy.policies (id);
