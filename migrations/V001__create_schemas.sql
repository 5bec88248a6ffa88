-- One database, a schema for each service. A service reads another's tables only where it is granted,
-- but the schemas can point at one another with foreign keys, and change together in one migration.
CREATE SCHEMA policy;
COMMENT ON SCHEMA policy IS 'What was sold: policies, tariffs, claims. Written by policy_service.';

CREATE SCHEMA payment;
COMMENT ON SCHEMA payment IS 'What was paid. Written by payment_service.';

CREATE SCHEMA reporting;
COMMENT ON SCHEMA reporting IS 'Views and functions for those who only read.';

GRANT USAGE ON SCHEMA policy    TO policy_service, broker_portal, reporting_reader, binding_guard;
GRANT USAGE ON SCHEMA payment   TO payment_service, policy_service, reporting_reader, binding_guard;
GRANT USAGE ON SCHEMA reporting TO reporting_reader;

-- PostgreSQL 15 and newer begin like this; older servers let everybody create objects in public.
REVOKE CREATE ON SCHEMA public FROM PUBLIC;

-- Times are stored as instants. This is how they are shown to whoever does not ask otherwise.
-- The statement has to name the database: there is no ALTER DATABASE CURRENT.
ALTER DATABASE insurance SET timezone TO 'UTC';
