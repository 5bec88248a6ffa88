BEGIN;
SELECT plan(1);
CREATE FUNCTION countdown(n integer) RETURNS integer LANGUAGE plpgsql AS $$
BEGIN
    RETURN countdown(n - 1);
END $$;
SELECT is(countdown(3), 0, 'it comes to an end');
SELECT * FROM finish();
ROLLBACK;
