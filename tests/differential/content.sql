CREATE TABLE item (
    id int PRIMARY KEY,
    name text NOT NULL,
    price numeric(10, 2) CHECK (price >= 0),
    note text,
    made date DEFAULT '2020-01-01'
);
INSERT INTO item VALUES
    (1, 'bolt', 0.25, NULL),
    (2, 'nut', 0.10, 'with
two lines'),
    (3, 'Schräube ✓', 12.00, E'tab\there'),
    (4, 'o''ring', NULL, ''),
    (5, 'a|b\c', 7.5, ':v "quoted" $x$');
CREATE TABLE "Odd name" (a int, "B c" text, "d""e" bool);
INSERT INTO "Odd name" VALUES (1, 'x', true), (NULL, 'y', NULL);
CREATE TABLE parent (id int PRIMARY KEY);
INSERT INTO parent VALUES (1), (2);
CREATE TABLE child (
    id int UNIQUE DEFERRABLE INITIALLY DEFERRED,
    parent int REFERENCES parent DEFERRABLE INITIALLY DEFERRED
);
CREATE TABLE watched (n int, t text);
CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE NOTICE '% on %', TG_OP, TG_TABLE_NAME USING DETAIL = 'a detail', HINT = 'a hint';
    RETURN NULL;
END
$$;
CREATE TRIGGER tells AFTER INSERT OR UPDATE OR DELETE ON watched FOR EACH STATEMENT EXECUTE FUNCTION tell();
CREATE TABLE ruled (n int);
CREATE RULE also AS ON INSERT TO ruled DO ALSO SELECT 'ruled' AS said, NEW.n;
CREATE SEQUENCE counter;
CREATE VIEW names AS SELECT id, name FROM item;
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE FUNCTION warn(said text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    RAISE WARNING '%', said;
    RETURN said;
END
$$;
CREATE FUNCTION boom(said text) RETURNS int LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', said USING ERRCODE = 'P0099', DETAIL = 'first line
second line', HINT = 'do not';
END
$$;
CREATE FUNCTION stumble() RETURNS int LANGUAGE plpgsql AS $$
BEGIN
    RETURN (SELECT nosuch FROM item);
END
$$;
CREATE PROCEDURE twice(INOUT n int, INOUT said text) LANGUAGE plpgsql AS $$
BEGIN
    n := n * 2;
    said := 'twice';
END
$$;
CREATE PROCEDURE commits() LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO parent VALUES (77);
    COMMIT;
    RAISE NOTICE 'committed';
END
$$;
