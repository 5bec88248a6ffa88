-- raises wrong-overload at line 6
BEGIN;
CREATE FUNCTION shop.test_tables() RETURNS SETOF text LANGUAGE plpgsql AS $$ BEGIN
    RETURN NEXT hasnt_table('shop', 'widgets');
END $$;
SELECT * FROM runtests('shop'::name);
ROLLBACK;
