BEGIN;
CREATE SCHEMA checks;
CREATE FUNCTION checks.test_balance() RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    RETURN NEXT pass('first');
    RETURN NEXT ok(false, 'the balance is right');
END $$;
CREATE FUNCTION checks.test_owner() RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    RETURN NEXT pass('the owner is right');
END $$;
SELECT * FROM runtests('checks'::name);
ROLLBACK;
