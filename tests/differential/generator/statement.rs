//! Statements of SQL, without their semicolon.

use super::Author;

impl Author {
    pub(super) fn statement(&mut self) -> String {
        if self.fails() {
            return self.failing();
        }
        match self.below(64) {
            0..=15 => self.select(),
            16..=18 => self.select_from_table(),
            19..=26 => self.change(),
            27..=33 => self.definition(),
            34..=37 => self.block(),
            38..=40 => self.function(),
            41..=43 => self.session_statement(),
            44..=46 => {
                let (first, second) = (self.select(), self.statement());
                let gap = self.pick(&[" \\; ", "\\;", " \\;\n"]);
                format!("{first}{gap}{second}")
            }
            47..=48 => self
                .pick(&["", "", "-- only a comment\n", "/* likewise */"])
                .into(),
            49..=50 => self.prepared(),
            51..=52 => self
                .pick(&[
                    "CALL twice(4, 'x')",
                    "CALL commits()",
                    "SELECT nextval('counter')",
                    "INSERT INTO ruled VALUES (3)",
                    "INSERT INTO ruled VALUES (3) RETURNING n",
                ])
                .into(),
            53..=54 => self.cursor(),
            55..=56 => self.copy_out(),
            57 => self
                .pick(&[
                    "EXPLAIN (COSTS OFF) SELECT 1",
                    "SHOW standard_conforming_strings",
                    "VALUES (1, 'a'), (2, NULL)",
                    "TABLE parent ORDER BY id",
                    "LOCK TABLE item",
                    "ANALYZE parent",
                    "SELECT",
                    "SELECT FROM item",
                ])
                .into(),
            60..=62 => self.rare(),
            _ => self.transaction_word(),
        }
    }

    /// What is seldom written, and has been read wrongly by more than one program.
    fn rare(&mut self) -> String {
        self.pick(&[
            "SELECT n, repeat('x', n) AS \"a long heading\", n / 3.0 AS third FROM generate_series(1, 30) n",
            "SELECT E'one\\ntwo' AS \"two\nlines\", NULL AS nothing, 12345 AS number, 'é✓' AS letters",
            "SELECT name, note, price FROM item ORDER BY id",
            "CREATE RULE gone AS ON DELETE TO ruled DO ALSO (SELECT 'gone'; SELECT 'really'; )",
            "SELECT ';' AS \";\", $$;$$, $a$;$b$;$a$",
            "SELECT 1 /* a /* b; */ c; */ + /* ' */ 2 -- ; '",
            "SELECT 'a' 'b'",
            "SELECT 'a'\n\n'b'",
            "SELECT $1",
            "SELECT 1::int4, '{1,2}'::int[], :'v'::text, array[1,2][1:2]",
            "SELECT 3 !~ 4",
            "SELECT '1'::text !~ '4', 2 <> 3, 5 % 2, @ -5",
            "SELECT 1 AS \"begin\", 2 AS \"end\"",
            "CREATE OR REPLACE FUNCTION made_1() RETURNS int BEGIN ATOMIC; SELECT 1; END",
            "CREATE OR REPLACE FUNCTION made_1() RETURNS int RETURN 1 + 1",
            "CREATE TABLE begin_atomic (begin int, atomic int)",
            "SELECT row(1, 'x;y', NULL), ROW()",
            "SELECT u&'\\0041', U&'!0041' UESCAPE '!'",
            "SELECT X'1g'",
            "SELECT E'\\\\', '\\', E'\\''",
            "(SELECT 1) UNION (SELECT 2) ORDER BY 1",
            "SELECT 1 WHERE 1 = ANY (ARRAY[1, 2]) AND (true)",
            "SELECT \"unclosed",
            "SELECT q.* FROM (VALUES (1, 'a'), (2, E'\\t')) AS q (\"n;n\", t)",
            "INSERT INTO child VALUES (7, 1), (7, 2)",
            "SET CONSTRAINTS ALL IMMEDIATE",
            "CREATE TEMP TABLE temp_t AS SELECT 1 AS n",
            "SELECT * FROM temp_t",
            "SELECT 'a' AS x, 'b' AS x",
            "select\n\n\n1",
            "SELECT lo_create(4711), lo_put(4711, 0, 'text')",
            "SELECT pg_notify('c', ''), 1 WHERE false",
        ])
        .into()
    }

    /// What probably fails.
    pub(super) fn failing(&mut self) -> String {
        match self.below(26) {
            0 => "SELECT 1 / 0".into(),
            1 => "SELECT nosuch FROM item".into(),
            2 => "SELECT * FROM nosuch".into(),
            3 => "SELECT nosuch(1)".into(),
            4 => self.pick(&["SELEC 1", "SELECT 1 1", "SELECT FROM WHERE", "INSERT item", ")", "SELECT 1 +", "CREATE TABLE"]).into(),
            5 => "INSERT INTO item VALUES (1, 'again')".into(),
            6 => "INSERT INTO item (id, name, price) VALUES (99, 'x', -1)".into(),
            7 => "INSERT INTO item (id) VALUES (98)".into(),
            8 => "INSERT INTO child VALUES (1, 12345)".into(),
            9 => format!("SELECT boom({})", self.literal()),
            10 => "SELECT stumble()".into(),
            11 => "SELECT 'x'::int".into(),
            12 => "SELECT 'cross'::mood".into(),
            13 => "DROP TABLE parent".into(),
            14 => "DO $$ BEGIN RAISE NOTICE 'before'; RAISE EXCEPTION 'from a block' USING HINT = 'none'; END $$".into(),
            15 => "DO $$ BEGIN PERFORM 1 / 0; END $$".into(),
            16 => "DO $$ nonsense $$".into(),
            17 => "SELECT 1 / (id - 3) FROM item ORDER BY id".into(),
            18 => "SELECT 'before' \\; SELECT 1 / 0 \\; SELECT 'after'".into(),
            19 => "ROLLBACK TO SAVEPOINT nosuch".into(),
            20 => "EXECUTE nosuch".into(),
            21 => "VACUUM".into(),
            22 => format!("SELECT :{}", self.variable()),
            23 => "INSERT INTO parent VALUES (88) \\; SELECT 1 / 0".into(),
            24 => "COPY (SELECT 1 / (2 - n) FROM generate_series(1, 3) n) TO STDOUT".into(),
            _ => "SET nosuch_setting = 1".into(),
        }
    }

    fn select(&mut self) -> String {
        let columns = 1 + self.below(4);
        let list: Vec<String> = (0..columns)
            .map(|_| {
                let expression = self.expression();
                if self.one_in(3) && !expression.contains(" AS ") {
                    format!("{expression} AS {}", self.identifier())
                } else {
                    expression
                }
            })
            .collect();
        let list = list.join(self.pick(&[", ", ",", " , ", ",\n  "]));
        let tail = match self.below(12) {
            0 => " FROM generate_series(1, 3)",
            1 => " WHERE false",
            2 => " WHERE true",
            3 => " UNION ALL SELECT 'more'",
            _ => "",
        };
        format!(
            "{}{list}{tail}",
            self.pick(&["SELECT ", "select ", "Select\n ", "SELECT\t"])
        )
    }

    fn select_from_table(&mut self) -> String {
        self.pick(&[
            "SELECT * FROM item ORDER BY id",
            "SELECT name, note FROM item WHERE id < 4 ORDER BY id DESC",
            "SELECT * FROM \"Odd name\" ORDER BY \"B c\"",
            "SELECT count(*), max(price) AS \"most\" FROM item",
            "SELECT * FROM item WHERE id = -1",
            "SELECT id, name FROM names ORDER BY id LIMIT 2",
            "SELECT p.id, c.id FROM parent p LEFT JOIN child c ON c.parent = p.id ORDER BY 1, 2",
            "SELECT * FROM watched ORDER BY n",
        ])
        .into()
    }

    fn change(&mut self) -> String {
        match self.below(14) {
            0 => format!("INSERT INTO item (id, name, note) VALUES ({}, 'x', {})", 10 + self.below(90), self.short_literal()),
            1 => format!("INSERT INTO item (id, name) VALUES ({}, {}) ON CONFLICT DO NOTHING", self.below(8), self.short_literal()),
            2 => format!("INSERT INTO parent SELECT n FROM generate_series({}, 40) n ON CONFLICT DO NOTHING RETURNING id", 35 + self.below(8)),
            3 => "UPDATE item SET price = price + 1 WHERE price IS NOT NULL".into(),
            4 => format!("UPDATE item SET note = {} WHERE id = {} RETURNING id, note", self.short_literal(), self.below(7)),
            5 => "DELETE FROM item WHERE id = 5".into(),
            6 => "DELETE FROM parent RETURNING *".into(),
            7 => format!("INSERT INTO watched VALUES ({}, {})", self.below(9), self.short_literal()),
            8 => "UPDATE watched SET n = n + 1".into(),
            9 => format!("WITH gone AS (DELETE FROM item WHERE id = {} RETURNING *) SELECT count(*) FROM gone", self.below(7)),
            10 => format!("INSERT INTO child VALUES ({}, {})", self.below(5), self.below(4)),
            11 => "INSERT INTO \"Odd name\" DEFAULT VALUES".into(),
            12 => "MERGE INTO parent p USING (VALUES (1), (9)) v (id) ON p.id = v.id WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT VALUES (v.id)".into(),
            _ => "TRUNCATE watched".into(),
        }
    }

    fn definition(&mut self) -> String {
        let number = self.below(3);
        let name = self.identifier();
        match self.below(18) {
            0..=1 => format!("CREATE TABLE made_{number} (id int, {name} text DEFAULT {})", self.short_literal()),
            2 => format!("CREATE TABLE IF NOT EXISTS made_{number} AS SELECT 1 AS n, 'x'::text AS t"),
            3 => format!("CREATE VIEW view_{number} AS SELECT 'a;b' AS {name}, 1 AS n"),
            4 => format!("CREATE INDEX ON item (name) WHERE note <> {}", self.short_literal()),
            5 => format!("DROP TABLE IF EXISTS made_{number}"),
            6 => format!("ALTER TABLE item ADD COLUMN {name} int"),
            7 => format!("COMMENT ON TABLE item IS {}", self.literal()),
            8 => "CREATE SCHEMA IF NOT EXISTS other".into(),
            9 => "CREATE TEMP TABLE t (n int) ON COMMIT DROP".into(),
            10 => format!("CREATE TYPE pair_{number} AS (a int, b text)"),
            11 => "CREATE SCHEMA more CREATE TABLE inside (n int) CREATE VIEW seen AS SELECT n FROM more.inside".into(),
            12 => format!("DROP VIEW IF EXISTS view_{number}, nosuch CASCADE"),
            13 => "CREATE INDEX CONCURRENTLY made_index ON item (made)".into(),
            14 => "ALTER TABLE item ALTER note TYPE varchar(5)".into(),
            15 => format!("SELECT 1 AS n INTO made_{number}"),
            16 => "CREATE MATERIALIZED VIEW IF NOT EXISTS kept AS SELECT count(*) FROM item".into(),
            _ => "DROP INDEX IF EXISTS made_index".into(),
        }
    }

    fn block(&mut self) -> String {
        let body = match self.below(6) {
            0 => format!("RAISE NOTICE 'said %', {};", self.short_literal()),
            1 => "BEGIN RAISE division_by_zero; EXCEPTION WHEN OTHERS THEN RAISE WARNING 'caught: %', SQLERRM; END;".into(),
            2 => "FOR i IN 1..3 LOOP RAISE INFO 'round %', i; END LOOP;".into(),
            3 => format!("INSERT INTO parent VALUES ({});", 60 + self.below(9)),
            4 => "RAISE NOTICE E'two\\nlines' USING DETAIL = E'of\\ndetail', HINT = 'and a hint';".into(),
            _ => "PERFORM warn('x;y'); -- a 'comment\n /* another; */".into(),
        };
        match self.below(3) {
            0 => format!("DO $$ BEGIN {body} END $$"),
            1 => format!("DO $do$\nBEGIN\n  {body}\nEND\n$do$"),
            _ => format!(
                "DO LANGUAGE plpgsql '{}'",
                format!("BEGIN {body} END")
                    .replace('\'', "''")
                    .replace('\\', "/")
            ),
        }
    }

    fn function(&mut self) -> String {
        let number = self.below(2);
        match self.below(8) {
            0..=1 => format!(
                "CREATE OR REPLACE FUNCTION made_{number}() RETURNS text LANGUAGE sql AS $f$ SELECT {}::text; $f$",
                self.short_literal()
            ),
            2 => format!(
                "CREATE FUNCTION made_{number}(a int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN IF a > 1 THEN RETURN 2; END IF; RETURN $1; END $$"
            ),
            3..=4 => format!(
                "CREATE OR REPLACE FUNCTION atomic_{number}() RETURNS SETOF int BEGIN ATOMIC SELECT 1; SELECT CASE WHEN true THEN 2 ELSE 3 END; END"
            ),
            5 => format!(
                "create or replace procedure atomic_p{number}()\nbegin atomic\n  insert into parent values (70);\n  select case 1 when 2 then 3 end;\nend"
            ),
            6 => format!("SELECT made_{number}()"),
            _ => format!("DROP FUNCTION IF EXISTS made_{number}()"),
        }
    }

    fn session_statement(&mut self) -> String {
        self.pick(&[
            "SET standard_conforming_strings = off",
            "SET standard_conforming_strings = on",
            "RESET standard_conforming_strings",
            "SET client_min_messages = warning",
            "SET client_min_messages = notice",
            "SET LOCAL search_path = public",
            "SET search_path = public, other",
            "SET DateStyle = 'SQL, DMY'",
            "RESET ALL",
            "DISCARD TEMP",
            "SELECT current_setting('search_path')",
            "SELECT set_config('differential.x', 'y', false)",
            "SET extra_float_digits = 0",
            "SET CONSTRAINTS ALL IMMEDIATE",
            "SET CONSTRAINTS ALL DEFERRED",
            "SET bytea_output = 'escape'",
            "SELECT '\\x41'::bytea, 1.1::float4",
            "SELECT 'a\\'",
            "SELECT 'don''t \\'' stop; '",
        ])
        .into()
    }

    fn prepared(&mut self) -> String {
        self.pick(&[
            "PREPARE p (int) AS SELECT $1 + 1",
            "EXECUTE p (2)",
            "EXECUTE p(:n)",
            "DEALLOCATE p",
            "PREPARE q AS INSERT INTO parent VALUES ($1)",
            "EXECUTE q (90)",
            "DEALLOCATE ALL",
        ])
        .into()
    }

    fn cursor(&mut self) -> String {
        self.pick(&[
            "DECLARE c CURSOR FOR SELECT id, name FROM item ORDER BY id",
            "DECLARE c CURSOR WITH HOLD FOR SELECT id FROM item ORDER BY id",
            "FETCH 2 FROM c",
            "FETCH ALL FROM c",
            "MOVE 1 FROM c",
            "CLOSE c",
            "CLOSE ALL",
        ])
        .into()
    }

    fn copy_out(&mut self) -> String {
        self.pick(&[
            "COPY item TO STDOUT",
            "COPY (SELECT id, name FROM item ORDER BY id) TO STDOUT WITH (FORMAT csv, HEADER)",
            "COPY (SELECT 1 WHERE false) TO STDOUT",
            "COPY \"Odd name\" TO STDOUT (DELIMITER ',', NULL 'none')",
            "SELECT 1 \\; COPY parent TO STDOUT \\; SELECT 2",
        ])
        .into()
    }

    pub(super) fn transaction_word(&mut self) -> String {
        self.pick(&[
            "BEGIN",
            "BEGIN ISOLATION LEVEL SERIALIZABLE",
            "START TRANSACTION READ ONLY",
            "COMMIT",
            "ROLLBACK",
            "END",
            "ABORT",
            "SAVEPOINT s",
            "ROLLBACK TO s",
            "ROLLBACK TO SAVEPOINT s",
            "RELEASE s",
            "COMMIT AND CHAIN",
            "ROLLBACK AND CHAIN",
            "BEGIN\\; SELECT 1\\; COMMIT",
            "COMMIT\\; SELECT 2",
        ])
        .into()
    }
}
