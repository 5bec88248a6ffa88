GRANT reporting_reader TO dashboard;

-- A payment that waits for a lock keeps a customer waiting, so it gives up early.
-- A setting of a role holds for sessions that log in as the role; SET ROLE does not bring it.
ALTER ROLE payment_service SET lock_timeout TO '5s';

-- A dashboard has nothing to write.
ALTER ROLE dashboard SET default_transaction_read_only TO on;
