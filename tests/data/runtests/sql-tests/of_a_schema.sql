-- A file of its own functions.
-- pgassay: runtests mine
CREATE SCHEMA mine;
CREATE FUNCTION mine.test_one() RETURNS SETOF text LANGUAGE sql AS $$ SELECT pass('one') $$;
CREATE FUNCTION mine.test_two() RETURNS SETOF text LANGUAGE sql AS $$ SELECT fail('two') $$;
