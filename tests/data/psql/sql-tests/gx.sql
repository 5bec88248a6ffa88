SELECT 1 AS a, 'two' AS bcd \gx
SELECT 1 AS a, 'two' AS bcd;
\pset format aligned
SELECT 1 AS a, 'two' AS bcd \gx
\t
SELECT 1 AS a, 'two' AS bcd UNION ALL SELECT 2, NULL ORDER BY 1 \gx
\x
SELECT 1 AS a \gx
SELECT 1 AS a;
\g
