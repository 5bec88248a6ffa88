
-- migrate:up
CREATE TABLE t ();
