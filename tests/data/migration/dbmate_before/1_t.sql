-- a comment
SET ROLE x;
-- migrate:up
-- migrate:down
