-- Which triggers there are and what they call. What they do is tested in sql-tests/rules/, migration/, audit/.
BEGIN;
SELECT plan(18);

SELECT triggers_are(
    'policy', 'policies', ARRAY['policies_keep_holder_in_step', 'policies_record_change'],
    'triggers of policy.policies'
);
SELECT triggers_are(
    'policy', 'bindings', ARRAY['bindings_require_succeeded_payment', 'bindings_record_change'],
    'triggers of policy.bindings'
);
SELECT triggers_are('policy', 'claims', ARRAY['claims_require_cover'], 'triggers of policy.claims');
SELECT triggers_are('policy', 'tariffs', '{}'::name[], 'policy.tariffs has no trigger');
SELECT triggers_are(
    'payment', 'payments',
    ARRAY['payments_check_status_change', 'payments_keep_binding_payment', 'payments_record_change'],
    'triggers of payment.payments'
);
SELECT triggers_are('audit', 'events', ARRAY['events_refuse_change'], 'triggers of audit.events');

SELECT has_trigger('policy', 'bindings', 'bindings_require_succeeded_payment', 'bindings are guarded');
SELECT hasnt_trigger('payment', 'currencies', 'currencies_record_change', 'currencies are not audited');

SELECT trigger_is('policy', 'policies', 'policies_keep_holder_in_step', 'policy', 'keep_holder_in_step',
                  'holder and holder_name are kept in step');
SELECT trigger_is('policy', 'policies', 'policies_record_change', 'audit', 'record_change', 'policies are audited');
SELECT trigger_is('policy', 'bindings', 'bindings_require_succeeded_payment', 'policy', 'require_succeeded_payment',
                  'bindings ask for a succeeded payment');
SELECT trigger_is('policy', 'bindings', 'bindings_record_change', 'audit', 'record_change', 'bindings are audited');
SELECT trigger_is('policy', 'claims', 'claims_require_cover', 'policy', 'require_cover', 'claims ask for cover');
SELECT trigger_is('payment', 'payments', 'payments_check_status_change', 'payment', 'check_status_change',
                  'a payment''s status goes its way');
SELECT trigger_is('payment', 'payments', 'payments_keep_binding_payment', 'payment', 'keep_binding_payment',
                  'a payment that binds is kept');
SELECT trigger_is('payment', 'payments', 'payments_record_change', 'audit', 'record_change', 'payments are audited');
SELECT trigger_is('audit', 'events', 'events_refuse_change', 'audit', 'refuse_change', 'events are kept');

-- ALTER TABLE … DISABLE TRIGGER is easily forgotten after an import. 'O' is: enabled.
SELECT is_empty(
    $$SELECT tgrelid::regclass, tgname FROM pg_trigger
      WHERE tgenabled <> 'O'
        AND tgrelid IN (SELECT oid FROM pg_class WHERE relnamespace::regnamespace::text IN ('policy', 'payment', 'audit'))$$,
    'no trigger was left disabled'
);

SELECT * FROM finish();
ROLLBACK;
