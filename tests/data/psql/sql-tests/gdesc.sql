-- Columns described rather than brought.
SELECT 1 AS n, 'x'::varchar(5) AS "A word", now()::timestamptz(3), NULL \gdesc
SELECT 'sent again' AS text;
\gdesc
\g
CREATE TABLE t () \gdesc
\echo :ERROR :ROW_COUNT
SELECT n'o' \gdesc
\echo :ERROR :ROW_COUNT
\pset format aligned
\pset tuples_only off
VALUES (1.5, '{}'::int[]) \gdesc
\pset format unaligned
\pset tuples_only on
\set ON_ERROR_STOP 0
SELECT * FROM nowhere \gdesc
\echo :ERROR :SQLSTATE :LAST_ERROR_MESSAGE
\r
BEGIN;
SELECT 1/0;
SELECT 1 \gdesc
ROLLBACK;
SELECT 'gone on';
