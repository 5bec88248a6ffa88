-- psql 18: a COPY that brought data before it failed leaves no result of the server's.
\set ON_ERROR_STOP 0
COPY (SELECT 1 / (2 - n) FROM generate_series(1, 3) n) TO STDOUT;
\echo :ERROR [:SQLSTATE] :ROW_COUNT [:LAST_ERROR_SQLSTATE] [:LAST_ERROR_MESSAGE]
COPY (SELECT 1 / 0) TO STDOUT;
\echo :ERROR [:SQLSTATE] :ROW_COUNT [:LAST_ERROR_SQLSTATE] [:LAST_ERROR_MESSAGE]
BEGIN;
SELECT 1 / 0;
\lo_import nosuch
\echo :ERROR [:SQLSTATE] :ROW_COUNT [:LAST_ERROR_SQLSTATE] [:LAST_ERROR_MESSAGE]
ROLLBACK;
