-- migrate:up
CREATE TABLE t ();
-- migrate:down
