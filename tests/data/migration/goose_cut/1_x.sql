-- +goose Up
CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    NULL;
END $$;
