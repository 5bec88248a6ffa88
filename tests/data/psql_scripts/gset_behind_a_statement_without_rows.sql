CREATE TABLE t (a int) \gset
SELECT count(*) FROM t;
SELECT a FROM t \gset
\echo not reached
