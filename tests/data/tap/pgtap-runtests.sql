CREATE SCHEMA s;
CREATE FUNCTION s.test_a() RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    RETURN NEXT pass('one');
    RETURN NEXT diag('said after one');
    RETURN NEXT is(1, 1, 'two');
END $$;
CREATE FUNCTION s.test_b() RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    RETURN NEXT diag('said before all');
    RETURN NEXT is(1, 2, 'one');
    RETURN NEXT pass('two');
END $$;
CREATE FUNCTION s.test_c() RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    RETURN NEXT pass('one');
    RAISE EXCEPTION 'boom';
END $$;
CREATE FUNCTION s.test_d() RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'boom at once' USING DETAIL = 'a detail';
END $$;
CREATE FUNCTION s.test_e() RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
END $$;
SELECT * FROM runtests('s'::name);
