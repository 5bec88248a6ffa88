-- The accounts.

-- migrate:up
CREATE TABLE users (
    id bigint PRIMARY KEY
);
CREATE FUNCTION greet() RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    RETURN 'of the sample'; -- not the end
END $$;

-- migrate:down
DROP FUNCTION greet();
DROP TABLE users;
