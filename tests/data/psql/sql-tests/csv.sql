-- Comma-separated values.
\pset format csv
SELECT 1 AS n, 'plain' AS word, 'a,b' AS comma, 'say "x"' AS quote, E'two\nlines' AS lines, NULL AS nothing, '' AS empty, '\.' AS dot;
\pset tuples_only off
SELECT 1 AS n, 'a,b' AS "x,y";
SELECT 1 AS n WHERE false;
\pset csv_fieldsep '\t'
SELECT 1 AS n, E'a\tb' AS b, 'c,d' AS c;
\pset csv_fieldsep ;
\x
SELECT 1 AS n, 'a,b' AS b UNION ALL SELECT 2, 'x;y' ORDER BY 1;
\pset null none
SELECT NULL AS n;
SELECT;
\pset tuples_only on
SELECT 1 AS n, 'a' AS b;
\set ON_ERROR_STOP 0
\pset csv_fieldsep ab
\pset csv_fieldsep '"'
\x
\pset format unaligned
SELECT 'end';
