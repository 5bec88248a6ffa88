CREATE TABLE t (a int);
\set AUTOCOMMIT off
\copy t from stdin
1
\.
ROLLBACK;
SELECT count(*) FROM t;
