-- pgassay: runtests "My Tests"
BEGIN;
CREATE SCHEMA "My Tests";
CREATE FUNCTION "My Tests".test_one() RETURNS SETOF text LANGUAGE sql AS $$ SELECT pass('one') $$
