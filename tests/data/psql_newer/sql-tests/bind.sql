-- psql 16 and newer: parameters by the extended protocol.
SELECT $1::int + $2::int \bind 1 2 \g
SELECT $1 AS text, $2::int * 2 \bind 'it''s' 21
;
\set value 'of a variable'
SELECT $1 || '!' AS joined \bind :value \gset
\echo :joined
SELECT 'forgotten' \bind kept \r
SELECT 'still ' || $1;
SELECT 'simple again' \; SELECT 'two statements';
SELECT format('SELECT %L || $1', $1::text), 'SELECT 2' \bind brought \gexec
SELECT 1 AS a, 'x' AS b WHERE $1 \bind t \gx
SELECT $1::int \bind 7 \g (format=aligned tuples_only=off)
\set ON_ERROR_STOP 0
SELECT $1 \; SELECT 2 \bind 1 \g
SELECT $1, $2 \bind 1 \g
\echo :SQLSTATE :LAST_ERROR_MESSAGE
SELECT $1::int / 0 \bind 1 \g
\echo :SQLSTATE
CREATE TABLE t (n int);
COPY t FROM STDIN \bind \g
1
2
\.
SELECT sum(n) FROM t;
COPY t FROM STDIN \bind \g
no number
\.
SELECT sum(n) FROM t;
COPY t TO STDOUT \bind \g
BEGIN;
INSERT INTO t VALUES ($1) \bind 3 \g
SELECT 1/0 \bind \g
SELECT $1 \bind 'aborted' \g
ROLLBACK;
SELECT count(*) FROM t;
SELECT $1::int \bind 4 \watch c=2 i=0
SELECT $1 || ' is still told';
SELECT 'no longer';
\set AUTOCOMMIT off
SELECT $1 \bind 5 \watch c=1
SELECT 1 \bind \gdesc
ROLLBACK;
