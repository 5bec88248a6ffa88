\pset tuples_only off
SELECT 1 AS n, 'one' AS word, NULL AS nothing UNION ALL SELECT 22, 'two', 'x' ORDER BY 1;
\x
SELECT 1 AS n, 'one' AS word UNION ALL SELECT 22, 'two' ORDER BY 1;
\x
\a
\pset null -
SELECT 1 AS n, E'one\ntwo' AS word, NULL AS nothing, 2.5 AS x UNION ALL SELECT 22, 'two', 'x', 10 ORDER BY 1;
\x
SELECT 1 AS n, 'one' AS word UNION ALL SELECT 22, 'two' ORDER BY 1;
\x
\t
SELECT 1 AS n, 'one' AS word WHERE false;
SELECT 1 AS n, 'one' AS word;
\set QUIET off
\t
CREATE TABLE t (a int);
INSERT INTO t VALUES (1) RETURNING a;
