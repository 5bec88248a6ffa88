//! Statements that fail on rows: what comes before, the statement, and what is told of the row.

pub(crate) const CASES: &[(&str, &str, &str)] = &[
    // Types.
    (
        "CREATE TABLE t (id int PRIMARY KEY, name text);
         INSERT INTO t VALUES (1, 'short'), (2, repeat('x', 260)), (3, repeat('y', 300)), (4, NULL)",
        "ALTER TABLE t ALTER name TYPE varchar(255)",
        "row:   public.t, id = 2\nvalue: name = 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…' (260 characters)\nand 1 more row",
    ),
    (
        "CREATE TABLE t (id int PRIMARY KEY, n text); INSERT INTO t VALUES (7, '1'), (5, 'one'), (6, 'two'), (8, '3')",
        "ALTER TABLE t ALTER COLUMN n TYPE int USING n::int",
        "row:   public.t, id = 5\nvalue: n = 'one'\nand 1 more row",
    ),
    (
        "CREATE TABLE t (id int PRIMARY KEY, d text); INSERT INTO t VALUES (1, '{}'), (2, '{\"a\": '), (3, '[]')",
        "ALTER TABLE t ALTER d SET DATA TYPE jsonb USING d::jsonb",
        "row:   public.t, id = 2\nvalue: d = '{\"a\": '",
    ),
    (
        "CREATE TYPE mood AS ENUM ('good', 'bad');
         CREATE TABLE t (id int PRIMARY KEY, m text); INSERT INTO t VALUES (1, 'good'), (2, 'ugly')",
        "ALTER TABLE t ALTER m TYPE mood USING m::mood",
        "row:   public.t, id = 2\nvalue: m = 'ugly'",
    ),
    (
        "CREATE TABLE t (id int PRIMARY KEY, n numeric); INSERT INTO t VALUES (1, 9.99), (2, 1000), (3, -1000)",
        "ALTER TABLE t ALTER n TYPE numeric(4, 2)",
        "row:   public.t, id = 2\nvalue: n = '1000'\nand 1 more row",
    ),
    (
        "CREATE TABLE t (id int PRIMARY KEY, n bigint); INSERT INTO t VALUES (1, 1), (2, 3000000000)",
        "ALTER TABLE t ALTER n TYPE int",
        "row:   public.t, id = 2\nvalue: n = '3000000000'",
    ),
    (
        "CREATE TABLE t (id int PRIMARY KEY, born text); INSERT INTO t VALUES (1, '2020-01-01'), (2, '31.02.2020')",
        "ALTER TABLE t ALTER born TYPE timestamp USING born::timestamp",
        "row:   public.t, id = 2\nvalue: born = '31.02.2020'",
    ),
    (
        "CREATE TABLE t (id int PRIMARY KEY, u text); INSERT INTO t VALUES (1, 'not-a-uuid')",
        "ALTER TABLE t ALTER u TYPE uuid USING u::uuid",
        "row:   public.t, id = 1\nvalue: u = 'not-a-uuid'",
    ),
    (
        "CREATE TABLE t (id int PRIMARY KEY, b bytea); INSERT INTO t VALUES (1, ''), (2, '\\xff00')",
        "ALTER TABLE t ALTER b TYPE text USING convert_from(b, 'UTF8')",
        "row:   public.t, id = 2\nvalue: b = '\\xff00'",
    ),
    (
        "CREATE DOMAIN code AS text CHECK (VALUE ~ '^[A-Z]+$');
         CREATE TABLE t (id int PRIMARY KEY, c text); INSERT INTO t VALUES (1, 'AB'), (2, 'ab')",
        "ALTER TABLE t ALTER c TYPE code",
        "row:   public.t, id = 2\nvalue: c = 'ab'",
    ),
    (
        "CREATE FUNCTION strict_int(t text) RETURNS int LANGUAGE plpgsql AS $$
         BEGIN IF t = 'bad' THEN RAISE EXCEPTION 'no % here', t; END IF; RETURN 1; END $$;
         CREATE TABLE t (id int PRIMARY KEY, a text, b text); INSERT INTO t VALUES (1, 'bad', 'x'), (2, 'x', 'bad')",
        "ALTER TABLE t ALTER a TYPE int USING strict_int(b)",
        "row:   public.t, id = 2\nvalue: b = 'bad'",
    ),
    (
        "CREATE TABLE t (id int PRIMARY KEY, a text DEFAULT 'x', b text); INSERT INTO t VALUES (1, '1', '1'), (2, '2', 'b')",
        "ALTER TABLE t ALTER a DROP DEFAULT, ALTER a TYPE int USING a::int, ALTER b TYPE int USING b::int, ADD c int",
        "row:   public.t, id = 2\nvalue: b = 'b'",
    ),
    (
        "CREATE TABLE t (id int PRIMARY KEY, a text NOT NULL); INSERT INTO t VALUES (1, '1'), (2, '')",
        "ALTER TABLE t ALTER a TYPE int USING nullif(a, '')::int",
        "row:   public.t, id = 2\nvalue: a = ''",
    ),
    (
        "CREATE TABLE t (id int PRIMARY KEY, n int, CHECK (n < 5)); INSERT INTO t VALUES (1, 1), (2, 2)",
        "ALTER TABLE t ALTER n TYPE bigint USING n * 3",
        "row:   public.t, id = 2\nvalue: n = '2'",
    ),
    (
        "CREATE TABLE t (id int PRIMARY KEY, ns text); INSERT INTO t VALUES (1, '{1,2}'), (2, '{1,x}')",
        "ALTER TABLE t ALTER ns TYPE int[] USING ns::int[] /* ; */",
        "row:   public.t, id = 2\nvalue: ns = '{1,x}'",
    ),
    // NULL.
    (
        "CREATE TABLE t (id int PRIMARY KEY, a text); INSERT INTO t VALUES (3, NULL), (1, 'x'), (2, NULL), (4, NULL)",
        "ALTER TABLE t ALTER a SET NOT NULL",
        "row:   public.t, id = 2\nvalue: a = NULL\nand 2 more rows",
    ),
    (
        "CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1), (2)",
        "ALTER TABLE t ADD COLUMN a text NOT NULL",
        "row:   public.t, id = 1\nand 1 more row",
    ),
    (
        "CREATE TABLE t (a int, b int); INSERT INTO t VALUES (1, 1), (2, NULL)",
        "ALTER TABLE t ADD PRIMARY KEY (a, b)",
        "row:   public.t\nvalue: b = NULL",
    ),
    // Checks.
    (
        "CREATE TABLE t (id int PRIMARY KEY, a int, b int); INSERT INTO t VALUES (1, 1, 2), (2, 4, 3), (3, NULL, 1), (4, 9, 1)",
        "ALTER TABLE t ADD CONSTRAINT ordered CHECK (a < b)",
        "row:   public.t, id = 2\nand 1 more row",
    ),
    (
        "CREATE TABLE t (id int PRIMARY KEY, a int); INSERT INTO t VALUES (1, 1), (2, -1)",
        "ALTER TABLE ONLY t ADD CHECK ((a > 0) AND ')' <> '(')",
        "row:   public.t, id = 2\nvalue: a = '-1'",
    ),
    (
        "CREATE TABLE t (id int PRIMARY KEY, a int, b int); INSERT INTO t VALUES (1, 1, 1), (2, 1, -1)",
        "ALTER TABLE t ADD CONSTRAINT x CHECK (a > 0), ADD CONSTRAINT y CHECK (b > 0)",
        "row:   public.t, id = 2\nvalue: b = '-1'",
    ),
    (
        "CREATE TABLE t (id int PRIMARY KEY, a int); INSERT INTO t VALUES (1, 1), (2, 0)",
        "ALTER TABLE t ADD CHECK (10 / a > 0)",
        "row:   public.t, id = 2\nvalue: a = '0'",
    ),
    (
        "CREATE TABLE t (id int PRIMARY KEY, a int); INSERT INTO t VALUES (1, 1), (2, -2), (3, -3);
         ALTER TABLE t ADD CONSTRAINT positive CHECK (a > 0) NOT VALID",
        "ALTER TABLE t VALIDATE CONSTRAINT positive",
        "row:   public.t, id = 2\nvalue: a = '-2'\nand 1 more row",
    ),
    (
        "CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1), (2)",
        "ALTER TABLE t ADD COLUMN half int GENERATED ALWAYS AS (10 / (id - 2)) STORED",
        "row:   public.t, id = 2\nvalue: id = '2'",
    ),
    (
        "CREATE TABLE t (id int PRIMARY KEY, a int); INSERT INTO t VALUES (1, 1), (2, 9)",
        "ALTER TABLE t ADD COLUMN b int GENERATED ALWAYS AS (a * 2) STORED CHECK (b < 10)",
        "row:   public.t, id = 2\nvalue: a = '9'",
    ),
    // Keys.
    (
        "CREATE TABLE t (id int PRIMARY KEY, a text);
         INSERT INTO t VALUES (1, 'a'), (2, 'x'), (3, 'y'), (4, 'x'), (5, 'x'), (6, NULL), (7, NULL)",
        "ALTER TABLE t ADD UNIQUE (a)",
        "row:   public.t, id = 2\nvalue: a = 'x'\nand 2 more rows",
    ),
    (
        "CREATE TABLE t (a int, b text); INSERT INTO t VALUES (1, 'x'), (2, 'x'), (1, 'x')",
        "ALTER TABLE t ADD CONSTRAINT t_pkey PRIMARY KEY (a, b)",
        "row:   public.t\nand 1 more row",
    ),
    (
        "CREATE TABLE t (id int PRIMARY KEY, a text); INSERT INTO t VALUES (1, 'Ada'), (2, 'ada'), (3, 'Grace')",
        "CREATE UNIQUE INDEX ON t (lower(a))",
        "row:   public.t, id = 1\nvalue: a = 'Ada'\nand 1 more row",
    ),
    (
        "CREATE TABLE t (id int PRIMARY KEY, a text, gone bool);
         INSERT INTO t VALUES (1, 'x', true), (2, 'x', false), (3, 'x', false)",
        "CREATE UNIQUE INDEX i ON t (a) WHERE NOT gone",
        "row:   public.t, id = 2\nvalue: a = 'x'\nand 1 more row",
    ),
    (
        "CREATE TABLE t (id int PRIMARY KEY, a int); INSERT INTO t VALUES (1, 1), (2, 0), (3, 0)",
        "CREATE INDEX i ON t USING btree ((1 / a) DESC NULLS LAST)",
        "row:   public.t, id = 2\nvalue: a = '0'\nand 1 more row",
    ),
    (
        "CREATE TABLE t (id int PRIMARY KEY, during int4range);
         INSERT INTO t VALUES (1, '[1,5)'), (2, '[5,9)'), (3, '[8,10)'), (4, '[20,30)')",
        "ALTER TABLE t ADD EXCLUDE USING gist (during WITH &&)",
        "row:   public.t, id = 3\nvalue: during = '[8,10)'",
    ),
    (
        "CREATE TABLE parent (id int PRIMARY KEY); INSERT INTO parent VALUES (1);
         CREATE TABLE t (id int PRIMARY KEY, parent int);
         INSERT INTO t VALUES (1, 1), (2, 2), (3, NULL), (4, 5)",
        "ALTER TABLE t ADD FOREIGN KEY (parent) REFERENCES parent",
        "row:   public.t, id = 2\nvalue: parent = '2'\nand 1 more row",
    ),
    (
        "CREATE TABLE parent (a int, b int, PRIMARY KEY (a, b)); INSERT INTO parent VALUES (1, 1);
         CREATE TABLE t (id int PRIMARY KEY, x int, y int); INSERT INTO t VALUES (1, 1, 1), (2, 1, 2);
         ALTER TABLE t ADD CONSTRAINT fk FOREIGN KEY (x, y) REFERENCES parent NOT VALID",
        "ALTER TABLE t VALIDATE CONSTRAINT fk",
        "row:   public.t, id = 2",
    ),
    (
        "CREATE TABLE t (id int PRIMARY KEY, parent int); INSERT INTO t VALUES (1, 1), (2, 1), (3, 9)",
        "ALTER TABLE t ADD FOREIGN KEY (parent) REFERENCES t (id)",
        "row:   public.t, id = 3\nvalue: parent = '9'",
    ),
    // Partitions, and children.
    (
        "CREATE TABLE p (id int, at date) PARTITION BY RANGE (at);
         CREATE TABLE q (id int PRIMARY KEY, at date NOT NULL);
         INSERT INTO q VALUES (1, '2020-05-05'), (2, '2021-01-01'), (3, '2022-01-01')",
        "ALTER TABLE p ATTACH PARTITION q FOR VALUES FROM ('2020-01-01') TO ('2021-01-01')",
        "row:   public.q, id = 2\nand 1 more row",
    ),
    (
        "CREATE TABLE p (id int PRIMARY KEY, a text) PARTITION BY RANGE (id);
         CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);
         CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (10) TO (20);
         INSERT INTO p VALUES (1, '1'), (2, '2'), (11, 'eleven'), (12, '12')",
        "ALTER TABLE p ALTER a TYPE int USING a::int",
        "row:   public.p2, id = 11\nvalue: a = 'eleven'",
    ),
    (
        "CREATE TABLE t (id int, a text); CREATE TABLE child (PRIMARY KEY (id)) INHERITS (t);
         INSERT INTO t VALUES (1, '1'); INSERT INTO child VALUES (2, 'two')",
        "ALTER TABLE t ALTER a TYPE int USING a::int",
        "row:   public.child, id = 2\nvalue: a = 'two'",
    ),
    // Domains.
    (
        "CREATE DOMAIN amount AS int; CREATE TABLE a (id int PRIMARY KEY, x amount);
         CREATE TABLE b (id int PRIMARY KEY, y amount); INSERT INTO a VALUES (1, 1); INSERT INTO b VALUES (1, 1), (2, -1)",
        "ALTER DOMAIN amount ADD CONSTRAINT positive CHECK (VALUE > 0)",
        "row:   public.b, id = 2\nvalue: y = '-1'",
    ),
    (
        "CREATE DOMAIN amount AS int; CREATE TABLE a (id int PRIMARY KEY, x amount); INSERT INTO a VALUES (1, 1), (2, NULL)",
        "ALTER DOMAIN amount SET NOT NULL",
        "row:   public.a, id = 2\nvalue: x = NULL",
    ),
    (
        "CREATE DOMAIN amount AS int; CREATE TABLE a (id int PRIMARY KEY, x amount);
         CREATE TABLE b (id int PRIMARY KEY, y amount); INSERT INTO a VALUES (1, 1); INSERT INTO b VALUES (1, 1), (2, 0)",
        "ALTER DOMAIN amount ADD CHECK (1 / VALUE >= 0)",
        "row:   public.b, id = 2",
    ),
    // Statements that change rows.
    (
        "CREATE TABLE t (id int PRIMARY KEY, a text, n int); INSERT INTO t (id, a) VALUES (1, '1'), (2, 'b'), (3, '3')",
        "UPDATE t SET n = a::int WHERE id > 0",
        "row:   public.t, id = 2\nvalue: a = 'b'",
    ),
    (
        "CREATE TABLE t (id int PRIMARY KEY, a int);
         CREATE FUNCTION guard() RETURNS trigger LANGUAGE plpgsql AS $$
         BEGIN IF NEW.id = 3 THEN RAISE EXCEPTION 'not this one'; END IF; RETURN NEW; END $$;
         INSERT INTO t VALUES (1, 1), (2, 2), (3, 3), (4, 4);
         CREATE TRIGGER guard BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION guard();
         CREATE TRIGGER keep BEFORE DELETE ON t FOR EACH STATEMENT EXECUTE FUNCTION guard();
         ALTER TABLE t DISABLE TRIGGER keep",
        "UPDATE t SET a = a + 1",
        "row:   public.t, id = 3\nvalue: a = '3'",
    ),
    (
        "CREATE TABLE t (id int PRIMARY KEY, a int, CHECK (a < 10)); INSERT INTO t VALUES (1, 1), (2, 6), (3, 7)",
        "UPDATE t SET a = a * 2 WHERE id <> 3",
        "row:   public.t, id = 2\nvalue: a = '6'",
    ),
    (
        "CREATE TABLE s (id int PRIMARY KEY, a text); CREATE TABLE t (id int PRIMARY KEY, n int NOT NULL);
         INSERT INTO s VALUES (1, '1'), (2, 'zwei'), (3, 'drei')",
        "INSERT INTO t SELECT id, a::int FROM s",
        "row:   public.s, id = 2\nand 1 more row",
    ),
    (
        "CREATE TABLE s (id int PRIMARY KEY, a text); INSERT INTO s VALUES (1, '1'), (2, 'zwei')",
        "CREATE TABLE t AS SELECT a::int AS n FROM s",
        "row:   public.s, id = 2\nvalue: a = 'zwei'",
    ),
    (
        "CREATE TABLE parent (id int PRIMARY KEY); CREATE TABLE t (id int PRIMARY KEY, p int REFERENCES parent);
         INSERT INTO parent VALUES (1), (2), (3); INSERT INTO t VALUES (1, 2)",
        "DELETE FROM parent",
        "row:   public.parent, id = 2\nvalue: id = '2'",
    ),
    // Names.
    (
        "CREATE SCHEMA \"My Schema\"; CREATE TABLE \"My Schema\".\"a.\"\"b\" (\"the id\" text PRIMARY KEY, \"Val%ue\" text);
         INSERT INTO \"My Schema\".\"a.\"\"b\" VALUES ('first one', '1'), ('it''s', 'x')",
        "ALTER TABLE \"My Schema\".\"a.\"\"b\" ALTER \"Val%ue\" TYPE int USING \"Val%ue\"::int",
        "row:   My Schema.a.\"b, the id = 'it's'\nvalue: Val%ue = 'x'",
    ),
    (
        "CREATE SCHEMA first; CREATE SCHEMA second; SET LOCAL search_path = first, second;
         CREATE TABLE second.t (id int PRIMARY KEY, a text); INSERT INTO t VALUES (1, 'x')",
        "ALTER TABLE t ALTER a TYPE int USING a::int",
        "row:   second.t, id = 1\nvalue: a = 'x'",
    ),
    (
        "CREATE TABLE t (a text, b int, c text, PRIMARY KEY (b, a)); INSERT INTO t VALUES ('z', 1, '1'), ('a', 2, 'x'), ('y', 1, 'y')",
        "ALTER TABLE t ALTER c TYPE int USING c::int",
        "row:   public.t, b = 2, a = a\nvalue: c = 'x'\nand 1 more row",
    ),
    (
        "CREATE TABLE t (a text); INSERT INTO t VALUES ('1'), (E'a\\tb\\n'), ('3')",
        "ALTER TABLE t ALTER a TYPE int USING a::int",
        "row:   public.t\nvalue: a = 'a\\tb\\n'",
    ),
    // What is in the way of looking.
    (
        // The words are others each time, so that the first row of the key's order is as good as any.
        "CREATE SEQUENCE tries; CREATE FUNCTION f(a text) RETURNS int LANGUAGE plpgsql AS $$
         BEGIN IF a = 'x' THEN RAISE 'no. %', nextval('tries') USING ERRCODE = 'data_exception'; END IF; RETURN 1; END $$;
         CREATE TABLE t (id int PRIMARY KEY, a text); INSERT INTO t VALUES (3, 'x'), (2, 'x'), (1, '1')",
        "ALTER TABLE t ALTER a TYPE int USING f(a)",
        "row:   public.t, id = 2\nvalue: a = 'x'\nand 1 more row",
    ),
    (
        "CREATE TABLE t (id int PRIMARY KEY, a text); INSERT INTO t VALUES (1, '1'), (2, 'x');
         CREATE TABLE child (t int REFERENCES t ON DELETE CASCADE); INSERT INTO child VALUES (1), (2)",
        "ALTER TABLE t ALTER a TYPE int USING a::int",
        "row:   public.t, id = 2\nvalue: a = 'x'",
    ),
    (
        "CREATE TABLE t (id int PRIMARY KEY, a text); INSERT INTO t VALUES (1, '1'), (2, 'x');
         ALTER TABLE t ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON t USING (id = 1)",
        "ALTER TABLE t ALTER a TYPE int USING a::int",
        "row:   public.t, id = 2\nvalue: a = 'x'",
    ),
    (
        "CREATE TABLE t (id int PRIMARY KEY, a text); INSERT INTO t VALUES (1, '1'), (2, 'x');
         CREATE RULE keep AS ON DELETE TO t DO INSTEAD NOTHING",
        "ALTER TABLE t ALTER a TYPE int USING a::int",
        "",
    ),
];

/// Statements that fail for other reasons.
pub(crate) const NOTHING: &[(&str, &str)] = &[
    ("SELECT 1", "ALTER TABLE t ALTER"),
    ("SELECT 1", "ALTER TABLE missing ALTER a TYPE int"),
    ("SELECT 1", "SELECT 1 / 0"),
    ("SELECT 1", "DO $$ BEGIN RAISE EXCEPTION 'no'; END $$"),
    (
        "CREATE TABLE t (a text); INSERT INTO t VALUES ('x')",
        "ALTER TABLE t ALTER a TYPE int",
    ),
    (
        "CREATE TABLE t (a text); INSERT INTO t VALUES ('x')",
        "ALTER TABLE t ALTER b TYPE int",
    ),
    (
        "SELECT 1",
        "ALTER TABLE pg_catalog.pg_class ALTER relname SET NOT NULL",
    ),
    (
        "CREATE TABLE t (a int)",
        "INSERT INTO t VALUES (1), (1 / 0)",
    ),
    (
        "CREATE TABLE t (a int CHECK (a > 0)); INSERT INTO t VALUES (1)",
        "UPDATE t SET a = 1 / 0 WHERE false OR 1 / 0 > 0; SELECT 1",
    ),
    (
        "CREATE TABLE t (a int)",
        "ALTER TABLE t ADD COLUMN b int DEFAULT 'x'",
    ),
];
