-- migrate:up
CREATE TABLE t ();
-- migrate:down
-- migrate:down
