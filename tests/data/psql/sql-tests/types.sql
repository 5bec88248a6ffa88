SELECT true, false, NULL, 1.50, 'x'::char(4), '{1,2}'::int[], '{"a": 1}'::json, '\xdead'::bytea, now() IS NULL, row(1,'a b',NULL), point(1,2), interval '1 day 02:00', date '2020-01-02', timestamptz '2020-01-02 03:04:05+00', 1e20::float8, 'nan'::float8, 0.1::float4, money '12.5', 'é日本'::text, E'tab\tnew\nline', E'back\\slash', ''::text;
\pset format aligned
\t off
SELECT true, false, NULL, 1.50, 'x'::char(4), '{1,2}'::int[] AS arr, '{"a": 1}'::json AS j, '\xdead'::bytea b, row(1,'a b',NULL), interval '1 day 02:00' AS i, date '2020-01-02' AS d, 1e20::float8 f, money '12.5' AS m, 'é'::text u, E'tab\tnew\nline' AS tn, ''::text e;
SELECT 1 AS a WHERE false;
SELECT;
SELECT FROM generate_series(1,2);
SELECT 1 AS "A b", 2 AS "two
lines";
SELECT E'a\nbb\nccc' AS x, 1 AS n UNION ALL SELECT 'dd', 22;
\pset border 0
SELECT E'a\nbb' AS x, 1 AS n, 'z' AS y UNION ALL SELECT 'dd', 22, NULL;
\pset border 2
SELECT E'a\nbb' AS x, 1 AS n UNION ALL SELECT 'dd', 22;
\pset footer off
SELECT 1 AS n;
