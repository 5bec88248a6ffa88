-- psql 18: a statement repeated so many times, or until it brings too few rows.
CREATE SEQUENCE s;
SELECT 'round ' || nextval('s') \watch c=3 i=0
SELECT nextval('s') \watch 0.01 count=2
SELECT 'last one';
\watch count=1
SELECT generate_series(nextval('s'), 8) \watch interval=0 min_rows=2
\echo :ROW_COUNT
\set ON_ERROR_STOP 0
SELECT 1 / (nextval('s') - 9) \watch c=5 i=0
\watch c=0
\watch c=1 c=2
\watch x c=1
\watch i=1 2 c=1
\watch z=1 c=1
\watch co=1
SELECT 'forgotten' \watch c=+
SELECT 'no interval' \watch i= c=2
SELECT 'blank' \watch ' 0' c=02
SELECT nextval('s');
SELECT 'shown';
SELECT 'not remembered' \watch c=1
\g
CREATE TABLE t (n int) \watch m=1 i=0
INSERT INTO t VALUES (1) \watch m=1 i=0
INSERT INTO t VALUES (2) RETURNING n \watch c=2 m=1 i=0
SELECT generate_series(1, 3) \; SELECT 1 \watch c=2 m=2 i=0
SELECT 1 \; SELECT generate_series(1, 3) \watch c=2 m=2 i=0
COPY t TO STDOUT \watch c=2 i=0
\o /dev/null
SELECT 'elsewhere' \watch c=1
\o
\set ECHO queries
SELECT 'not repeated' \watch c=1
\set ECHO none
BEGIN;
\set ON_ERROR_ROLLBACK on
SELECT 1 / 0 \watch c=1
SELECT 'aborted';
ROLLBACK;
\set AUTOCOMMIT off
SELECT 'no transaction' \watch c=1
SELECT pg_current_xact_id_if_assigned() IS NULL \watch c=1
\set AUTOCOMMIT on
BEGIN;
SELECT 'open';
ROLLBACK;
\echo end
