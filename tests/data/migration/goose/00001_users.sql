-- +goose Up
-- The accounts.
CREATE TABLE users (
    id bigint PRIMARY KEY, -- a number;
    email text
);

-- +goose StatementBegin
CREATE FUNCTION greet() RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    RETURN 'of the sample';
END $$
-- +goose StatementEnd
COMMENT ON FUNCTION greet() IS 'behind a statement without a semicolon';

-- +goose Down
-- +goose StatementBegin
DROP FUNCTION greet()
-- +goose StatementEnd
DROP TABLE users;
