CREATE FUNCTION greet() RETURNS text LANGUAGE sql AS $$ SELECT 'of the sample' $$;
