\pset null (null)
\pset null
SELECT NULL;
\pset format
SELECT 1, 2;
\pset border 2
\pset border
\pset format aligned
SELECT 1 AS n, 2 AS m;
\a
\x auto
\x
SELECT 1 AS n;
\pset recordsep_zero
SELECT 1 AS n, 2 AS m UNION ALL SELECT 3, 4;
\t off
SELECT 1 AS n, 2 AS m UNION ALL SELECT 3, 4;
\set ON_ERROR_STOP off
\pset format a
\pset format nosuch
\x nonsense
SELECT 5;
