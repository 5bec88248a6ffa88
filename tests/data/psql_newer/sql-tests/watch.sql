-- psql 16 and newer: a statement repeated so many times.
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
\r
SELECT nextval('s');
