\set QUIET off
CREATE TABLE q(i int);
INSERT INTO q VALUES (1),(2);
SELECT * FROM q;
UPDATE q SET i = i RETURNING i;
DELETE FROM q;
BEGIN;
SAVEPOINT a;
ROLLBACK;
\t
SELECT 1;
\a
SELECT 1 AS x;
\pset null 'NIL'
SELECT NULL;
\pset border 2
SELECT 1 AS a, 'b' AS b;
\pset border 1
\x
SELECT 1;
\pset fieldsep ','
\f ';'
\C 'my title'
SELECT 2;

DO $$ BEGIN END $$;
EXPLAIN (COSTS OFF) SELECT 1;
COPY (SELECT 1) TO STDOUT;
COPY q FROM STDIN;
1
\.
\copy q from stdin
2
3
\.
SET search_path = public;
SHOW search_path;
LISTEN x;
VALUES (1),(2);
TABLE q;
FETCH 1 FROM nosuch;
