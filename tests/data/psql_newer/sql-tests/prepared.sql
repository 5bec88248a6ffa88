-- psql 18: prepared statements by the extended protocol.
SELECT $1::int + 1 AS sum, $2::text \parse one
\bind_named one 4 five \g
\bind_named one 5 six
;
SELECT 'unnamed ' || $1::text \parse ''
\bind_named '' seven \g
\bind_named one 6 seven \gset pre_
\echo :pre_sum :pre_text
SELECT name, statement FROM pg_prepared_statements ORDER BY name;
EXECUTE one(7, 'by SQL');
CREATE TABLE t (n int);
INSERT INTO t VALUES ($1) RETURNING n \parse 'a name'
\bind_named 'a name' 8 \g
\bind_named 'a name' 9 \gx
\close_prepared one
\close_prepared never_there
SELECT name FROM pg_prepared_statements WHERE name <> '' ORDER BY name;
\set ON_ERROR_STOP 0
\bind_named one 1 2 \g
\echo :SQLSTATE
\bind_named
\parse
SELECT 'what stands before a failed command stays'
\parse
;
\close_prepared
SELECT $1 + nowhere \parse two
\echo :SQLSTATE
\r
SELECT 'taken';
SELECT format('SELECT %L', $1::text) \parse brings
\bind_named brings x \gexec
\set ECHO queries
SELECT 3 \parse three
\bind_named three \g
\close_prepared three
\set ECHO none
\set ON_ERROR_ROLLBACK on
BEGIN;
SELECT nosuch \parse four
\r
SELECT nosuch \gdesc
SELECT 'not aborted';
ROLLBACK;
