-- Indexes: which there are, over which columns, of which kind, and for which rows.
BEGIN;
SELECT plan(19);

SELECT indexes_are(
    'policy', 'policies',
    ARRAY['policies_pkey', 'policies_number_key', 'policies_broker_idx', 'policies_kind_starts_on_idx'],
    'indexes of policy.policies'
);
SELECT indexes_are(
    'policy', 'claims', ARRAY['claims_pkey', 'claims_policy_id_idx', 'claims_open_idx'],
    'indexes of policy.claims'
);
SELECT indexes_are('policy', 'tariffs', ARRAY['tariffs_pkey'], 'indexes of policy.tariffs');
SELECT indexes_are('policy', 'bindings', ARRAY['bindings_pkey', 'bindings_payment_id_key'], 'indexes of policy.bindings');
SELECT indexes_are(
    'payment', 'payments',
    ARRAY['payments_pkey', 'payments_provider_reference_key', 'payments_policy_id_idx',
          'payments_one_pending_per_policy_idx'],
    'indexes of payment.payments'
);
SELECT indexes_are(
    'audit', 'events', ARRAY['events_pkey', 'events_table_name_idx', 'events_new_row_idx'],
    'indexes of audit.events'
);

SELECT has_index('policy', 'policies', 'policies_broker_idx', ARRAY['broker'], 'policies by broker');
SELECT has_index('payment', 'payments', 'payments_policy_id_idx', ARRAY['policy_id'], 'payments by policy');
SELECT has_index('policy', 'claims', 'claims_policy_id_idx', ARRAY['policy_id'], 'claims by policy');
SELECT has_index('audit', 'events', 'events_table_name_idx', ARRAY['table_name', 'happened_at'], 'events by table');

SELECT index_is_primary('policy', 'policies', 'policies_pkey', 'policies_pkey is the primary key');
SELECT index_is_unique('policy', 'policies', 'policies_number_key', 'policies_number_key is unique');
SELECT index_is_unique('payment', 'payments', 'payments_one_pending_per_policy_idx', 'one pending payment');
SELECT index_is_unique(
    'reporting', 'monthly_premiums', 'monthly_premiums_month_kind_currency_idx',
    'monthly_premiums can be refreshed while it is read'
);
SELECT index_is_type('audit', 'events', 'events_new_row_idx', 'gin', 'new_row can be searched inside');
SELECT index_is_type('payment', 'payments', 'payments_policy_id_idx', 'btree', 'payments_policy_id_idx is a btree');

-- Descending order is told by the definition only.
SELECT is(
    pg_get_indexdef('policy.policies_kind_starts_on_idx'::regclass),
    'CREATE INDEX policies_kind_starts_on_idx ON policy.policies USING btree (kind, starts_on DESC)',
    'the newest policies of a kind come first'
);

-- A partial index has a condition; without it, it is another index under the same name.
SELECT bag_eq(
    $$SELECT indexrelid::regclass::text, pg_get_expr(indpred, indrelid)
      FROM pg_index
      WHERE indpred IS NOT NULL AND indrelid IN ('policy.policies'::regclass, 'payment.payments'::regclass)$$,
    $$VALUES ('payment.payments_one_pending_per_policy_idx', '(status = ''pending''::text)'),
             ('policy.policies_broker_idx', '(broker IS NOT NULL)')$$,
    'partial indexes and their conditions'
);

-- What nobody wants to list by hand: every foreign key's columns should begin some index.
SELECT is_empty(
    $$SELECT c.conrelid::regclass, c.conname FROM pg_constraint AS c
      WHERE c.contype = 'f' AND c.connamespace = 'policy'::regnamespace
        AND NOT EXISTS (SELECT FROM pg_index AS i
                        WHERE i.indrelid = c.conrelid AND i.indkey[0] = c.conkey[1])$$,
    'every foreign key in policy is indexed'
);

SELECT * FROM finish();
ROLLBACK;
