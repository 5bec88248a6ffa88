-- policy_service: its own tables, but a policy is cancelled, never deleted. Of payments it sees whether
-- they succeeded, and not what the provider said about the customer.
GRANT SELECT                 ON policy.tariffs  TO policy_service;
GRANT SELECT, INSERT, UPDATE ON policy.policies TO policy_service;
GRANT SELECT, INSERT, DELETE ON policy.bindings TO policy_service;
GRANT SELECT (id, policy_id, status) ON payment.payments TO policy_service;
GRANT USAGE ON SEQUENCE policy.policy_number_seq TO policy_service;

-- payment_service: nothing at all in policy.
GRANT SELECT                 ON payment.currencies TO payment_service;
GRANT SELECT, INSERT, UPDATE ON payment.payments   TO payment_service;

-- broker_portal: may offer policies and look at them.
GRANT SELECT ON policy.tariffs TO broker_portal;
GRANT SELECT (id, number, kind, holder, broker, premium, starts_on, ends_on, cancelled_on)
    ON policy.policies TO broker_portal;
GRANT INSERT (id, number, kind, holder, broker, premium, starts_on, ends_on)
    ON policy.policies TO broker_portal;
GRANT USAGE ON SEQUENCE policy.policy_number_seq TO broker_portal;

-- reporting_reader: figures, no names of people.
GRANT SELECT (id, number, kind, broker, premium, starts_on, ends_on, cancelled_on)
    ON policy.policies TO reporting_reader;
GRANT SELECT (id, policy_id, amount, currency, status, settled_at) ON payment.payments TO reporting_reader;
GRANT SELECT ON payment.currencies TO reporting_reader;

-- Every new function may be executed by everybody, unless that is taken back. A trigger function needs no
-- EXECUTE to be fired.
REVOKE EXECUTE ON ALL ROUTINES IN SCHEMA policy, payment FROM PUBLIC;

GRANT EXECUTE ON FUNCTION policy.next_policy_number(text) TO policy_service, broker_portal;
GRANT EXECUTE ON FUNCTION policy.uuid_of_legacy_id(integer) TO policy_service;
GRANT EXECUTE ON FUNCTION policy.is_in_force(uuid, date) TO policy_service;
GRANT EXECUTE ON PROCEDURE policy.bind(uuid, uuid) TO policy_service;
GRANT EXECUTE ON FUNCTION payment.settle(uuid, boolean) TO payment_service;
GRANT EXECUTE ON FUNCTION payment.refund(uuid) TO payment_service;
