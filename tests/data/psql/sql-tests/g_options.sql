-- Options of \pset for one statement.
SELECT 1 AS one, NULL AS nothing \g (null=none fieldsep=' / ')
SELECT 1 AS one, NULL AS nothing
\g (format=aligned tuples_only=off)
SELECT 1 AS one, 'x' AS two \gx (tuples_only=off)
SELECT 1 AS one, 'x' AS two \g (expanded format=aligned border=2 )
SELECT 1 AS one, 'x' AS two \g (footer=off tuples_only=off) /dev/null
SELECT 'plain again', NULL;
\set ON_ERROR_STOP 0
SELECT 2 \g (nosuch=1)
\r
SELECT 3 \g (null=x
\r
SELECT 4 \g (tuples_only=perhaps expanded=on)
\r
SELECT 'last', NULL \g ()
SELECT 5 AS n, 'a;b"c' AS text \g (format=csv tuples_only=off csv_fieldsep=;)
