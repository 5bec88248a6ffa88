-- V005: integer ids became UUIDs, in two schemas at once.
BEGIN;
SET LOCAL lc_messages TO 'C';
SELECT plan(8);

SELECT is(
    policy.uuid_of_legacy_id(1), '00000000-0000-4000-8000-000000000001'::uuid, 'the id 1'
);
SELECT is(
    policy.uuid_of_legacy_id(48879), '00000000-0000-4000-8000-00000000beef'::uuid, 'the id 48879'
);
SELECT is(
    policy.uuid_of_legacy_id(2147483647), '00000000-0000-4000-8000-00007fffffff'::uuid, 'the greatest old id'
);
SELECT is(
    (SELECT count(DISTINCT policy.uuid_of_legacy_id(n)) FROM generate_series(1, 1000) AS n), 1000::bigint,
    'different ids stay different'
);

SELECT is(
    (SELECT atttypid::regtype FROM pg_attribute WHERE attrelid = 'payment.payments'::regclass AND attname = 'policy_id'),
    (SELECT atttypid::regtype FROM pg_attribute WHERE attrelid = 'policy.policies'::regclass AND attname = 'id'),
    'both sides of the foreign key are of one type'
);

-- Why one migration changes both schemas: as soon as one side differs, the foreign key cannot be had. This
-- is what each service would have met, had it gone first.
CREATE TABLE pg_temp.old_payments (policy_id integer);
CREATE TABLE pg_temp.new_policies (id uuid PRIMARY KEY);
SELECT throws_ok(
    $$ALTER TABLE pg_temp.old_payments
      ADD CONSTRAINT old_payments_policy_id_fkey FOREIGN KEY (policy_id) REFERENCES pg_temp.new_policies (id)$$,
    '42804',
    'foreign key constraint "old_payments_policy_id_fkey" cannot be implemented',
    'integer payments cannot point at UUID policies'
);

-- The conversion itself, on old rows: the table is made as it was, filled, and converted as V005 does it.
CREATE TABLE pg_temp.policies_as_before (id integer PRIMARY KEY);
CREATE TABLE pg_temp.payments_as_before (policy_id integer NOT NULL);
INSERT INTO pg_temp.policies_as_before VALUES (7), (8), (255);
INSERT INTO pg_temp.payments_as_before VALUES (7), (7), (255);
ALTER TABLE pg_temp.policies_as_before ALTER COLUMN id TYPE uuid USING policy.uuid_of_legacy_id(id);
ALTER TABLE pg_temp.payments_as_before ALTER COLUMN policy_id TYPE uuid USING policy.uuid_of_legacy_id(policy_id);
SELECT lives_ok(
    $$ALTER TABLE pg_temp.payments_as_before
      ADD FOREIGN KEY (policy_id) REFERENCES pg_temp.policies_as_before (id)$$,
    'converted one by one, the two sides still match'
);
SELECT bag_eq(
    $$SELECT policy_id FROM pg_temp.payments_as_before$$,
    $$SELECT policy.uuid_of_legacy_id(n) FROM (VALUES (7), (7), (255)) AS v (n)$$,
    'and no payment has lost its policy'
);

SELECT * FROM finish();
ROLLBACK;
