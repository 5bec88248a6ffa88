SELECT 1 AS one, NULL AS nothing \gset
\set nothing
SELECT 1 AS one, NULL AS nothing \gset p_
\echo :one :p_one :{?p_nothing} :{?nothing}
SELECT 'a' AS x \gset
SELECT :'x';
\set ON_ERROR_STOP 0
SELECT 1 AS z WHERE false \gset
\echo :{?z}
SELECT generate_series(1,2) AS z \gset
\echo :{?z}
SELECT 1 AS "bad name" \gset
\echo still
SELECT 2 AS two, 3 AS three \gset
\gset q_
\echo :q_two
CREATE TABLE gg(i int) \gset
\echo :ERROR :SQLSTATE
SELECT 'first' \; SELECT 5 AS five \gset
\echo :five
SELECT 6 AS six \; CREATE TABLE gh(i int) \gset
\echo :{?six}
SELECT \gset
SELECT 1 AS ok \; SELECT 1/0 AS e \gset
\echo :{?ok} :ERROR
INSERT INTO gg VALUES (4) RETURNING i AS ii \gset
\echo :ii :ROW_COUNT
