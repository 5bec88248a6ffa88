BEGIN;
CREATE TABLE customers (id integer);
-- The COMMIT is missing.
