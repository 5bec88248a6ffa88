CREATE SCHEMA shop;
CREATE TABLE shop.widgets (id int CONSTRAINT widgets_key PRIMARY KEY, name text, parent int REFERENCES shop.widgets);
CREATE INDEX widgets_name ON shop.widgets (name);
CREATE VIEW shop.widget_names AS SELECT name FROM shop.widgets;
CREATE MATERIALIZED VIEW shop.widget_count AS SELECT count(*) FROM shop.widgets;
CREATE SEQUENCE shop.numbers;
CREATE TYPE shop.pair AS (a int, b int);
CREATE TYPE shop.mood AS ENUM ('good', 'bad');
CREATE DOMAIN shop.even AS int CHECK (VALUE % 2 = 0);
CREATE FUNCTION shop.add(a int, b int) RETURNS int LANGUAGE sql AS 'SELECT a + b';
CREATE OPERATOR shop.|+| (LEFTARG = int, RIGHTARG = int, FUNCTION = shop.add);
CREATE TABLE shop.parts (id int) PARTITION BY RANGE (id);
CREATE TABLE shop.child () INHERITS (shop.widgets);
CREATE RULE no_delete AS ON DELETE TO shop.widgets DO INSTEAD NOTHING;
CREATE FUNCTION shop.touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN new; END $$;
CREATE TRIGGER touched BEFORE UPDATE ON shop.widgets FOR EACH ROW EXECUTE FUNCTION shop.touch();

-- What ends a test file for it, by way of another function.
CREATE FUNCTION last_words() RETURNS SETOF text LANGUAGE plpgsql AS $$ BEGIN RETURN QUERY SELECT * FROM finish(); END $$;
CREATE FUNCTION "Done"() RETURNS SETOF text LANGUAGE plpgsql AS $$ BEGIN RETURN QUERY SELECT last_words(); END $$;
-- Not that one, though it speaks of it.
CREATE FUNCTION is_over() RETURNS boolean LANGUAGE sql AS $$ SELECT 'finish' <> 'unfinished' $$;
