BEGIN;
CREATE SCHEMA checks;
CREATE FUNCTION checks.test_boom() RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    RETURN NEXT pass('first');
    RAISE EXCEPTION 'boom' USING HINT = 'do not light it';
END $$;
CREATE FUNCTION checks.test_owner() RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    RETURN NEXT pass('the owner is right');
END $$;
SELECT * FROM runtests('checks'::name);
ROLLBACK;
