CREATE SCHEMA s;
CREATE FUNCTION s.startup_x() RETURNS SETOF text LANGUAGE sql AS $$ SELECT pass('started') $$;
CREATE FUNCTION s.setup_x() RETURNS SETOF text LANGUAGE sql AS $$ SELECT pass('set up') $$;
CREATE FUNCTION s.test_a() RETURNS SETOF text LANGUAGE sql AS $$ SELECT pass('one') $$;
CREATE FUNCTION s.test_b() RETURNS SETOF text LANGUAGE sql AS $$ SELECT pass('one') UNION ALL SELECT skip('why') $$;
CREATE FUNCTION s.shutdown_x() RETURNS SETOF text LANGUAGE sql AS $$ SELECT pass('shut down') $$;
SELECT * FROM runtests('s'::name);
