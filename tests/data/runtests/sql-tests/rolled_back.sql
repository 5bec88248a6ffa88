-- pgassay: runtests mine
BEGIN;
CREATE SCHEMA mine;
CREATE FUNCTION mine.test_one() RETURNS SETOF text LANGUAGE sql AS $$ SELECT pass('one') $$;
ROLLBACK;
