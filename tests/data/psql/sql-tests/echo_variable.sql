-- What is sent or read is repeated.
\set ECHO queries
SELECT 1,
  -- a comment
  2;
\set word three
SELECT :'word' \g
SELECT 'SELECT 4' \gexec
SELECT 5 AS five \gset
\echo :five
SELECT 7 \gdesc
\p
\set ECHO all
SELECT 8;

SELECT 'an

empty line';
\echo  spaces   and :five
\if false
  SELECT 'not run';
\else
  SELECT 9 \; SELECT 10;
\endif
CREATE TABLE t (a text);
COPY t FROM stdin;
data
\.
\i sql-tests/_included.sql
SELECT 'SELECT 11' \gexec
SELECT a FROM t
\g
\set ECHO none
SELECT 12;
\set ECHO errors
\set ON_ERROR_STOP 0
SELECT 1/0;
\set ECHO nosuch
\echo :ECHO
\unset ECHO
\echo :ECHO
