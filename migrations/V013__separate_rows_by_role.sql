-- Row-level security says which rows a role sees, after its privileges have said that it may look at all.
-- A table with row-level security and no policy for a role shows that role nothing; no error is raised.
-- The tables' owner and superusers are exempt, which is why the tests of this file change roles.

-- The portal says for which broker it acts: SET insurance.broker TO 'north'. Within a session that once
-- set it, a setting of one's own that was reset reads as the empty string, not as NULL.
CREATE FUNCTION policy.current_broker() RETURNS text
LANGUAGE sql STABLE
AS $$
    SELECT nullif(current_setting('insurance.broker', true), '')
$$;
REVOKE EXECUTE ON FUNCTION policy.current_broker() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION policy.current_broker() TO broker_portal;

ALTER TABLE policy.policies ENABLE ROW LEVEL SECURITY;
CREATE POLICY policies_service ON policy.policies TO policy_service USING (true);
CREATE POLICY policies_reporting ON policy.policies FOR SELECT TO reporting_reader USING (true);
CREATE POLICY policies_broker_reads ON policy.policies FOR SELECT TO broker_portal
    USING (broker = policy.current_broker());
CREATE POLICY policies_broker_offers ON policy.policies FOR INSERT TO broker_portal
    WITH CHECK (broker = policy.current_broker());

ALTER TABLE payment.payments ENABLE ROW LEVEL SECURITY;
CREATE POLICY payments_service ON payment.payments TO payment_service USING (true);
CREATE POLICY payments_binding ON payment.payments FOR SELECT TO policy_service USING (status = 'succeeded');
CREATE POLICY payments_reporting ON payment.payments FOR SELECT TO reporting_reader
    USING (settled_at IS NOT NULL);
-- FOR ALL, because SELECT … FOR SHARE is subject to the policies for UPDATE too.
CREATE POLICY payments_guard ON payment.payments TO binding_guard USING (true);

ALTER TABLE audit.events ENABLE ROW LEVEL SECURITY;
CREATE POLICY events_auditor ON audit.events FOR SELECT TO auditor USING (true);
CREATE POLICY events_own ON audit.events FOR SELECT TO policy_service, payment_service
    USING (actor = session_user);
CREATE POLICY events_writer ON audit.events FOR INSERT TO audit_writer WITH CHECK (actor = session_user);
