-- Roles belong to the whole cluster, not to one database. That is why they are not in a migration:
-- these scripts run once, as a superuser, in an empty cluster, before the first migration.
-- What a role may do with an object is said in the migration that creates the object.
--
-- No passwords here: where the accounts log in for real, the operator sets them.

-- One account for each service that connects.
CREATE ROLE policy_service  LOGIN;  -- sells policies, changes and binds them
CREATE ROLE payment_service LOGIN;  -- talks to the payment provider
CREATE ROLE broker_portal   LOGIN;  -- acts for one broker at a time
CREATE ROLE dashboard       LOGIN;  -- shows figures

-- Groups: nobody logs in as a group; accounts are made members of it.
CREATE ROLE reporting_reader NOLOGIN;
CREATE ROLE auditor          NOLOGIN;

-- Owners of SECURITY DEFINER functions. Such a function runs with its owner's rights, so its owner
-- should have few: were it a superuser's, a mistake in it would be a superuser's mistake.
CREATE ROLE binding_guard NOLOGIN;
CREATE ROLE audit_writer  NOLOGIN;
