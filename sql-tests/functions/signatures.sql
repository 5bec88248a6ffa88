-- Functions by name, arguments, language and result: what a caller depends on.
BEGIN;
SELECT plan(26);

SELECT functions_are(
    'policy',
    ARRAY['next_policy_number', 'uuid_of_legacy_id', 'require_succeeded_payment', 'bind', 'is_in_force',
          'keep_holder_in_step', 'require_cover', 'current_broker', 'quote'],
    'routines of policy'
);
SELECT functions_are(
    'payment',
    ARRAY['keep_binding_payment', 'check_status_change', 'settle', 'refund', 'details_as_jsonb'],
    'routines of payment'
);
SELECT functions_are('audit', ARRAY['record_change', 'refuse_change'], 'routines of audit');
SELECT functions_are('reporting', ARRAY['premium_income'], 'routines of reporting');

-- The arguments are said, since a name can be overloaded.
SELECT has_function('policy', 'next_policy_number', ARRAY['text'], 'policy.next_policy_number(text) exists');
SELECT function_returns('policy', 'next_policy_number', ARRAY['text'], 'text', 'a number is text');
SELECT function_lang_is('policy', 'next_policy_number', ARRAY['text'], 'plpgsql', 'it is PL/pgSQL');

SELECT has_function('policy', 'uuid_of_legacy_id', ARRAY['integer'], 'policy.uuid_of_legacy_id(integer) exists');
SELECT function_returns('policy', 'uuid_of_legacy_id', ARRAY['integer'], 'uuid', 'it gives a UUID');
SELECT function_lang_is('policy', 'uuid_of_legacy_id', ARRAY['integer'], 'sql', 'it is SQL');

SELECT has_function('policy', 'quote', ARRAY['text', 'date'], 'policy.quote(text, date) exists');
SELECT function_returns('policy', 'quote', ARRAY['text', 'date'], 'numeric', 'a quote is an amount');
SELECT function_lang_is('policy', 'quote', ARRAY['text', 'date'], 'sql', 'it is SQL');

SELECT has_function('policy', 'is_in_force', ARRAY['uuid', 'date'], 'policy.is_in_force(uuid, date) exists');
SELECT function_returns('policy', 'is_in_force', ARRAY['uuid', 'date'], 'boolean', 'in force or not');
SELECT function_returns('policy', 'current_broker', '{}'::name[], 'text', 'a broker is text');

SELECT is_procedure('policy', 'bind', ARRAY['uuid', 'uuid'], 'policy.bind is called, not selected');
SELECT is_normal_function('payment', 'settle', ARRAY['uuid', 'boolean'], 'payment.settle is a function');
SELECT function_returns('payment', 'settle', ARRAY['uuid', 'boolean'], 'payment.payments', 'settle gives the payment');
SELECT function_lang_is('payment', 'settle', ARRAY['uuid', 'boolean'], 'plpgsql', 'it is PL/pgSQL');
SELECT function_returns('payment', 'refund', ARRAY['uuid'], 'numeric', 'refund gives the amount');
SELECT function_returns('payment', 'details_as_jsonb', ARRAY['text'], 'jsonb', 'details become jsonb');
SELECT function_returns(
    'reporting', 'premium_income', ARRAY['date', 'date'], 'setof record', 'premium_income gives rows'
);

SELECT function_returns('policy', 'require_succeeded_payment', '{}'::name[], 'trigger', 'it is for a trigger');
SELECT function_returns('payment', 'check_status_change', '{}'::name[], 'trigger', 'it is for a trigger');
SELECT function_returns('audit', 'record_change', '{}'::name[], 'trigger', 'it is for a trigger');

SELECT * FROM finish();
ROLLBACK;
