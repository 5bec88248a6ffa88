\set ON_ERROR_STOP off
BEGIN;
\set ON_ERROR_ROLLBACK on
SELECT unnest(ARRAY['SELECT 1/0','SELECT 7','SELECT nosuch']) \gexec
\echo :ERROR
SELECT 'after' ;
ROLLBACK;
SELECT 'a' \; SELECT 'SELECT 9' \gexec
SELECT 1/0 \gexec
\gexec
SELECT 5
\g
\g
\gexec
INSERT INTO pg_temp.nosuch VALUES (1) \gexec
CREATE TEMP TABLE t(i int);
INSERT INTO t VALUES (1) RETURNING 'SELECT ''ret'||i||'''' \gexec
