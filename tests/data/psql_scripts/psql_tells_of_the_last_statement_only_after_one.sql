\echo :ROW_COUNT :ERROR :SQLSTATE [:LAST_ERROR_MESSAGE] :LAST_ERROR_SQLSTATE
-- With nothing before it, \g sends an empty query.
\g
\echo :ROW_COUNT :ERROR :SQLSTATE
SELECT 1;
\echo :ROW_COUNT :ERROR :SQLSTATE
\set ON_ERROR_STOP off
SELECT 1 \; SELECT 1 / 0;
\echo :ROW_COUNT :ERROR :SQLSTATE
-- Of data that went to where rows go, psql forgets the number.
COPY (VALUES (1), (2)) TO STDOUT;
\echo :ROW_COUNT :ERROR :SQLSTATE
