BEGIN;
SELECT plan(1);
CREATE FUNCTION share(whole integer, parts integer) RETURNS integer LANGUAGE plpgsql AS $$
BEGIN
    RETURN whole / parts;
END $$;
SELECT is(share(100, 0), 0, 'nobody gets a share');
SELECT * FROM finish();
ROLLBACK;
